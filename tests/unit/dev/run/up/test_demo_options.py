"""Which options `make demo` takes."""

from pathlib import Path

import pytest

from dev.run.up.demo_options import DemoOptions
from dev.run.up.errors import PlatformError


def test_the_usual_demo() -> None:
    """Without options it takes our own files and a few seconds."""
    assert DemoOptions.from_environment({}) == DemoOptions(None, 5, 5.0, refuse_expedited=False)
    assert (
        DemoOptions.from_environment({"VCF": "", "RETENTION": "", "REFUSE_EXPEDITED": "0"}) == DemoOptions()
    )


def test_all_options(tmp_path: Path) -> None:
    """Each is what it says."""
    vcf = tmp_path / "mine.vcf"
    vcf.write_text("##fileformat=VCFv4.2\n")
    given = {"VCF": str(vcf), "RETENTION": "2", "THAW": "0.5", "REFUSE_EXPEDITED": "1"}

    assert DemoOptions.from_environment(given) == DemoOptions(vcf, 2, 0.5, refuse_expedited=True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"RETENTION": "soon"}, "numbers of seconds"),
        ({"RETENTION": "0"}, "at least 1 second"),
        ({"THAW": "-1"}, "0 seconds or more"),
        ({"THAW": "nan"}, "0 seconds or more"),
        ({"VCF": "none.vcf"}, "no such file"),
        ({"VCF": "notes.txt"}, "does not end with .vcf"),
        ({"VCF": "empty.vcf"}, "may send 1 to 153,600"),
        ({"VCF": "large.vcf"}, "153,601 bytes"),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else "",
)
def test_what_the_demo_cannot_show_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str
) -> None:
    """Before anything is started, with what to change."""
    monkeypatch.chdir(tmp_path)
    for name, size in (("notes.txt", 1), ("empty.vcf", 0), ("large.vcf", 153_601)):
        (tmp_path / name).write_bytes(b"#" * size)

    with pytest.raises(PlatformError, match=said):
        DemoOptions.from_environment(given)
