"""What an installation gives out is known again, and nothing else is."""

import secrets

from hypothesis import given
from hypothesis import strategies as st

from gas.domain.access_token import token_is_well_formed, token_of, token_text
from gas.domain.hallmark import RANDOM_BYTES, Hallmark, hallmark_of
from gas.domain.session import session_of, session_text

OURS, OTHERS = Hallmark(b"o" * 32), Hallmark(b"x" * 32)

RANDOM = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)


@given(RANDOM)
def test_what_was_struck_is_known_again(random: bytes) -> None:
    """As the text of a token and of a session too; another installation does not know it."""
    struck = OURS.struck(random)

    assert len(struck) == 32
    assert struck.startswith(random)
    assert OURS.is_on(struck)
    assert not OTHERS.is_on(struck)
    assert token_of(token_text(struck)) == struck
    assert session_of(session_text(struck)) == struck
    assert token_is_well_formed(token_text(struck))


@given(RANDOM, st.integers(0, 31), st.integers(1, 255))
def test_a_changed_byte_is_noticed(random: bytes, place: int, change: int) -> None:
    """In the mark and in what it was struck on."""
    changed = bytearray(OURS.struck(random))
    changed[place] ^= change

    assert not OURS.is_on(bytes(changed))


@given(st.binary(max_size=64))
def test_nothing_else_bears_it(guess: bytes) -> None:
    """Of any length."""
    assert not OURS.is_on(guess)


@given(RANDOM, st.text("ABCDEFGHIJabcdefghij234567_-+/=! é", max_size=60))
def test_a_proof_has_one_text(random: bytes, other: str) -> None:
    """Or each other way to write it would be counted as another proof: none is read that would be written differently."""
    token, session = token_text(OURS.struck(random)), session_text(OURS.struck(random))
    last = session[:-1] + chr(ord(session[-1]) + 1)

    for text in (other, session + "=", session + "!", f" {session}", last):
        read = session_of(text)
        assert read is None or session_text(read) == text
    for text in (other, token.upper(), token + "=", *(token[:-9] + end + token[-8:] for end in "abcdq")):
        found = token_of(text)
        assert found is None or token_text(found) == text


def test_the_key_is_made_of_the_installations_secret() -> None:
    """All pods have the same one; and it is not told by whoever prints it."""
    secret = secrets.token_urlsafe()

    assert hallmark_of(secret) == hallmark_of(secret)
    assert hallmark_of(secret) != hallmark_of(f"{secret}.")
    assert secret.encode() not in hallmark_of(secret).key
    assert repr(hallmark_of(secret)) == "Hallmark()"
