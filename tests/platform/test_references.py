"""Bundles on a running platform: published from outside, fetched once, waited for, and refused where they are damaged."""

from pathlib import Path

import pytest

from gas_annotator.shelf import Places
from tests.support.desk import Desk
from tests.support.toy_genome import ToyBundle, toy_bundle

pytestmark = pytest.mark.kube

CATALOGUE_SECONDS = 90.0
"""A part may know a catalogue for a minute before it reads it again."""


def _publish(desk: Desk, folder: Path, name: str) -> ToyBundle:
    toy = toy_bundle(folder, name)
    toy.publish(desk.ports.references)
    return toy


def test_a_bundle_is_waited_for_once(desk: Desk, tmp_path: Path) -> None:
    """A job of a reference that was just published says that it waits for it; others go on; the next one does not wait."""
    toy = _publish(desk, tmp_path, "toy")
    first, second, other = desk.names("toy", 3)
    user, gate = desk.user(), desk.gates["annotator"]
    hold = gate.hold("GetObject", toy.digest, "model.bin")

    desk.submit(user, first, content=toy.vcf, reference="toy")
    hold.wait()
    desk.until(lambda: desk.ready(first).get("reason") == "WaitingForReference", "the reason to be shown")
    said = desk.ready(first)["message"]
    desk.submit(user, other)
    desk.wait([other], "Completed", "Archived")
    meanwhile = desk.resource(first)["status"]["phase"]
    hold.release()
    desk.wait([first], "Completed", "Archived")
    fetches = gate.count("GetObject", toy.digest)
    desk.submit(user, second, content=toy.vcf, reference="toy")
    desk.wait([second], "Completed", "Archived")

    assert said.startswith("The job waits for the reference toy: it is being fetched (")
    assert "expected about 20" in said
    assert meanwhile == "Queued"
    assert desk.record(first)["reference_digest"] == toy.digest
    assert "reference_wait" not in desk.record(first)
    assert desk.record(first)["annotated_variants"] == 1
    assert gate.count("GetObject", toy.digest) == fetches
    assert desk.record(first)["attempts"] == desk.record(second)["attempts"] == 0


def test_a_damaged_bundle_is_refused(desk: Desk, tmp_path: Path) -> None:
    """Its job waits with a sentence that says what operators do; once it is stored well, the job is annotated."""
    toy = toy_bundle(tmp_path, "broken")
    sound = toy.files["model.bin"].read_bytes()
    toy.publish(desk.ports.references)
    [place] = [
        found["Key"]
        for found in desk.s3.list_objects_v2(Bucket=f"{desk.instance}-references").get("Contents", [])
        if toy.digest in found["Key"] and found["Key"].endswith("model.bin")
    ]
    desk.s3.put_object(
        Bucket=f"{desk.instance}-references", Key=place, Body=bytes(len(sound)), Metadata={"sha256": "0" * 64}
    )
    name = desk.name("broken")
    places = Places(desk.platform.options.state_dir / "references")

    desk.submit(desk.user(), name, content=toy.vcf, reference="broken")
    desk.until(lambda: "is damaged where it is stored" in desk.ready(name).get("message", ""), "the sentence")
    ready, left = desk.ready(name), (places.whole(), places.parts())
    desk.s3.put_object(Bucket=f"{desk.instance}-references", Key=place, Body=sound)

    assert ready["reason"] == "WaitingForReference"
    assert f"file model.bin of bundle {toy.digest[:12]}" in ready["message"]
    assert "publish the bundle again" in ready["message"]
    assert toy.digest not in {*left[0], *left[1]}
    desk.kubectl("delete", "aj", name)
