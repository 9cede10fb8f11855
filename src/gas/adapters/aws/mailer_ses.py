"""E-mail by SES. Its client must not retry: a mail that may have been sent is not sent again."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from gas.adapters.addresses import is_one_address
from gas.adapters.aws.errors import (
    NEVER_SENT,
    code_of,
    from_client_error,
    from_sdk_error,
    in_words,
    status_of,
)
from gas.domain.errors import FatalError, MailUncertainError, TransientError, UsageError
from gas.ports.messaging import Mail

_REJECTED = frozenset(
    {"MessageRejected", "InvalidParameterValue", "InvalidParameterValueException", "ValidationError"}
)
_PAUSED = frozenset({"AccountSendingPausedException", "AccountSendingPaused"})
_SENDER = frozenset({"MailFromDomainNotVerifiedException", "MailFromDomainNotVerified"})
_SERVER_ERROR = 500


class SesMailer:
    """Implements `Mailer`. `sender` is the address that SES has verified."""

    def __init__(self, client: Any, sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, mail: Mail) -> None:
        """Send one mail."""
        if not is_one_address(mail.to):
            raise UsageError("What the user gave is no e-mail address: the mail was not sent.")
        try:
            self._client.send_email(
                Source=self._sender,
                Destination={"ToAddresses": [mail.to]},
                Message={
                    "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": mail.text, "Charset": "UTF-8"}},
                },
            )
        except ClientError as error:
            raise self._from_answer(error, mail) from error
        except BotoCoreError as error:
            raise _from_silence(error) from error

    def _from_answer(self, error: ClientError, mail: Mail) -> Exception:
        code = code_of(error)
        said = str(error.response.get("Error", {}).get("Message", ""))
        if code in _SENDER or (code in _REJECTED and self._sender in said):
            return FatalError(
                "SES has not verified the sender that GAS_AWS__MAIL_SENDER names: verify it, or name another."
            )
        if code in _REJECTED:
            # It quotes whom the mail was for.
            return UsageError(f"SES refused the mail ({code}): {in_words(said.replace(mail.to, '[hidden]'))}")
        if code in _PAUSED:
            return TransientError(
                "SES has paused sending for this account: the mail was not sent; ask AWS why."
            )
        if status_of(error) >= _SERVER_ERROR:
            return _uncertain(code)
        return from_client_error(error, "mail service SES")


def _from_silence(error: BotoCoreError) -> Exception:
    told = from_sdk_error(error, "mail service SES")
    if isinstance(error, NEVER_SENT) or isinstance(told, FatalError):
        return told
    return _uncertain(type(error).__name__)


def _uncertain(what: str) -> MailUncertainError:
    return MailUncertainError(
        f"SES gave no clear answer ({what}): the mail may have been sent, so it is not repeated."
    )
