"""The rule for names that stand in greetings."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gas.domain.display_name import MAX_NAME_LENGTH, cleaned_name, is_clean_name


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace",
        "Ångström, A.",
        "J.R.R. Tolkien",
        "Dr. M. O'Neill-Šimić",
        "Mary-Anne d\u2019Arc",
        "李小龍",
        "محمد",
        "Jordi Pau·lí",
        "Genomics Lab 4 (core)",
    ],
)
def test_names_of_people(name: str) -> None:
    """What people and groups are called can be a name, and stays as it is."""
    assert is_clean_name(name)
    assert cleaned_name(name) == name


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.org",
        "Reset at evil.example now",
        "https://evil.example/x",
        "evil.co",
        "1.2.3.44",
        "mail: me",
        "a/b",
        "<b>Ada</b>",
        "Ada\r\nBcc: x",
        "Ada\x07",
        "Ada\u202eadA",
        "e\u200bvil",
        "evil\u2024example",
        "ada\uff20example",
        "evil\uff0eexample",
        "",
        " ",
        "A" * (MAX_NAME_LENGTH + 1),
        unicodedata.normalize("NFD", "\u1f82" * MAX_NAME_LENGTH) + "@",
        "a" + "\u0301\u0327" * 30_000,
    ],
)
def test_what_is_no_name(text: str) -> None:
    """Addresses, links, control and invisible characters, however they are spelt, and letters as long as a letter."""
    assert not is_clean_name(text)


@pytest.mark.parametrize("name", ["\u1f82", "\u1f82 ", "\uac01"])
def test_the_longest_names_however_they_are_spelt(name: str) -> None:
    """A letter is one, whether its marks stand on it or apart, and blanks count once."""
    longest = (name * MAX_NAME_LENGTH)[:MAX_NAME_LENGTH].strip()
    apart = f"  {unicodedata.normalize('NFD', longest).replace(' ', ' ' * 50)}"

    assert is_clean_name(apart)
    assert cleaned_name(apart) == longest


def test_only_a_beginning_is_looked_at() -> None:
    """What is longer than any name is cut before its marks are put in order, which takes quadratic time."""
    assert cleaned_name("@" * 4 * MAX_NAME_LENGTH + " Ada") == ""
    assert cleaned_name("@" + " " * 9 * MAX_NAME_LENGTH + "Ada") == "Ada"


@given(st.text())
@example("a.b\u0301c")
@example("evil.\u034fexample")
@example("a. b.c.de")
@example("." * 200)
def test_what_is_left_is_clean(text: str) -> None:
    """Whatever came, what is left is a name or nothing, and nothing that a mail program makes a link of."""
    left = cleaned_name(text)

    assert left == cleaned_name(left)
    assert not left or is_clean_name(left)
    assert len(left) <= MAX_NAME_LENGTH
    assert left.isprintable()
    assert not re.search(r"[@:/\\<>]", left)
    assert not re.search(r"\.\w\w", left)
