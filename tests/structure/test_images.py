"""The Dockerfiles: all alike, from locks that hold no more than their part needs, and true to files and settings."""

import fnmatch
import re
import tomllib
from pathlib import Path

import pytest

from dev.write.charts.files import CHART

ROOT = Path(__file__).resolve().parents[2]
LISTENERS = ("web", "annotator", "controllers")
PARTS = (*LISTENERS, "setup")
REQUIREMENTS = ROOT / "requirements"

Lock = dict[str, str]


def lock(name: str) -> Lock:
    """Each distribution of a lock, by its pinned name with markers, and its hashes."""
    text = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
    found = re.findall(r"^(\S+==[^\\\n]+?) \\\n((?:    --hash=.*\n?)+)", text, re.MULTILINE)
    return dict(found)


def names(pins: Lock) -> set[str]:
    """The distributions of a lock."""
    return {pin.partition("==")[0] for pin in pins}


def dockerfile(part: str) -> str:
    """The text of a part's Dockerfile, long lines joined."""
    return (ROOT / part / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")


def final_stage(part: str) -> str:
    """The stage that becomes the image."""
    return dockerfile(part).rpartition("\nFROM ")[2]


@pytest.mark.parametrize("part", [*PARTS, "build"])
def test_an_image_has_what_was_tested(part: str) -> None:
    """Each distribution of a part's lock stands in the lock of everything, at the same version with the same hashes."""
    everything = lock("all")

    assert len(lock(part)) >= 5
    assert {pin: hashes for pin, hashes in lock(part).items() if everything.get(pin) != hashes} == {}


@pytest.mark.parametrize("part", PARTS)
def test_a_lock_holds_what_its_part_asks_for(part: str) -> None:
    """Every direct dependency is there, and nothing that only tests, or other parts, need."""
    asked = {
        re.split(r"[\[=><]", each)[0].strip()
        for project in (ROOT, ROOT / part)
        for each in tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    } - {"gas", "gas-engine"}
    others = {"pytest", "moto", "hypothesis", "ruff", "mypy", "uv", "hatchling", "helm-python-sdk", "rich"}
    others |= {
        "web": {"kopf", "pysam"},
        "annotator": {"kopf", "flask"},
        "controllers": {"flask", "pysam"},
        "setup": {"flask", "kopf", "kubernetes", "opentelemetry-sdk", "pysam"},
    }[part]

    assert asked <= names(lock(part))
    assert names(lock(part)) & others == set()


def test_the_dockerfiles_are_alike() -> None:
    """They differ in the part's name, its port, its words, the web's assets, and the engine with its compiler and its Python."""

    def shape(part: str) -> list[str]:
        lines = [
            line for line in dockerfile(part).splitlines() if not line.startswith(("#", "LABEL", "EXPOSE"))
        ]
        lines = [line for line in lines if not line.startswith(("ARG BUILDER=", "COPY engine"))]
        text = "\n".join(lines).replace("${BUILDER}", "${BASE}")
        text = re.sub(r"\s+&& \(cd engine [^)]*\)", "", text)
        text = re.sub(r"COPY annotator/bring_python.py .*\n.*bring_python.py.*\n", "", text)
        text = re.sub(r"(ARG PYTHON.*|USER root|RUN /opt/gas/bin/python.*)\n", "", text)
        text = text.replace('test "$PYTHON" = brought || ', "")
        text = re.sub(r"RUN test -f \S+\s+\|\| \{[^}]*\};\s*", "RUN ", text)
        return text.replace(part, "PART").splitlines()

    assert shape("web") == shape("annotator") == shape("controllers") == shape("setup")


@pytest.mark.parametrize("part", PARTS)
def test_what_is_copied_is_there_and_let_through(part: str) -> None:
    """Every source of a COPY exists, and .dockerignore keeps it."""
    kept = [
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    copies = re.findall(r"^COPY (?!--from)(.+)$", dockerfile(part), re.MULTILINE)
    sources = [source for copy in copies for source in copy.split()[:-1]]

    assert len(sources) == (11 if part == "annotator" else 6)
    assert [each for each in sources if not (ROOT / each).exists()] == []
    assert [each for each in sources if not any(fnmatch.fnmatch(each, pattern) for pattern in kept)] == []


@pytest.mark.parametrize("part", PARTS)
def test_an_image_can_build_nothing_and_is_nobody(part: str) -> None:
    """Its last stage installs nothing, runs as a numbered user who is not root, and starts its own program."""
    stage = final_stage(part)
    scripts = tomllib.loads((ROOT / part / "pyproject.toml").read_text())["project"]["scripts"]

    assert "install" not in re.sub("^#.*$", "", stage, flags=re.MULTILINE)
    assert re.search(r"^USER 10001:10001$", stage, re.MULTILINE)
    assert f'CMD ["gas-{part}"]' in stage
    assert f"gas-{part}" in scripts
    assert not re.search(r"\b(apt-get|apk|curl|wget)\b", dockerfile(part))


@pytest.mark.parametrize("part", PARTS)
def test_every_distribution_is_checked_by_its_hash(part: str) -> None:
    """No installation from an index goes without."""
    commands = "\n".join(line for line in dockerfile(part).splitlines() if line.startswith("RUN"))

    installs = re.findall(r"pip[^&|;]*? install ([^&|;]*)", commands)

    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-index" in each for each in installs)


@pytest.mark.parametrize("part", PARTS)
def test_the_base_is_an_argument_and_the_python_that_is_tested(part: str) -> None:
    """The public image by default; whoever has no registry names another."""
    version = (ROOT / ".python-version").read_text().strip()

    assert f"ARG BASE=docker.io/library/python:{version}-slim-" in dockerfile(part)
    stages = re.findall(r"^FROM (\S+)", dockerfile(part), re.MULTILINE)
    assert stages == (["${BUILDER}", "${BASE}"] if part == "annotator" else ["${BASE}", "${BASE}"])


@pytest.mark.parametrize("part", LISTENERS)
def test_the_port_is_the_charts(part: str) -> None:
    """What the image says it listens on is what the chart leads to."""
    [listens] = re.findall(r"^EXPOSE ([\d ]+)$", dockerfile(part), re.MULTILINE)
    *others, probes = listens.split()

    settings = (CHART / "templates" / part / "settings.yaml").read_text()
    assert all(f'PORT" "{port}"' in settings for port in (*others, probes))
    assert f"{probes}) | nindent" in (CHART / "templates" / part / "deployment.yaml").read_text()
    workload = (CHART / "templates" / "_workload.tpl").read_text()
    assert all(f"containerPort: {port}\n" in workload for port in others)


def test_the_setup_listens_to_nobody() -> None:
    """It makes what there is to make, and ends."""
    assert "EXPOSE" not in dockerfile("setup")
