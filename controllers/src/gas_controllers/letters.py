"""The letters that ask the owner of an e-mail address whether e-mail is to be sent there: one for each wish."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from gas.domain.errors import GasError, MailUncertainError, UsageError
from gas.domain.plan import EmailLetter
from gas.domain.session import handle_of
from gas.ports.clock import Clock
from gas.ports.messaging import Mail, Mailer
from gas.ports.stores import UserStore
from gas_controllers import metrics
from gas_controllers.items import LetterOwed
from gas_controllers.lanes import SETTLED, Again

log = logging.getLogger(__name__)

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


class LetterSender:
    """Notes each letter on the user's row just before it is sent, so that two are never sent for one wish."""

    def __init__(
        self,
        users: UserStore,
        mailer: Mailer,
        clock: Clock,
        public_url: str,
        new_secret: Callable[[], str],
    ) -> None:
        self._users = users
        self._mailer = mailer
        self._clock = clock
        self._public_url = public_url
        self._new_secret = new_secret

    def send(self, item: LetterOwed) -> Again:
        """Send the letter, unless it is owed no more.

        Raises:
            GasError: it was certainly not sent; try again.
        """
        user = self._users.get(item.user_id)
        if user is None or user.asked_email is None or not user.letter_owed:
            return SETTLED
        secret, wish = self._new_secret(), user.asked_email
        letter = EmailLetter(
            wish.address, handle_of(secret), self._clock.now() + LETTER_LIFE, answers=wish.asked
        )
        noted = self._users.commit(user, replace(user, email_letter=letter))
        try:
            self._mailer.send(compose_letter(wish.address, secret, self._public_url))
        except (MailUncertainError, UsageError) as error:
            # The person sees nothing come, and can ask for another one.
            log.warning("the letter to an address of user %s may not arrive: %s", user.user_id, error)
            metrics.MAILS.labels("refused" if isinstance(error, UsageError) else "uncertain").inc()
            return SETTLED
        except GasError:
            metrics.MAILS.labels("failed").inc()
            self._users.commit(noted, replace(noted, email_letter=user.email_letter))
            raise
        metrics.MAILS.labels("sent").inc()
        return SETTLED
