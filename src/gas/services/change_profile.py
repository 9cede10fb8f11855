"""Changing what users say about themselves."""

import re

from gas.domain.errors import UsageError
from gas.domain.plan import Profile, User
from gas.ports.stores import UserStore

MAX_LENGTH = 200
MAX_EMAIL_LENGTH = 254
"""The longest address that can stand in an envelope (RFC 5321)."""

_EMAIL = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+\.[^\s@<>(),;:\\\"\[\].]+")


def change_profile(users: UserStore, user_id: str, profile: Profile) -> User:
    """Write the profile, tidied.

    Raises:
        UsageError: one of the three cannot be what it is said to be.
        NotFoundError: there is no such user.
    """
    return users.change_profile(user_id, tidied(profile))


def tidied(profile: Profile) -> Profile:
    """The profile without needless blanks.

    Raises:
        UsageError: one of the three cannot be what it is said to be.
    """
    name = _line(profile.name, "name")
    if not name:
        raise UsageError("Tell us your name: it stands in the e-mails that you get.")
    email = profile.email.strip()
    if len(email) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise UsageError("That e-mail address cannot be right: it looks like name@institute.example.")
    return Profile(name, email, _line(profile.institution, "institution"))


def _line(text: str, what: str) -> str:
    line = " ".join(text.split())
    if len(line) > MAX_LENGTH or not line.isprintable():
        raise UsageError(f"The {what} may have {MAX_LENGTH} printable characters at most.")
    return line
