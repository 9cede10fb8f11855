"""From the identities of one person to the accounts that they may choose from, and to the one that they chose."""

import pytest

from gas.adapters.memory.stores import InMemoryUserStore
from gas.domain.errors import TransientError
from gas.domain.plan import Plan, Profile
from gas.domain.session import Identity
from gas.services.sign_in import known_accounts, sign_in, sign_in_as
from tests.support.jobs import NOW

ISSUER = "https://issuer.example"
NEW = Identity(ISSUER, "new")
PROFILE = Profile("Ada", "ada@example.org", "")


@pytest.fixture
def users() -> InMemoryUserStore:
    """Two people with an account each, and an identity whose user was never made."""
    store = InMemoryUserStore()
    for subject in ("one", "two"):
        sign_in(store, Identity(ISSUER, subject), PROFILE, Plan.FREE, NOW)
    store.claim_identity(Identity(ISSUER, "half"), "h" * 26)
    return store


def user_id(users: InMemoryUserStore, subject: str) -> str:
    """Whom an identity belongs to."""
    found = users.user_id_of(Identity(ISSUER, subject))
    assert found is not None
    return found


def test_accounts_are_found_by_their_identities(users: InMemoryUserStore) -> None:
    """In the order of the set, each once, and none that nobody has."""
    sign_in_as(users, Identity(ISSUER, "one-too"), user_id(users, "one"))

    found = known_accounts(users, NEW, ["unknown", "one", "half", "two", "one-too", "new"])

    assert found == (user_id(users, "one"), user_id(users, "two"))


def test_another_issuer_vouches_for_nobody_here(users: InMemoryUserStore) -> None:
    """The same subject at another issuer is another person."""
    assert known_accounts(users, Identity("https://other.example", "new"), ["one", "two"]) == ()


def test_joining_twice_is_joining_once(users: InMemoryUserStore) -> None:
    """Killed after the claim, the same choice again, or the next sign-in, gives the same user."""
    one = user_id(users, "one")

    seen = [sign_in_as(users, NEW, one).user_id, sign_in_as(users, NEW, one).user_id]

    assert seen == [one, one]
    assert sign_in(users, NEW, PROFILE, Plan.FREE, NOW).user_id == one


def test_an_identity_is_joined_for_good(users: InMemoryUserStore) -> None:
    """Who chooses late is who they became first."""
    one, two = user_id(users, "one"), user_id(users, "two")
    sign_in_as(users, NEW, one)

    assert sign_in_as(users, NEW, two).user_id == one


def test_an_account_that_cannot_be_read_is_a_passing_trouble(users: InMemoryUserStore) -> None:
    """Nobody is signed in as nobody."""
    with pytest.raises(TransientError, match="sign in again"):
        sign_in_as(users, NEW, "z" * 26)
