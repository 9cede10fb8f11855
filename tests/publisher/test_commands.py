"""`gas-reference` with an installation on the local AWS: publish, list, check, retire, prune."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gas.adapters.aws.bucket_rules import BucketSpec
from gas.bootstrap import aws_clients, aws_ports
from gas.config import Settings
from gas.domain.catalogue import Catalogue
from gas.domain.names import Bucket
from gas.domain.overview import Overview
from gas_engine.reference.command import main
from gas_setup.apply import apply_infrastructure
from gas_setup.infrastructure import TableSpec, TopicSpec, infrastructure
from tests.support.aws import TestCloud, unique
from tests.support.plans import LINES

FASTA = ">I\n" + "ATGGCCAAATAA" * 10 + "\n"
GENES = """##gff-version 3
I\tx\tgene\t1\t12\t.\t+\t.\tID=gene:g;biotype=protein_coding
I\tx\tmRNA\t1\t12\t.\t+\t.\tID=transcript:t;Parent=gene:g;biotype=protein_coding
I\tx\texon\t1\t12\t.\t+\t.\tParent=transcript:t
I\tx\tCDS\t1\t12\t.\t+\t0\tParent=transcript:t;protein_id=p
"""

Run = Callable[..., tuple[int, str, str]]


@dataclass(frozen=True)
class Here:
    """An installation, as the environment names it, and the command."""

    cloud: TestCloud
    settings: Settings
    run: Run
    folder: Path

    def build(self, name: str, *more: str) -> tuple[Path, str]:
        """Build a tiny bundle; its folder and digest."""
        fasta, genes, bundle = self.folder / "a.fa", self.folder / "a.gff3", self.folder / name
        fasta.write_text(FASTA)
        genes.write_text(GENES)
        files = ("--fasta", str(fasta), "--gff3", str(genes), "--output", str(bundle))
        assert self.run("build", "tiny", *files, *more)[0] == 0
        return bundle, str(json.loads((bundle / "manifest.json").read_text())["digest"])

    def tell(self, *pinned: str) -> None:
        """What the controllers say that unfinished jobs need."""
        ports = aws_ports(self.settings)
        ports.overviews.write(Overview(ports.clock.now(), timedelta(hours=1), pinned=pinned))


@pytest.fixture
def here(
    cloud: TestCloud,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    access_keys: None,
) -> Here:
    """A new installation."""
    for name, value in {
        "GAS_ENV": "local",
        "GAS_INSTANCE": unique("p")[:20],
        "GAS_AWS__ENDPOINT_URL": cloud.local.endpoint,
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    made = infrastructure(
        settings.names,
        lines=LINES,
        archive_delay_seconds=0,
        inputs_expiry_days=30,
        mail_sender="gas@example.org",
        uploads_from="https://gas.example",
    )
    kinds = (BucketSpec, TableSpec, TopicSpec)
    assert list(
        apply_infrastructure(aws_clients(settings), [each for each in made if isinstance(each, kinds)])
    )

    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return Here(cloud, settings, run, tmp_path)


def test_a_bundle_from_its_files_to_its_end(here: Here) -> None:
    """Built, published, listed, checked, replaced by a newer release, retired and pruned."""
    source = "genes=Ensembl,116,2026-03-01,open to all"
    told = ("--assembly", "Tiny.p1", "--gene-release", "Ensembl 116", "--source", source)
    old, old_digest = here.build("old", *told)
    new, new_digest = here.build("new", "--version", "2")

    code, said, sent = here.run("publish", str(old), "--default")
    again = here.run("publish", str(old))
    assert (code, again[0]) == (0, 0)
    assert f"tiny@{old_digest[:12]}: Tiny.p1, Ensembl 116, " in said
    assert f"digest {old_digest}" in said
    assert "within a minute new jobs get it" in said
    assert sent.startswith("Sending ")
    assert "nothing has changed" in again[1]

    [_, listed] = json.loads(here.run("list", "--json")[1])
    assert (listed["digest"], listed["default"], listed["assembly"]) == (old_digest, True, "Tiny.p1")
    assert listed["sources"][0] == {
        "what": "genes", "name": "Ensembl", "release": "116", "date": "2026-03-01", "licence": "open to all",
    }  # fmt: skip

    assert here.run("publish", str(new))[0] == 0
    assert [line.split()[-1] for line in here.run("list")[1].splitlines()[1:]] == [
        "default",
        "offered",
        "older",
    ]
    code, said, _ = here.run("check")
    assert (code, [line.split(",")[0] for line in said.splitlines()]) == (
        0,
        [f"whole    tiny@{digest[:12]}" for digest in (old_digest, new_digest)],
    )

    code, said, _ = here.run("retire", f"tiny@{old_digest[:12]}")
    assert (code, f"New jobs of tiny get {new_digest[:12]}." in said) == (0, True)
    here.tell()
    kept = here.run("prune")[1]
    assert kept.startswith(f"kept     tiny@{old_digest[:12]}")
    assert "it was retired a moment ago" in kept
    assert " UTC\n" in kept
    here.tell(old_digest)
    assert "unfinished jobs need it" in here.run("prune")[1]

    here.tell()
    ports = aws_ports(here.settings)
    listed = ports.references.catalogue()
    long_ago = ports.clock.now() - timedelta(days=1)
    retired = (each if each.retired is None else replace(each, retired=long_ago) for each in listed.entries)
    ports.references.replace(listed, Catalogue(tuple(retired)))
    assert here.run("prune")[1].startswith(f"removed  tiny@{old_digest[:12]}")
    assert here.run("prune")[1] == ""
    assert ", pruned 2" in here.run("list")[1].splitlines()[-1]
    assert [line.split(",")[0] for line in here.run("check")[1].splitlines()] == [
        f"pruned   tiny@{old_digest[:12]}",
        f"whole    tiny@{new_digest[:12]}",
    ]

    assert "rCRS is the default: within" in here.run("default", "rCRS")[1]
    assert "already" in here.run("default", "rCRS")[1]
    assert [line.split()[-1] for line in here.run("list")[1].splitlines()[1:3]] == ["default", "offered"]
    code, said, sent = here.run("publish", str(old))
    assert (code, "; it is offered again in " in said, "is the default" in said) == (0, True, False)
    assert sent.startswith("Sending ")


def test_a_damaged_bundle_is_told_and_mended(here: Here) -> None:
    """The check names the file and ends with 1; publishing the bundle again mends it, also what looks as it was sent."""
    bundle, digest = here.build("tiny")
    here.run("publish", str(bundle))
    bucket, instance = here.settings.names.bucket(Bucket.REFERENCES), here.settings.instance
    place = {"Bucket": bucket, "Key": f"{instance}/bundles/{digest}/model.bin"}
    s3 = here.cloud.client("s3")
    sent = s3.get_object(**place)
    other = bytes(reversed(sent["Body"].read()))
    s3.put_object(**place, Body=other, Metadata=sent["Metadata"])

    code, said, hint = here.run("check")
    here.run("publish", str(bundle))
    seems_sent = here.run("check")[0]
    here.run("publish", str(bundle), "--again")

    assert (code, said.startswith("damaged  tiny@")) == (1, True)
    assert "model.bin has other bytes" in said
    assert "publish --again" in hint
    assert (seems_sent, here.run("check")[0]) == (1, 0)


def test_a_bad_entry_of_the_catalogue_is_told_beside_the_answer(here: Here) -> None:
    """Programs that read the answer are not disturbed by the warning. It locks nothing, and stays as it is."""
    bundle, _ = here.build("tiny")
    here.run("publish", str(bundle))
    place = {
        "Bucket": here.settings.names.bucket(Bucket.REFERENCES),
        "Key": f"{here.settings.instance}/catalogue.json",
    }
    s3 = here.cloud.client("s3")
    document = json.loads(s3.get_object(**place)["Body"].read())
    document["entries"].append({"name": "bad"})
    s3.put_object(**place, Body=json.dumps(document).encode())

    code, said, warned = here.run("list", "--json")
    checked = here.run("check")
    retired = here.run("retire", "tiny")
    pruned = here.run("prune")

    assert (code, [each["name"] for each in json.loads(said)]) == (0, ["rCRS", "tiny"])
    assert "cannot be read" in warned
    assert "bad" in warned
    assert (checked[0], "damaged  bad\n" in checked[1]) == (1, True)
    assert (retired[0], "retired  tiny" in retired[1]) == (0, True)
    assert json.loads(s3.get_object(**place)["Body"].read())["entries"][1] == {"name": "bad"}
    assert (pruned[0], "Nothing was removed: the references catalogue has damaged" in pruned[2]) == (1, True)


def test_what_goes_wrong_is_said_in_a_sentence(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No bundle, a damaged one, a reference that is not there, silent controllers, and settings that are none."""
    bundle, _ = here.build("tiny")
    (bundle / "sequence.bin").write_bytes(b"x")
    answers = [
        here.run("publish", str(tmp_path)),
        here.run("publish", str(bundle)),
        here.run("retire", "GRCh37"),
        here.run("prune"),
    ]
    monkeypatch.setenv("GAS_INSTANCE", "No Name")
    answers.append(here.run("list"))

    assert [code for code, _, _ in answers] == [2, 2, 1, 1, 2]
    for (_, _, said), word in zip(
        answers,
        ["no reference bundle", "damaged", "no GRCh37", "Nothing was removed", "settings"],
        strict=True,
    ):
        assert said.splitlines()[-1].startswith("gas-reference: ")
        assert word in said
    with pytest.raises(SystemExit):
        here.run("bogus")


def test_a_broken_source_is_refused(here: Here) -> None:
    """A source says what it is of, and whose."""
    code, _, said = here.run("build", "x", "--fasta", "a", "--source", "genes")

    assert (code, "WHAT=NAME,RELEASE,DATE,LICENCE" in said) == (2, True)
