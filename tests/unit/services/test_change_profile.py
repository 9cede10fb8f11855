"""Changing a profile: what it says at once, and where e-mail goes only once the owner of the address agrees."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.mail_budget import InMemoryMailBudget
from gas.adapters.memory.messaging import InMemoryMailer, InMemoryPublisher, InMemoryQueue
from gas.adapters.memory.stores import InMemoryUserStore
from gas.domain.errors import (
    ConflictError,
    MailUncertainError,
    NotFoundError,
    TooManyRequestsError,
    TransientError,
    UsageError,
)
from gas.domain.messages import UserHint
from gas.domain.names import Channel
from gas.domain.plan import Plan, Profile, User
from gas.domain.session import Identity
from gas.services.change_profile import (
    LETTERS_A_WEEK,
    LETTERS_OF_USER,
    LETTERS_TO_ADDRESS,
    LETTERS_TO_ADDRESS_A_WEEK,
    ChangeProfile,
    letter_holds,
    usable,
)
from gas.services.send_letter import LETTER_LIFE, SendLetter
from gas.services.sign_in import NAMELESS, sign_in
from tests.support.jobs import FREE, NOW, USER
from tests.support.plans import CHANNELS

DAY = timedelta(days=1)
OLD, NEW = "ada@example.org", "new@else.example"
ADA = User(USER, OLD, "Ada", FREE, email_confirmed=True)


class Office:
    """A user, the profile's use cases, and the sender of letters."""

    def __init__(self, user: User = ADA) -> None:
        self.clock = FakeClock(NOW)
        self.users, self.mailer = InMemoryUserStore(), InMemoryMailer()
        self.queue = InMemoryQueue(Channel.RESTORE, self.clock)
        self.users.create(user)
        publisher = InMemoryPublisher(dict.fromkeys(CHANNELS, self.queue))
        self.profile = ChangeProfile(self.users, InMemoryMailBudget(), publisher, self.clock)
        self.secrets = iter(f"secret-{number}" for number in range(100))
        self.sender = SendLetter(
            self.users, self.mailer, self.clock, "https://gas.example/", lambda: next(self.secrets)
        )

    @property
    def user(self) -> User:
        """The user as they are now."""
        found = self.users.get(USER)
        assert found is not None
        return found

    def ask(self, address: str = NEW, name: str = "Ada") -> User:
        """Save the profile with that address."""
        return self.profile(self.user, Profile(name, address, ""))

    def send(self) -> None:
        """Let the controllers send what is owed."""
        self.sender(USER)


def test_a_new_address_waits_for_its_owner() -> None:
    """The name changes at once; e-mail goes where it went, and the controllers are told of the letter."""
    office = Office()

    changed = office.ask(name="Ada L.")

    assert changed.name == "Ada L."
    assert changed.mail_address == OLD
    assert changed.letter_owed
    assert changed.due == NOW
    (message,) = office.queue.receive(1, 0, 30)
    assert message.hint == UserHint(USER)


def test_the_letter_says_nothing_of_who_asked() -> None:
    """Whatever the user is called, no word of theirs is in it; one wish gets one letter."""
    office = Office(replace(ADA, name="Send money", institution="to evil.example"))
    office.ask(name="Send money now")

    office.send()
    office.send()

    (letter,) = office.mailer.sent
    assert letter.to == NEW
    assert "money" not in letter.subject + letter.text
    assert "evil" not in letter.text
    assert "https://gas.example/profile/email/secret-0\n" in letter.text
    assert "secret-0" not in repr(office.user)


def test_the_link_works_once() -> None:
    """It moves the e-mail to the new address, and is worth nothing afterwards."""
    office = Office()
    office.ask()
    office.send()
    holds = letter_holds(office.user, "secret-0", NOW)

    confirmed = office.profile.confirm(office.user, "secret-0")

    assert holds
    assert confirmed.mail_address == NEW
    assert (confirmed.asked_email, confirmed.email_letter) == (None, None)
    with pytest.raises(UsageError, match="used already"):
        office.profile.confirm(office.user, "secret-0")


