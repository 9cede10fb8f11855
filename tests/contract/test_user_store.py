"""The contract of `UserStore`, for the in-memory store and DynamoDB alike."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gas.adapters.aws.users_dynamodb import DynamoUserStore
from gas.adapters.memory.stores import InMemoryUserStore
from gas.domain.errors import ConflictError, NotFoundError
from gas.domain.names import Table
from gas.domain.plan import EmailLetter, EmailWish, Plan, PlanStanding, User
from gas.domain.session import Identity
from gas.ports.stores import UserStore
from gas_setup.infrastructure import TableSpec
from tests.contract.adapters import BACKENDS, NOW, SHARDS, THREADS, USER, a_user, client, fresh_names, race

SECOND = timedelta(seconds=1)
IDENTITY = Identity("https://issuer.example", "subject-1")


@pytest.fixture(params=BACKENDS)
def users(request: pytest.FixtureRequest) -> UserStore:
    """An empty store of each kind."""
    if request.param == "memory":
        return InMemoryUserStore(SHARDS)
    table = fresh_names(TableSpec).table(Table.USERS)
    return DynamoUserStore(client("dynamodb"), table, SHARDS)


def test_created_user_is_read_back(users: UserStore) -> None:
    """What was created is what is read; an unknown user is None."""
    assert users.create(a_user()) is True

    assert users.get(USER) == a_user()
    assert users.get("v" * 26) is None


def test_taken_id_is_refused(users: UserStore) -> None:
    """A second user of the same id is refused and changes nothing."""
    users.create(a_user())

    assert users.create(replace(a_user(), name="Bob")) is False
    assert users.get(USER) == a_user()


def test_one_of_many_creators_wins(users: UserStore) -> None:
    """Of sixteen who create the same id at once, exactly one is told that it did."""
    contenders = [replace(a_user(), name=str(number)) for number in range(THREADS)]

    told = race(*(lambda user=user: users.create(user) for user in contenders))

    assert sorted(map(str, told)) == ["False"] * (THREADS - 1) + ["True"]
    assert users.get(USER) == contenders[told.index(True)]


def test_plan_change_is_one_write(users: UserStore) -> None:
    """A new plan comes with its time, the next version, a due time and no cursor."""
    users.create(replace(a_user(), cursor="half-way"))

    changed = users.change_plan(USER, Plan.PREMIUM, NOW + SECOND)

    assert changed == replace(
        a_user(), standing=PlanStanding(Plan.PREMIUM, NOW + SECOND), plan_version=2, due=NOW + SECOND
    )
    assert users.get(USER) == changed
    assert users.due_before(NOW + SECOND, 10) == [USER]


def test_plan_change_twice_is_once(users: UserStore) -> None:
    """The plan that a user is on already is not written again."""
    users.create(a_user())
    changed = users.change_plan(USER, Plan.PREMIUM, NOW)

    assert users.change_plan(USER, Plan.PREMIUM, NOW + SECOND) == changed


def test_plan_of_an_unknown_user_is_refused(users: UserStore) -> None:
    """A plan change never makes a user."""
    with pytest.raises(NotFoundError, match=USER):
        users.change_plan(USER, Plan.PREMIUM, NOW)
    assert users.get(USER) is None


def test_many_plan_changes_are_one(users: UserStore) -> None:
    """Sixteen upgrades at once are one change: the others see it or conflict."""
    users.create(a_user())

    told = race(*[lambda: users.change_plan(USER, Plan.PREMIUM, NOW)] * THREADS)

    assert all(isinstance(answer, User | ConflictError) for answer in told)
    user = users.get(USER)
    assert user is not None
    assert user.plan_version == 2


def test_commit_moves_the_cursor(users: UserStore) -> None:
    """The telling of the jobs goes on by commits, and ends without due time or cursor."""
    users.create(a_user())
    changed = users.change_plan(USER, Plan.PREMIUM, NOW)

    half = users.commit(changed, replace(changed, cursor="half-way"))
    done = users.commit(half, replace(half, cursor=None, due=None, mailed_plan_version=2))

    assert half.cursor == "half-way"
    assert users.get(USER) == done == replace(changed, due=None, mailed_plan_version=2)
    assert users.due_before(NOW + SECOND, 10) == []


def test_commit_twice_conflicts(users: UserStore) -> None:
    """The same commit again is a conflict, and one of nothing writes nothing."""
    users.create(a_user())
    users.commit(a_user(), replace(a_user(), cursor="a"))

    with pytest.raises(ConflictError):
        users.commit(a_user(), replace(a_user(), cursor="a"))
    assert users.commit(a_user(), a_user()) == a_user()


def test_one_of_many_commits_claims_the_mail(users: UserStore) -> None:
    """Of sixteen who claim the mail of a plan change at once, exactly one gets it."""
    users.create(a_user())
    changed = users.change_plan(USER, Plan.PREMIUM, NOW)

    told = race(*[lambda: users.commit(changed, replace(changed, mailed_plan_version=2))] * THREADS)

    assert sum(isinstance(answer, User) for answer in told) == 1
    assert sum(isinstance(answer, ConflictError) for answer in told) == THREADS - 1


def test_plan_change_beats_an_older_commit(users: UserStore) -> None:
    """A pass that read the user before a plan change cannot end the telling of that change."""
    users.create(a_user())
    first = users.change_plan(USER, Plan.PREMIUM, NOW)
    users.change_plan(USER, Plan.FREE, NOW + SECOND)

    with pytest.raises(ConflictError):
        users.commit(first, replace(first, due=None))
    assert users.due_before(NOW + SECOND, 10) == [USER]


def test_due_users_come_longest_due_first(users: UserStore) -> None:
    """Due users come from every shard, the longest due first, up to the limit."""
    ids = [f"{number:026d}" for number in range(8)]
    for number, user_id in enumerate(ids):
        users.create(replace(a_user(user_id), due=NOW + number * SECOND))

    assert users.due_before(NOW + 5 * SECOND, 100) == ids[:6]
    assert users.due_before(NOW + 5 * SECOND, 2) == ids[:2]


def test_an_identity_belongs_to_one_user_for_good(users: UserStore) -> None:
    """Of sixteen first sign-ins at once, all are told the same user, now and later."""
    ids = [f"{number:026d}" for number in range(THREADS)]

    told = race(*(lambda user_id=user_id: users.claim_identity(IDENTITY, user_id) for user_id in ids))

    assert len(set(map(str, told))) == 1
    assert users.user_id_of(IDENTITY) == told[0]
    assert users.claim_identity(IDENTITY, USER) == told[0]


def test_identities_of_two_issuers_do_not_meet(users: UserStore) -> None:
    """The same subject elsewhere is somebody else, and however the two texts are cut."""
    users.claim_identity(IDENTITY, USER)

    assert users.user_id_of(replace(IDENTITY, issuer="https://other.example")) is None
    assert users.user_id_of(Identity(IDENTITY.issuer[:-1], "e" + IDENTITY.subject)) is None


def test_a_profile_changes_nothing_else(users: UserStore) -> None:
    """Name and institution are written on top of what the controllers wrote in between."""
    users.create(a_user())
    changed = users.change_plan(USER, Plan.PREMIUM, NOW)
    renamed = users.commit(changed, replace(changed, name="Bob"))

    told = users.commit(changed, replace(changed, institution="Institute"))

    assert told == replace(renamed, institution="Institute")
    assert users.get(USER) == told


@pytest.mark.parametrize(
    "news",
    [
        {"asked_email": EmailWish("new@example.org", NOW)},
        {"email_letter": EmailLetter("new@example.org", "h" * 32, NOW, NOW - SECOND)},
        {"due": NOW},
    ],
    ids=lambda news: str(*news),
)
def test_a_commit_compares_what_others_decide_by(users: UserStore, news: dict[str, Any]) -> None:
    """Of two who write a user at once the second is refused; what it did not know of stays."""
    users.create(a_user())
    written = users.commit(a_user(), replace(a_user(), **news))

    with pytest.raises(ConflictError):
        users.commit(a_user(), replace(a_user(), email="new@example.org", email_confirmed=True))

    assert users.get(USER) == written == replace(a_user(), **news)


def test_an_address_of_an_older_release_is_not_confirmed(users: UserStore) -> None:
    """A row without the word that somebody vouched for its address gets no e-mail."""
    users.create(a_user())

    found = users.get(USER)

    assert found is not None
    assert found.email
    assert not found.email_confirmed
    assert found.mail_address == ""


def test_signing_out_everywhere_is_noted(users: UserStore) -> None:
    """The moment is kept; it makes no user."""
    users.create(a_user())

    users.sign_out_everywhere(USER, NOW + SECOND)

    assert users.get(USER) == replace(a_user(), signed_out_everywhere=NOW + SECOND)
    with pytest.raises(NotFoundError):
        users.sign_out_everywhere("v" * 26, NOW)
    assert users.get("v" * 26) is None


def test_a_forgotten_user_leaves_nothing(users: UserStore) -> None:
    """User and identities are gone, others' stay, and again is no error; the identity can begin anew."""
    users.create(a_user())
    users.create(a_user("v" * 26))
    other = replace(IDENTITY, subject="subject-of-v")
    linked = replace(IDENTITY, subject="subject-2")
    for identity in (IDENTITY, linked):
        users.claim_identity(identity, USER)
    users.claim_identity(other, "v" * 26)

    users.forget(USER)
    users.forget(USER)

    assert users.get(USER) is None
    assert [users.user_id_of(each) for each in (IDENTITY, linked, other)] == [None, None, "v" * 26]
    assert users.get("v" * 26) == a_user("v" * 26)
    assert users.claim_identity(IDENTITY, "w" * 26) == "w" * 26


def test_a_suspension_is_kept_and_ended(users: UserStore) -> None:
    """With the moment, and with that from which no token holds; nothing else of the user changes."""
    users.create(a_user())
    before = users.get(USER)
    assert before is not None

    suspended = users.commit(before, replace(before, suspended=NOW, tokens_revoked=NOW + SECOND))
    kept = users.get(USER)
    ended = users.commit(suspended, replace(suspended, suspended=None))

    assert kept == replace(before, suspended=NOW, tokens_revoked=NOW + SECOND)
    assert users.get(USER) == ended == replace(before, tokens_revoked=NOW + SECOND)
