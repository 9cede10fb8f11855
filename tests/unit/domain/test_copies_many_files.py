"""What goes to the archive is more than one file: each is safe by itself, and the job moves when all are."""

from dataclasses import replace
from typing import Any

import pytest

from gas.domain.copies import stored_as
from gas.domain.decision import (
    DeleteResultObjects,
    Fact,
    FactValue,
    RequestRetrieval,
    StoreInArchive,
    View,
)
from gas.domain.decision import Facts as ReadFacts
from gas.domain.errors import ArchivedObjectError, GasError, NotFoundError, VerificationError
from gas.domain.job import JobStatus
from gas.domain.lifecycle import after_failure
from gas.domain.objects import ArchivedObject, HotObject, Retrieved
from gas.domain.outputs import Output
from gas.domain.reasons import Reason
from gas.domain.record import Result, StoredOutput
from gas.domain.spec import RetrievalTier
from tests.support.jobs import (
    BRING_BACK,
    COPIED,
    COPIES,
    FREE,
    NOW,
    PREMIUM,
    REMOVE_HOT,
    RESULT,
    RULES,
    SHA,
    STORE,
    decided,
    job_in,
)

THERE = HotObject(10, "etag", SHA)
MOVED = replace(THERE, archived=True)
COPY = ArchivedObject(10, SHA)
ONE = Output.TABLE
OTHERS = tuple(output for output in COPIES if output is not ONE)


def hot(others: HotObject | None, **one: HotObject | None) -> dict[Fact, FactValue]:
    """What is at the keys: of all alike, but for one."""
    return {Fact.HOT_RESULT: {**dict.fromkeys(COPIES, others), ONE: one.get("one", others)}}


def cold(others: ArchivedObject | None, **one: ArchivedObject | None) -> dict[Fact, FactValue]:
    """What is in the archive: of all alike, but for one."""
    return {Fact.ARCHIVED_RESULT: {**dict.fromkeys(COPIES, others), ONE: one.get("one", others)}}


def test_all_but_the_small_files_go_to_the_archive() -> None:
    """Each is stored; nothing is recorded as archived before all are."""
    decision = decided(job_in(JobStatus.COMPLETED, archiving=NOW), facts=hot(THERE))

    assert decision.effects == STORE
    assert {effect.output for effect in STORE} == {Output.RESULT, Output.INDEX, Output.TABLE}
    assert decision.after.status is JobStatus.ARCHIVED


def test_what_the_archive_answers_is_recorded() -> None:
    """The id of one file says nothing of the others."""
    after = stored_as(job_in(JobStatus.COMPLETED), {ONE: "vault-7"})

    assert after.result is not None
    assert after.result.copies == {ONE: "vault-7"}
    assert after.archive_id is None


def test_files_whose_bytes_nobody_recorded_stay_hot() -> None:
    """An earlier release told the size and hash of the result alone: only that is archived, and comes back."""
    earlier = Result(
        RESULT.bucket,
        {Output.RESULT: RESULT.outputs[Output.RESULT], Output.INDEX: StoredOutput("index")},
        variants=3,
    )
    job = job_in(JobStatus.COMPLETED, result=earlier, archiving=NOW)

    archived = decided(job, facts=hot(THERE))
    begun = stored_as(replace(archived.after, hot_deletion=NOW, delete_hot_after=NOW), {Output.RESULT: "a"})
    removed = decided(begun, facts=cold(COPY))

    assert archived.effects == (StoreInArchive(Output.RESULT),)
    assert removed.effects == (DeleteResultObjects((earlier.key,)),)