def test_links_that_do_not_hold() -> None:
    """A guess, a link of yesterday, of an address that is not wanted any more, and of another user."""
    office = Office()
    office.ask()
    office.send()
    wanted = office.user
    office.ask("third@else.example")
    unwanted = office.user
    office.send()

    assert not letter_holds(wanted, "secret-1", NOW)
    assert not letter_holds(wanted, "secret-0", NOW + LETTER_LIFE)
    assert not letter_holds(unwanted, "secret-0", NOW)
    assert not letter_holds(office.user, "secret-0", NOW)
    assert not letter_holds(ADA, "secret-0", NOW)
    with pytest.raises(UsageError):
        office.profile.confirm(office.user, "secret-0")
    assert office.user.mail_address == OLD


def test_an_address_that_is_taken_back() -> None:
    """Whoever saves the address that they have withdraws the wish; its letter is worth nothing."""
    office = Office()
    office.ask()
    office.send()

    back = office.ask(OLD)

    assert back.asked_email is None
    assert not letter_holds(office.user, "secret-0", NOW)


def test_saving_again_sends_no_second_letter() -> None:
    """The same wish is the same letter, until another one is asked for."""
    office = Office()
    office.ask()
    office.send()
    office.clock.advance(timedelta(minutes=1))

    office.ask(name="Ada L.")
    office.send()
    quiet = len(office.mailer.sent)
    office.profile.write_again(office.user)
    office.send()

    assert quiet == 1
    assert len(office.mailer.sent) == 2
    assert not letter_holds(office.user, "secret-0", office.clock.now())
    assert letter_holds(office.user, "secret-1", office.clock.now())


def test_nobody_is_written_to_often() -> None:
    """So many letters a day to one address, and so many in all of one user; nothing changes beyond that."""
    office = Office()
    office.ask()
    for _ in range(LETTERS_TO_ADDRESS - 1):
        office.clock.advance(timedelta(seconds=1))
        office.profile.write_again(office.user)
    before = office.user

    with pytest.raises(TooManyRequestsError):
        office.profile.write_again(office.user)
    for number in range(LETTERS_OF_USER):
        office.clock.advance(timedelta(seconds=1))
        with_room = number < LETTERS_OF_USER - LETTERS_TO_ADDRESS - 1
        if with_room:
            office.ask(f"other{number}@else.example")
        else:
            with pytest.raises(TooManyRequestsError):
                office.ask(f"other{number}@else.example")

    assert before.asked_email is not None
    office.clock.advance(DAY)
    assert office.ask().letter_owed


def test_a_stranger_uses_up_nobodys_letters() -> None:
    """Who pesters an address, day after day, is stopped for the week, and its owner can still confirm it."""
    office, letters = Office(), set()
    for _ in range(14 * 4):
        office.clock.advance(DAY / 4)
        with suppress(TooManyRequestsError):
            office.ask()
            office.profile.write_again(office.user)
        letters.add(office.user.asked_email)
    bob = replace(ADA, user_id="b" * 26)
    office.users.create(bob)

    changed = office.profile(bob, Profile("Bob", NEW, ""))

    assert len(letters) <= 3 * LETTERS_A_WEEK  # Two weeks meet three windows.
    assert changed.letter_owed


def test_an_address_gets_so_many_letters_a_week() -> None:
    """Whoever asks, and however many they are."""
    office, asked = Office(), 0
    for number in range(LETTERS_TO_ADDRESS_A_WEEK + 3):
        user = replace(ADA, user_id=f"{number:026d}")
        office.users.create(user)
        with suppress(TooManyRequestsError):
            asked += office.profile(user, Profile("Ada", NEW, "")).letter_owed

    assert asked == LETTERS_TO_ADDRESS_A_WEEK


