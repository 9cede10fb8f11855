"""The contract of `Mailer`, for memory and SES alike."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from gas.adapters.aws.mailer_ses import SesMailer
from gas.adapters.memory.messaging import InMemoryMailer
from gas.domain.errors import FatalError, MailUncertainError, TransientError, UsageError
from gas.ports.messaging import Mail, Mailer
from gas_setup.infrastructure import SenderSpec
from tests.contract.adapters import BACKENDS, SENDER, client, fresh_names, local_cloud

MAIL = Mail("ada@example.org", "Your result é", "It is ready.\nhttps://example.org/jobs/job-1\n")


@dataclass(frozen=True)
class Post:
    """A mailer, and what it has sent."""

    mailer: Mailer
    sent: Callable[[], list[Mail]]


def sent_by_ses() -> list[Mail]:
    """What the local AWS has sent so far."""
    return [Mail(mail["to"][0], mail["subject"], mail["text"]) for mail in local_cloud().mail()]


@pytest.fixture(params=BACKENDS)
def post(request: pytest.FixtureRequest) -> Post:
    """A mailer of each kind."""
    if request.param == "memory":
        mailer = InMemoryMailer()
        return Post(mailer, lambda: list(mailer.sent))
    fresh_names(SenderSpec)
    before = len(sent_by_ses())
    return Post(SesMailer(client("ses"), SENDER), lambda: sent_by_ses()[before:])


def test_each_mail_is_sent_once(post: Post) -> None:
    """Each call sends one mail, whole."""
    post.mailer.send(MAIL)
    post.mailer.send(MAIL)

    assert post.sent() == [MAIL, MAIL]


@pytest.mark.parametrize(
    "address", ["", "ada", "a@b, c@d", "a@b\nBcc: c@d", "Ada <a@b>", "@b", "a@"], ids=range(7)
)
def test_bad_address_is_refused(post: Post, address: str) -> None:
    """What is not one address is refused, and nothing is sent."""
    with pytest.raises(UsageError, match="no e-mail address"):
        post.mailer.send(Mail(address, "s", "t"))
    assert post.sent() == []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"error": "Throttling"}, TransientError),
        ({"error": "MessageRejected"}, UsageError),
        ({"error": "ServiceUnavailable"}, MailUncertainError),
        ({"error": "InternalFailure", "after": True}, MailUncertainError),
    ],
    ids=["throttled", "rejected", "unavailable", "sent-without-answer"],
)
def test_ses_troubles_are_told_apart(fault: dict[str, object], error: type[Exception]) -> None:
    """What was certainly not sent and what may have been are different errors, and nothing is sent twice."""
    fresh_names(SenderSpec)
    before = len(sent_by_ses())
    local_cloud().faults("ses", "SendEmail", count=1, **fault)

    try:
        with pytest.raises(error) as caught:
            SesMailer(client("ses"), SENDER).send(MAIL)
    finally:
        local_cloud().clear_faults()

    assert type(caught.value) is error
    assert len(sent_by_ses()) - before == int("after" in fault)


def test_sender_that_is_not_verified_is_for_the_operator() -> None:
    """SES's refusal of our own sender is a FatalError that names the setting."""
    with pytest.raises(FatalError, match="GAS_AWS__MAIL_SENDER"):
        SesMailer(client("ses"), "nobody@nowhere.invalid").send(MAIL)


def test_told_failure_of_the_fake() -> None:
    """The in-memory mailer fails as it is told to."""
    mailer = InMemoryMailer()
    mailer.failure = TransientError("not now")

    with pytest.raises(TransientError, match="not now"):
        mailer.send(MAIL)
    assert mailer.sent == []


def test_a_refusal_names_nobody() -> None:
    """SES quotes whom a mail was for; what is raised, and so logged, does not."""
    said = f"Email address is not verified. The following identities failed the check in region X: {MAIL.to}"
    answer = {"Error": {"Code": "MessageRejected", "Message": said}}

    class Refusing:
        """SES as it refuses everything."""

        def send_email(self, **_: object) -> None:
            """Refuse."""
            raise ClientError(answer, "SendEmail")  # type: ignore[arg-type]

    with pytest.raises(UsageError, match="failed the check in region X") as refused:
        SesMailer(Refusing(), SENDER).send(MAIL)
    assert MAIL.to not in str(refused.value)