def test_one_that_a_rule_archived_rests_where_it_lies() -> None:
    """The others are copied; that one is no copy, and is neither stored nor deleted."""
    decision = decided(job_in(JobStatus.COMPLETED, archiving=NOW), facts=hot(THERE, one=MOVED))
    after = replace(decision.after, delete_hot_after=NOW, hot_deletion=NOW)
    after = stored_as(after, {output: COPIES[output] for output in OTHERS})

    removed = decided(after, facts=cold(COPY, one=None))

    assert decision.effects == tuple(map(StoreInArchive, OTHERS))
    assert (decision.after.status, decision.drift) == (JobStatus.ARCHIVED, True)
    assert removed.effects == (DeleteResultObjects(tuple(RESULT.outputs[output].key for output in OTHERS)),)


def test_one_that_a_rule_moves_at_that_moment_is_looked_at_again() -> None:
    """The store refuses to copy it: what it is now is seen by the next look."""
    job = job_in(JobStatus.COMPLETED, archiving=NOW)
    view = View(job, FREE, ReadFacts(), NOW, RULES)

    after = after_failure(StoreInArchive(ONE), ArchivedObjectError("moved"), view)

    assert after == replace(job, due=NOW)


@pytest.mark.parametrize("missing", [None, ArchivedObject(9, SHA)], ids=["gone", "wrong"])
def test_nothing_hot_goes_while_one_copy_is_not_right(missing: ArchivedObject | None) -> None:
    """Where all hot bytes are still right, they are the result again."""
    job = job_in(JobStatus.ARCHIVED, delete_hot_after=NOW, hot_deletion=NOW)

    decision = decided(job, facts=cold(COPY, one=missing) | hot(THERE))

    assert decision.effects == ()
    assert decision.after.status is JobStatus.RESTORED


@pytest.mark.parametrize("lies", [THERE, MOVED], ids=["hot", "moved"])
def test_one_without_a_copy_stays_where_it_is(lies: HotObject) -> None:
    """The others' hot bytes are gone already: they have copies, and it is its own."""
    job = job_in(JobStatus.ARCHIVED, delete_hot_after=NOW, hot_deletion=NOW)

    decision = decided(job, facts=cold(COPY, one=None) | hot(None, one=lies))
    removed = decided(decision.after, facts=cold(COPY, one=None))

    assert (decision.effects, decision.drift) == ((), True)
    assert decision.after.result is not None
    assert set(decision.after.result.copies) == set(OTHERS)
    assert removed.effects == (DeleteResultObjects(tuple(RESULT.outputs[output].key for output in OTHERS)),)


@pytest.mark.parametrize("missing", [None, ArchivedObject(9, SHA)], ids=["gone", "wrong"])
@pytest.mark.parametrize("status", [JobStatus.ARCHIVED, JobStatus.RESTORING, JobStatus.COMPLETED])
def test_one_that_is_nowhere_is_given_up(status: JobStatus, missing: ArchivedObject | None) -> None:
    """The others go on without it in the state they are in, and in that step nothing is deleted."""
    changes = {"delete_hot_after": NOW, "hot_deletion": NOW} if status is JobStatus.ARCHIVED else {}
    job = job_in(status, result=COPIED, **changes)

    decision = decided(job, PREMIUM if changes == {} else FREE, cold(COPY, one=missing) | hot(None))

    after = decision.after.result
    assert after is not None
    assert (decision.after.status, decision.effects, decision.drift) == (status, (), True)
    assert (after.lost, tuple(after.archivable)) == ((ONE,), OTHERS)
    assert after.all_keys == COPIED.all_keys


@pytest.mark.parametrize("status", [JobStatus.ARCHIVED, JobStatus.RESTORING, JobStatus.COMPLETED])
def test_none_is_given_up_while_the_annotated_vcf_is_nowhere(status: JobStatus) -> None:
    """Whoever brings that back may bring the others back."""
    changes = {"delete_hot_after": NOW, "hot_deletion": NOW} if status is JobStatus.ARCHIVED else {}
    job = job_in(status, result=COPIED, **changes)

    decision = decided(job, PREMIUM if changes == {} else FREE, cold(None) | hot(None))

    assert decision.after.result == COPIED
    assert decision.effects == ()


