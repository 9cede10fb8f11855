"""Which files of a job its owner's other jobs name, too: such a file stays when the job is deleted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.memory.stores import InMemoryJobStore
from gas.domain.job import Job, JobStatus
from gas.domain.own_file import OwnFile
from gas.domain.spec import InputRef
from gas.services.find_shared_files import PAGE, FindSharedFiles, jobs_since
from tests.support.by_hand import make_unreadable
from tests.support.jobs import BEFORE, INPUT, OWN, OWN_FILE, USER, job_in

DAY = timedelta(days=1)
YEARS = timedelta(days=2000)
ELSE = replace(INPUT, key=f"{INPUT.key}.other")
MINE = job_in(JobStatus.FAILED, own_file=OWN_FILE)


def store_of(*others: Job) -> InMemoryJobStore:
    """The jobs of a user, this one among them."""
    store = InMemoryJobStore()
    for number, job in enumerate((MINE, *others)):
        assert store.create(replace(job, job_id=MINE.job_id if job is MINE else f"other-{number}"))
    return store


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        ({"input": INPUT}, {INPUT.key}),
        ({"input": OWN}, {OWN.key}),
        ({"own_file": OwnFile(OWN)}, {OWN.key}),
        ({"own_file": OwnFile(INPUT)}, {INPUT.key}),
        ({"input": INPUT, "own_file": OwnFile(OWN)}, {INPUT.key, OWN.key}),
        ({}, set()),
        ({"input": INPUT, "status": JobStatus.DELETED}, set()),
        ({"input": INPUT, "user_id": "v" * 26}, set()),
        ({"input": INPUT, "submit_time": BEFORE - YEARS}, {INPUT.key}),
        ({"input": INPUT, "submit_time": BEFORE + YEARS}, {INPUT.key}),
    ],
    ids=[
        "input",
        "own-as-input",
        "own",
        "input-as-own",
        "both",
        "other-files",
        "deleted",
        "anothers",
        "much-older",
        "much-younger",
    ],
)
def test_what_others_name(other: dict[str, object], shared: set[str]) -> None:
    """Whatever the file is to the other job, and whenever that came, as long as it is not deleted."""
    job = replace(MINE, **{"input": ELSE, "own_file": None, **other})  # type: ignore[arg-type]

    assert FindSharedFiles(store_of(job))(MINE) == shared


def test_it_is_looked_for_over_all_pages() -> None:
    """However many jobs the user has made since."""
    later = [
        replace(MINE, input=InputRef("b", f"k{n}", "a.vcf"), own_file=None, submit_time=BEFORE + DAY)
        for n in range(2 * PAGE)
    ]
    store = store_of(replace(MINE, input=ELSE, submit_time=BEFORE - DAY), *later)

    assert FindSharedFiles(store)(MINE) == {OWN.key}
    assert len(list(jobs_since(store, USER, BEFORE))) == 2 * PAGE + 1


def test_a_record_that_cannot_be_read_names_what_stands_in_it() -> None:
    """Its job needs its files once it is put right; others' files are no concern of it."""
    store = store_of(replace(MINE, own_file=None), replace(MINE, input=ELSE, own_file=None))
    for name in ("other-1", "other-2"):
        make_unreadable(store, name)

    assert FindSharedFiles(store)(MINE) == {INPUT.key}
