"""The contracts of `SessionStore` and `AccessTokenStore`, in memory and in DynamoDB alike."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.aws.sessions_dynamodb import DynamoAccessTokenStore, DynamoSessionStore
from gas.adapters.memory.sessions import InMemoryAccessTokenStore, InMemorySessionStore
from gas.domain.access_token import AccessToken, Scope
from gas.domain.errors import FatalError
from gas.domain.names import Table
from gas.domain.plan import Profile
from gas.domain.session import Identity, LoginAttempt, Newcomer, Session
from gas.ports.sessions import AccessTokenStore, SessionStore
from gas_setup.infrastructure import TableSpec
from tests.contract.adapters import BACKENDS, NOW, THREADS, USER, client, fresh_names, race

HOUR = timedelta(hours=1)
HANDLE = "ab" * 16
SESSION = Session(HANDLE, USER, NOW, NOW, NOW + HOUR, "sealed")
ATTEMPT = LoginAttempt(HANDLE, "state", "nonce", "verifier", "/jobs", NOW + HOUR)
NEWCOMER = Newcomer(
    HANDLE,
    Identity("https://i.example", "s-1"),
    Profile("Adé", "a@b.c", "U"),
    (USER, "v" * 26),
    "/jobs",
    NOW + HOUR,
)
TOKEN = AccessToken(HANDLE, USER, "laptop é", frozenset({Scope.READ}), NOW, NOW + HOUR)
OTHER = "v" * 26


@pytest.fixture(params=BACKENDS)
def sessions(request: pytest.FixtureRequest) -> SessionStore:
    """An empty store of sessions of each kind."""
    if request.param == "memory":
        return InMemorySessionStore()
    return DynamoSessionStore(client("dynamodb"), fresh_names(TableSpec).table(Table.SESSIONS))


@pytest.fixture(params=BACKENDS)
def tokens(request: pytest.FixtureRequest) -> AccessTokenStore:
    """An empty store of access tokens of each kind."""
    if request.param == "memory":
        return InMemoryAccessTokenStore()
    return DynamoAccessTokenStore(client("dynamodb"), fresh_names(TableSpec).table(Table.SESSIONS))


def test_opened_session_is_read_back(sessions: SessionStore) -> None:
    """What was opened is what is read; an unknown handle is None."""
    sessions.open(SESSION)

    assert sessions.get(HANDLE) == SESSION
    assert sessions.get("cd" * 16) is None


def test_a_use_moves_the_end(sessions: SessionStore) -> None:
    """A use writes when the session was seen and when it ends, and nothing else."""
    sessions.open(SESSION)

    told = sessions.touch(replace(SESSION, seen=NOW + HOUR, expires=NOW + 2 * HOUR, user_id=OTHER))

    assert told is True
    assert sessions.get(HANDLE) == replace(SESSION, seen=NOW + HOUR, expires=NOW + 2 * HOUR)


def test_a_closed_session_stays_closed(sessions: SessionStore) -> None:
    """Closing returns the session once; a late use of it writes nothing."""
    sessions.open(SESSION)

    closed = [sessions.close(HANDLE), sessions.close(HANDLE)]

    assert closed == [SESSION, None]
    assert sessions.touch(SESSION) is False
    assert sessions.get(HANDLE) is None


def test_a_login_is_taken_once(sessions: SessionStore) -> None:
    """Of sixteen who come back from the issuer with the same state at once, exactly one goes on."""
    sessions.begin_login(ATTEMPT)

    told = race(*[lambda: sessions.take_login(HANDLE)] * THREADS)

    assert sorted(map(str, told)) == sorted([str(ATTEMPT), *["None"] * (THREADS - 1)])
    assert sessions.take_login(HANDLE) is None


@pytest.mark.parametrize(
    "newcomer",
    [NEWCOMER, replace(NEWCOMER, accounts=(), profile=Profile("Ada", "", ""))],
    ids=["two", "none"],
)
def test_a_newcomer_is_read_back_and_stays(sessions: SessionStore, newcomer: Newcomer) -> None:
    """Looking does not take: the page that asks may be reloaded."""
    sessions.keep_newcomer(newcomer)

    assert [sessions.newcomer(HANDLE), sessions.newcomer(HANDLE)] == [newcomer, newcomer]
    assert sessions.newcomer("cd" * 16) is None


def test_a_newcomer_is_taken_once(sessions: SessionStore) -> None:
    """Of sixteen who choose at once, exactly one goes on."""
    sessions.keep_newcomer(NEWCOMER)

    told = race(*[lambda: sessions.take_newcomer(HANDLE)] * THREADS)

    assert sorted(map(str, told)) == sorted([str(NEWCOMER), *["None"] * (THREADS - 1)])
    assert sessions.newcomer(HANDLE) is None


def test_kinds_do_not_mix(sessions: SessionStore) -> None:
    """The secret of a sign-in under way opens no session and chooses no account, and the other way round."""
    sessions.begin_login(ATTEMPT)

    assert sessions.get(HANDLE) is None
    assert sessions.close(HANDLE) is None
    assert sessions.newcomer(HANDLE) is None
    assert sessions.take_newcomer(HANDLE) is None
    assert sessions.take_login(HANDLE) == ATTEMPT
    sessions.keep_newcomer(NEWCOMER)
    assert sessions.take_login(HANDLE) is None
    assert sessions.get(HANDLE) is None


def test_created_token_is_read_back(tokens: AccessTokenStore) -> None:
    """What was created is what is read, and a taken id is refused."""
    assert tokens.create(TOKEN) is True

    assert tokens.get(HANDLE) == TOKEN
    assert tokens.create(replace(TOKEN, user_id=OTHER)) is False
    assert tokens.get(HANDLE) == TOKEN


def test_a_use_of_a_token_is_noted(tokens: AccessTokenStore) -> None:
    """The last use is written; that of a revoked token makes nothing."""
    tokens.create(TOKEN)

    tokens.touch(HANDLE, NOW + HOUR)
    tokens.touch("cd" * 16, NOW)

    assert tokens.get(HANDLE) == replace(TOKEN, last_used=NOW + HOUR)
    assert tokens.get("cd" * 16) is None


def test_only_the_owner_revokes(tokens: AccessTokenStore) -> None:
    """A token is revoked by its owner, once."""
    tokens.create(TOKEN)

    told = [tokens.revoke(OTHER, HANDLE), tokens.revoke(USER, HANDLE), tokens.revoke(USER, HANDLE)]

    assert told == [False, True, False]
    assert tokens.get(HANDLE) is None


def test_an_id_that_no_record_can_have_is_an_error(tokens: AccessTokenStore) -> None:
    """Whoever asks a store checks the form first: a key that DynamoDB does not take is no token that is missing."""
    for ask in (tokens.get, lambda token_id: tokens.revoke(USER, token_id)):
        with pytest.raises(FatalError):
            ask("a" * 3000)


def test_the_list_has_a_users_tokens_newest_first(tokens: AccessTokenStore) -> None:
    """Others' tokens are not in it, expired ones are."""
    mine = [replace(TOKEN, token_id=f"{n:032d}", created=NOW + n * HOUR, expires=NOW) for n in range(3)]
    for token in [*mine, replace(TOKEN, token_id="f" * 32, user_id=OTHER)]:
        tokens.create(token)

    assert tokens.tokens_of_user(USER) == mine[::-1]
    assert tokens.tokens_of_user("w" * 26) == []
