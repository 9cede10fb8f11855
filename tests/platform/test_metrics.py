"""What the running parts tell Prometheus, after a job has gone through them."""

import pytest

from dev.measure.metrics import counted
from tests.support.desk import Desk
from tests.support.prometheus import complaints

pytestmark = pytest.mark.kube


def test_the_living_parts_tell_what_happened(desk: Desk) -> None:
    """One job's stages, moves and figures stand in well-formed text, and each part says which GAS it is."""
    user, name = desk.user(), desk.name("measured")
    desk.send(user, name, archivePolicy="Never")
    desk.wait([name], "Completed")

    def figures() -> str:
        return desk.platform.metrics_of("controllers")

    desk.until(
        lambda: counted(figures(), "gas_controllers_jobs", phase="Completed") >= 1, "the job in the figures"
    )
    controllers, annotator = figures(), desk.platform.metrics_of("annotator")

    assert complaints(controllers) == ""
    assert complaints(annotator) == ""
    claims = {"from": "Queued", "to": "Running"}
    assert counted(controllers, "gas_controllers_transition_duration_seconds_count", **claims) >= 1
    assert counted(controllers, "gas_controllers_overview_age_seconds") < 60
    assert counted(controllers, "gas_controllers_stored_bytes", tier="hot") > 0
    assert 'gas_controllers_queue_messages{queue="job-requests-premium",state="visible"}' in controllers
    assert counted(annotator, "gas_annotator_records_total") > 0
    assert counted(annotator, "gas_annotator_stage_duration_seconds_count", stage="store") >= 1
    assert 'gas_build_info{part="controllers"' in controllers
    assert 'gas_build_info{part="annotator"' in annotator