def test_name_and_institution_need_no_letter() -> None:
    """They are saved when no letter can be sent, and the sentence says so; the address stays as it was."""
    office = Office()
    for number in range(LETTERS_OF_USER):
        office.ask(f"other{number}@else.example")
    before = office.user

    with pytest.raises(
        TooManyRequestsError, match=r"^Your name and institution are saved, and your address is not\. Too"
    ):
        office.profile(office.user, Profile("Ada L.", NEW, "Analytical Engines"))

    assert office.user == replace(before, name="Ada L.", institution="Analytical Engines")


def test_letters_again_without_a_wish() -> None:
    """Nothing is asked for, so nothing is sent."""
    office = Office()

    assert office.profile.write_again(office.user) == ADA


def test_a_letter_that_was_not_sent_is_sent_later() -> None:
    """While the mail service does not answer it stays owed; a mail that may have gone out is not repeated."""
    office = Office()
    office.ask()
    office.mailer.failure = TransientError("throttled")
    with pytest.raises(TransientError):
        office.sender(USER)
    owed = office.user.letter_owed
    office.mailer.failure = MailUncertainError("perhaps")

    office.send()
    office.mailer.failure = None
    office.send()

    assert owed
    assert not office.user.letter_owed
    assert office.mailer.sent == []


def test_letters_to_nobody() -> None:
    """A user who is gone, or who wants no other address, gets none."""
    office = Office()

    office.send()
    office.sender("v" * 26)

    assert office.mailer.sent == []


def test_a_row_that_others_write() -> None:
    """An edit is made anew on what others wrote; when they never stop, it is refused with a sentence."""
    office = Office()
    commit, refusals = office.users.commit, [1, 2]

    def crowded(before: User, after: User) -> User:
        if refusals:
            refusals.pop()
            raise ConflictError("changed")
        return commit(before, after)

    office.users.commit = crowded  # type: ignore[method-assign]
    office.ask(name="Ada L.")
    refusals.extend(range(100))

    assert office.user.name == "Ada L."
    with pytest.raises(ConflictError, match="same moment"):
        office.ask(name="Ada M.")
    with pytest.raises(NotFoundError):
        office.profile(replace(ADA, user_id="v" * 26), Profile("Ada", OLD, ""))


def test_what_an_issuer_says_is_cleaned() -> None:
    """Names become names, institutions a line, and what is no address is none."""
    told = usable(
        Profile("ada@example.org http://x.example", "a@b.example\nBcc: c@d.example", "A\x07 B" * 99)
    )

    assert told.name == "ada example. org http x. example"
    assert told.email == ""
    assert told.institution.isprintable()
    assert len(told.institution) <= 200


def test_a_first_sign_in_without_a_known_address() -> None:
    """Somebody of whom the issuer vouches for no address gets no e-mail, and a name to begin with."""
    users = InMemoryUserStore()

    user = sign_in(users, Identity("https://issuer.example", "s"), Profile("@", "", ""), Plan.FREE, NOW)

    assert (user.name, user.mail_address, user.email_confirmed) == (NAMELESS, "", False)


def test_a_row_of_an_older_release_gets_the_issuers_address() -> None:
    """At the next sign-in the address that the issuer vouches for takes the place of one that nobody did; once."""
    users, identity = InMemoryUserStore(), Identity("https://issuer.example", "s")
    users.create(replace(ADA, email="stranger@else.example", email_confirmed=False))
    users.claim_identity(identity, USER)

    unknown = sign_in(users, identity, Profile("Ada", "", ""), Plan.FREE, NOW)
    known = sign_in(users, identity, Profile("Ada", OLD, ""), Plan.FREE, NOW)
    later = sign_in(users, identity, Profile("Ada", NEW, ""), Plan.FREE, NOW)

    assert unknown.mail_address == ""
    assert (known.mail_address, known.name) == (OLD, "Ada")
    assert later == known == users.get(USER)
