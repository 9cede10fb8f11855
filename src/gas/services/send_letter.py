"""The letters that ask the owner of an e-mail address whether e-mail is to be sent there: one for each wish."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from gas.domain.errors import GasError, MailUncertainError, UsageError
from gas.domain.plan import EmailLetter
from gas.domain.session import handle_of
from gas.ports.clock import Clock
from gas.ports.messaging import Mail, Mailer
from gas.ports.onlooker import MailEnding, Nobody, UserOnlooker
from gas.ports.stores import UserStore

LETTER_LIFE = timedelta(days=1)
"""How long the link in a letter holds."""


def compose_letter(address: str, secret: str, public_url: str) -> Mail:
    """The letter. Whoever asked for it may not be its reader: not a word in it is theirs, not even a name."""
    url = public_url.rstrip("/")
    lines = [
        "Good day,",
        "",
        f"somebody who is signed in at {url} wants e-mail about their jobs sent to this address.",
        "If that was you, open this page within a day, and confirm it:",
        "",
        f"{url}/profile/email/{secret}",
        "",
        "If it was not you, there is nothing to do: no e-mail about jobs will come here.",
    ]
    return Mail(address, "Is this your e-mail address?", "\n".join(lines) + "\n")


@dataclass(frozen=True)
class SendLetter:
    """The use case with its ports. Each letter is noted on the user's row just before it is sent: two never go for one wish."""

    users: UserStore
    mailer: Mailer
    clock: Clock
    public_url: str
    new_secret: Callable[[], str]
    onlooker: UserOnlooker = field(default_factory=Nobody)

    def __call__(self, user_id: str) -> None:
        """Send the letter that the user waits for, unless it is owed no more.

        Raises:
            GasError: it was certainly not sent; try again.
        """
        user = self.users.get(user_id)
        if user is None or user.asked_email is None or not user.letter_owed:
            return
        secret, wish = self.new_secret(), user.asked_email
        letter = EmailLetter(
            wish.address, handle_of(secret), self.clock.now() + LETTER_LIFE, answers=wish.asked
        )
        noted = self.users.commit(user, replace(user, email_letter=letter))
        try:
            self.mailer.send(compose_letter(wish.address, secret, self.public_url))
        except (MailUncertainError, UsageError) as error:
            # The person sees nothing come, and can ask for another one.
            ending = MailEnding.REFUSED if isinstance(error, UsageError) else MailEnding.UNCERTAIN
            self.onlooker.mail_ended(ending, user_id=user_id, error=error)
            return
        except GasError:
            self.onlooker.mail_ended(MailEnding.FAILED, user_id=user_id)
            self.users.commit(noted, replace(noted, email_letter=user.email_letter))
            raise
        self.onlooker.mail_ended(MailEnding.SENT, user_id=user_id)
