"""Changing what users say about themselves. A new e-mail address gets a letter first, and e-mail once it is confirmed."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gas.domain.display_name import MAX_NAME_LENGTH, cleaned_name, is_clean_name
from gas.domain.errors import TooManyRequestsError, UsageError
from gas.domain.messages import UserHint
from gas.domain.names import Channel
from gas.domain.plan import EmailWish, Profile, User
from gas.domain.session import handle_of
from gas.ports.clock import Clock
from gas.ports.mail_budget import MailBudget
from gas.ports.messaging import Publisher
from gas.ports.stores import UserStore
from gas.services.edit_user import edit_user
from gas.services.hint import send

MAX_LENGTH = 200
MAX_EMAIL_LENGTH = 254
"""The longest address that can stand in an envelope (RFC 5321)."""

LETTERS_TO_ADDRESS = 3
"""Letters a day to one address that one user may cause: a stranger who is written to by mistake gets no more, and who
pesters an address does not use up what its owner may ask for."""

LETTERS_A_WEEK = 5
"""The same in a week."""

LETTERS_TO_ADDRESS_A_WEEK = 20
"""Letters to one address in a week, whoever asks for them."""

LETTERS_OF_USER = 5
"""Letters a day that one user may cause, to whatever addresses."""

DAY = timedelta(days=1)
WEEK = 7 * DAY

_EMAIL = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+\.[^\s@<>(),;:\\\"\[\].]+")


@dataclass(frozen=True)
class ChangeProfile:
    """The use cases with their ports. All raise `NotFoundError` when there is no such user."""

    users: UserStore
    budget: MailBudget
    publisher: Publisher
    clock: Clock

    def __call__(self, user: User, profile: Profile) -> User:
        """Write name and institution, tidied; a new address is asked to be confirmed, and changes nothing before.

        Raises:
            UsageError: one of the three cannot be what it is said to be.
            TooManyRequestsError: too many letters were asked for; name and institution are written all the same.
        """
        said = tidied(profile)
        try:
            wish = self._wish(user, said.email)
        except TooManyRequestsError as error:
            self._write(user, said, lambda found: found)
            raise TooManyRequestsError(
                f"Your name and institution are saved, and your address is not. {error}", error.retry_after
            ) from error
        changed = self._write(user, said, lambda found: _with_wish(found, wish, self.clock.now()))
        self._tell(changed)
        return changed

    def write_again(self, user: User) -> User:
        """Ask for another letter to the address that waits to be confirmed; without one nothing happens.

        Raises:
            TooManyRequestsError: too many letters were asked for.
        """
        if user.asked_email is None:
            return user
        wish = self._new_wish(user, user.asked_email.address)
        changed = edit_user(self.users, user.user_id, lambda found: _with_wish(found, wish, self.clock.now()))
        self._tell(changed)
        return changed

    def confirm(self, user: User, secret: str) -> User:
        """Send e-mail to the address whose owner got the letter with this secret, which is worth nothing afterwards.

        Raises:
            UsageError: the secret is of no letter of this user's that still holds.
        """
        now = self.clock.now()
        return edit_user(self.users, user.user_id, lambda found: _confirmed(found, secret, now))

    def _write(self, user: User, said: Profile, more: Callable[[User], User]) -> User:
        return edit_user(
            self.users,
            user.user_id,
            lambda found: replace(more(found), name=said.name, institution=said.institution),
        )

    def _wish(self, user: User, address: str) -> EmailWish | None:
        """What is wished after somebody sent that address; the same as before costs no letter."""
        if address == user.mail_address:
            return None
        if user.asked_email is not None and user.asked_email.address == address:
            return user.asked_email
        return self._new_wish(user, address)

    def _new_wish(self, user: User, address: str) -> EmailWish:
        now = self.clock.now()
        pair = f"{user.user_id} {address}"
        today = self.budget.take("letters-of", user.user_id, LETTERS_OF_USER, DAY, now) and self.budget.take(
            "letters-to", pair, LETTERS_TO_ADDRESS, DAY, now
        )
        if not today:
            raise TooManyRequestsError(
                "Too many letters were asked for by you today: look for one that came, or try again tomorrow.",
                DAY,
            )
        # What one user may ask for in a week is counted first: whoever has used that up takes nothing from the address.
        week = self.budget.take("letters-to-in-a-week", pair, LETTERS_A_WEEK, WEEK, now) and self.budget.take(
            "letters-to-in-a-week", address, LETTERS_TO_ADDRESS_A_WEEK, WEEK, now
        )
        if not week:
            raise TooManyRequestsError(
                "Too many letters to this address were asked for this week: look for one that came, or try again in a "
                "week.",
                WEEK,
            )
        return EmailWish(address, now)

    def _tell(self, user: User) -> None:
        if user.letter_owed:
            send(self.publisher, Channel.RESTORE, UserHint(user.user_id))


def letter_holds(user: User, secret: str, now: datetime) -> bool:
    """True when the secret is of the letter that asked for the address that the user wants now, and is in time."""
    wish, letter = user.asked_email, user.email_letter
    if wish is None or letter is None or letter.answers != wish.asked or letter.address != wish.address:
        return False
    return handle_of(secret) == letter.handle and now < letter.expires


def tidied(profile: Profile) -> Profile:
    """The profile without needless blanks.

    Raises:
        UsageError: one of the three cannot be what it is said to be.
    """
    if not profile.name.strip():
        raise UsageError("Tell us your name: it stands in the e-mails that you get.")
    if not is_clean_name(profile.name):
        raise UsageError(
            f"A name may have {MAX_NAME_LENGTH} letters, digits, blanks and . , ' - ( ) & at most, and no address or "
            "link in it: write a blank after a full stop."
        )
    email = profile.email.strip()
    if len(email) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise UsageError("That e-mail address cannot be right: it looks like name@institute.example.")
    institution = " ".join(profile.institution.split())
    if len(institution) > MAX_LENGTH or not institution.isprintable():
        raise UsageError(f"The institution may have {MAX_LENGTH} printable characters at most.")
    return Profile(cleaned_name(profile.name), email, institution)


def usable(told: Profile) -> Profile:
    """What of an issuer's word about somebody can stand in a profile; what cannot is left out."""
    institution = "".join(sign if sign.isprintable() else " " for sign in told.institution)
    email = told.email.strip()
    possible = len(email) <= MAX_EMAIL_LENGTH and email.isprintable() and _EMAIL.fullmatch(email)
    return Profile(
        cleaned_name(told.name), email if possible else "", " ".join(institution.split())[:MAX_LENGTH]
    )


def _with_wish(user: User, wish: EmailWish | None, now: datetime) -> User:
    if wish == user.asked_email:
        return user
    wished = replace(user, asked_email=wish, email_letter=user.email_letter if wish else None)
    return replace(wished, due=user.due or now) if wished.letter_owed else wished


def _confirmed(user: User, secret: str, now: datetime) -> User:
    if not letter_holds(user, secret, now):
        raise UsageError(
            "This link is not of the last letter that you asked for, was used already, or is older than a day: ask for "
            "a new letter on your profile page."
        )
    assert user.asked_email is not None
    address = user.asked_email.address
    return replace(user, email=address, email_confirmed=True, asked_email=None, email_letter=None)
