"""What people may be called: a name says who somebody is, and has no room for an address, a link or an order.

A name stands in the greeting of e-mails that our sender signs for, so it must not be able to carry anybody's message.
"""

import re
import unicodedata

MAX_NAME_LENGTH = 100
"""Longer than the names of people, and too short for a letter."""

_LOOKED_AT = 4 * MAX_NAME_LENGTH + 1
"""A letter and its marks are four code points at most where they stand apart, so a text of so many is too long for a name. No
more of it is composed: of a long row of marks that takes Python quadratic time."""

_SIGNS = frozenset(" .,'-()&\u2019\u2010\u2013\u00b7")
"""What stands in names beside letters, their marks and digits, with the typographic forms of apostrophe and hyphen. No
@, no slash, no colon, nothing that is invisible."""

_TIGHT_DOT = re.compile(r"\.(?=\w\w)")
"""A full stop right before more than an initial, as in evil.example: mail programs make a link of that. Not of J.R.R."""


def cleaned_name(text: str) -> str:
    """What is left of a text's beginning that can be a name; it may be empty. What is clean stays as it is."""
    kept = "".join(sign if _may_stand(sign) else " " for sign in _composed(text))
    # Without what was between them, letters may compose, and dots come close, once more.
    spaced = _TIGHT_DOT.sub(". ", unicodedata.normalize("NFKC", kept))
    return " ".join(spaced.split())[:MAX_NAME_LENGTH].strip()


def is_clean_name(text: str) -> bool:
    """True when a text, but for needless blanks, can be a name as it is."""
    return bool(text.strip()) and cleaned_name(text) == " ".join(_composed(text).split())


def _composed(text: str) -> str:
    """A text with its marks on their letters and without needless blanks; of a long one a beginning that is too long for a name."""
    return unicodedata.normalize("NFKC", " ".join(text.split())[:_LOOKED_AT])


def _may_stand(sign: str) -> bool:
    return sign in _SIGNS or (unicodedata.category(sign)[0] in "LMN" and sign.isprintable())