@pytest.mark.parametrize("error", [NotFoundError("gone"), VerificationError("wrong")], ids=["gone", "wrong"])
def test_one_that_can_no_longer_be_stored_is_given_up(error: GasError) -> None:
    """Who stores it has looked for a copy that nobody recorded, too."""
    job = job_in(JobStatus.COMPLETED, archiving=NOW)
    view = View(job, FREE, ReadFacts(), NOW, RULES)

    after = after_failure(StoreInArchive(ONE), error, view)
    result = after_failure(StoreInArchive(Output.RESULT), error, view)

    assert after is not None
    assert after == replace(job, result=RESULT.without((ONE,)), due=NOW)
    assert result is not None
    assert (result.reason, result.result) == (Reason.RESULT_MISSING, RESULT)


def test_one_found_missing_by_an_earlier_look_keeps_nobody_from_the_archive() -> None:
    """Whether it has a copy is learned as all are stored."""
    job = job_in(JobStatus.COMPLETED, archiving=NOW, reason=Reason.RESULT_MISSING, look_for_result=NOW)

    decision = decided(job, facts=hot(THERE, one=None))

    assert decision.effects == STORE


def test_a_copy_whose_id_was_lost_is_asked_for_by_storing_again() -> None:
    """The hot bytes of one file are gone, and its copy is known to the archive alone."""
    job = job_in(JobStatus.COMPLETED, archiving=NOW)
    asked = decided(job, PREMIUM, hot(THERE, one=None) | cold(None))
    after = stored_as(asked.after, {ONE: COPIES[ONE]})
    looked = decided(after, PREMIUM, hot(THERE, one=None))
    back = decided(after, PREMIUM, hot(THERE, one=None) | cold(None, one=COPY))

    assert asked.effects == (StoreInArchive(ONE),)
    assert looked.asks is Fact.ARCHIVED_RESULT
    assert back.after.status is JobStatus.RESTORING
    assert back.after.result == RESULT.with_copies({ONE: COPIES[ONE]})


@pytest.mark.parametrize(
    ("one", "effects"),
    [
        (Retrieved.NO, (RequestRetrieval(ONE, RetrievalTier.EXPEDITED),)),
        (Retrieved.RUNNING, ()),
        (Retrieved.READY, BRING_BACK),
    ],
    ids=lambda value: value.value if isinstance(value, Retrieved) else "",
)
def test_all_come_back_together(one: Retrieved, effects: Any) -> None:
    """What is not asked for yet is asked for, what runs is waited for, and then all are copied back."""
    ready = replace(COPY, retrieved=Retrieved.READY)

    decision = decided(job_in(JobStatus.RESTORING), PREMIUM, cold(ready, one=replace(COPY, retrieved=one)))

    assert decision.effects == effects
    restored = decision.after.status is JobStatus.RESTORED
    assert restored is (one is Retrieved.READY)


def test_one_without_a_copy_is_retrieved_where_it_lies() -> None:
    """What was moved by a rule, or never archived, has its own key for a place."""
    job = job_in(JobStatus.RESTORING, result=COPIED)

    decision = decided(job, PREMIUM, cold(COPY, one=None) | hot(None, one=MOVED))

    after = decision.after.result
    assert after is not None
    assert decision.after.status is JobStatus.RESTORING
    assert after.outputs[ONE].place == RESULT.outputs[ONE].key
    assert {output: after.outputs[output].place for output in OTHERS} == {
        output: COPIES[output] for output in OTHERS
    }


def test_hot_bytes_of_all_go_in_one_deletion() -> None:
    """One begun deletion is of all of them, so that one date says when none can land any more."""
    job = job_in(JobStatus.ARCHIVED, delete_hot_after=NOW, hot_deletion=NOW)

    assert decided(job, facts=cold(COPY)).effects == REMOVE_HOT
