"""Keys survive being written, belong to their owners only, and names never collide."""

from hypothesis import given
from hypothesis import strategies as st

from gas.domain.errors import UsageError
from gas.domain.keys import (
    InputKey,
    ResultKey,
    attempt_keys,
    file_name_is_valid,
    owns_key,
)
from gas.domain.line import EVERYBODY, Line, channels_of
from gas.domain.names import Bucket, Names, Table, job_id_is_valid, user_id_is_valid

JOB_IDS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True)
USER_IDS = st.from_regex(r"[a-z0-9]{26}", fullmatch=True)
PREFIXES = st.from_regex(r"[a-z][-a-z0-9]{0,9}", fullmatch=True)
FILE_NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60).filter(file_name_is_valid)
FENCES = st.integers(1, 999_999_999)
LINES = st.from_regex(r"[a-z][a-z0-9]{0,19}", fullmatch=True).filter(lambda name: name != "dead").map(Line)
INSTANCES = st.from_regex(r"[a-z]([-a-z0-9]{0,18}[a-z0-9])?", fullmatch=True)


@given(PREFIXES, USER_IDS, JOB_IDS, FILE_NAMES)
def test_input_key_survives(prefix: str, user_id: str, job_id: str, name: str) -> None:
    """An input's key is read back as it was written, and belongs to its user."""
    key = InputKey(prefix, user_id, job_id, name)

    assert InputKey.from_key(str(key)) == key
    assert owns_key(user_id, prefix, str(key))


@given(PREFIXES, USER_IDS, JOB_IDS, FENCES, FILE_NAMES)
def test_result_key_survives(prefix: str, user_id: str, job_id: str, fence: int, name: str) -> None:
    """A result's key is read back as it was written."""
    key = ResultKey(prefix, user_id, job_id, fence, name)

    assert ResultKey.from_key(str(key)) == key


@given(USER_IDS, JOB_IDS, FILE_NAMES, FENCES)
def test_every_output_can_be_read_back(user_id: str, job_id: str, name: str, fence: int) -> None:
    """Whatever the input is called, each output's key names job and attempt."""
    keys = attempt_keys("gas", user_id, job_id, name, fence)

    assert {(ResultKey.from_key(key).job_id, ResultKey.from_key(key).fence) for key in keys.values()} == {
        (job_id, fence)
    }


@given(st.text(), USER_IDS)
def test_any_text_is_a_key_or_refused(text: str, user_id: str) -> None:
    """A stranger's text is either written back exactly or refused with a UsageError, and never owned by chance."""
    try:
        parsed = InputKey.from_key(text)
    except UsageError:
        assert not owns_key(user_id, "gas", text)
    else:
        assert str(parsed) == text


@given(USER_IDS, USER_IDS, JOB_IDS, FILE_NAMES)
def test_nobody_owns_anothers_key(one: str, other: str, job_id: str, name: str) -> None:
    """A key belongs to one user."""
    key = str(InputKey("gas", one, job_id, name))

    assert owns_key(other, "gas", key) is (one == other)


@given(JOB_IDS, USER_IDS)
def test_ids_are_valid(job_id: str, user_id: str) -> None:
    """Ids of the documented form are accepted, and are not mistaken for one another's separators."""
    assert job_id_is_valid(job_id)
    assert user_id_is_valid(user_id)
    assert "~" not in job_id


@given(INSTANCES, st.sets(LINES))
def test_names_fit_the_services(instance: str, lines: set[Line]) -> None:
    """Every name of every instance is a valid bucket name, and no two of one kind are the same."""
    names = Names(instance)
    queues = [
        f(channel)
        for channel in channels_of({EVERYBODY} | lines)
        for f in (names.queue, names.dead_letter_queue)
    ]
    buckets = [names.bucket(bucket) for bucket in Bucket]

    assert all(len(name) <= 63 and job_id_is_valid(name) for name in (*queues, *buckets))
    assert len(set(queues)) == len(queues)
    assert len({names.table(table) for table in Table}) == len(Table)
