"""What the controllers do for a user who is due, beside telling their jobs of a plan change."""

from dataclasses import replace

from gas.adapters.memory.clock import FakeClock
from gas.adapters.memory.stores import InMemoryJobStore, InMemoryUserStore
from gas.domain.decision import Lane
from gas.domain.plan import EmailLetter, EmailWish, User
from gas_controllers.items import LetterOwed, LookAtUser
from gas_controllers.lanes import SETTLED
from gas_controllers.plan_changes import LETTER_LOOK, PlanChanges
from tests.support.jobs import FREE, NOW, USER

WISH = EmailWish("new@else.example", NOW)
ADA = User(USER, "ada@example.org", "Ada", FREE, due=NOW, email_confirmed=True)


class Lanes:
    """Notes what is put where."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, Lane]] = []

    def put(self, item: object, lane: Lane = Lane.STATE, **_: object) -> None:
        """Note it."""
        self.asked.append((item, lane))


def test_a_letter_is_asked_for_until_it_is_sent() -> None:
    """In the lane of e-mail; the user stays due until the letter stands in their row, and then is due no more."""
    users, lanes = InMemoryUserStore(), Lanes()
    users.create(replace(ADA, asked_email=WISH))
    changes = PlanChanges(InMemoryJobStore(), users, FakeClock(NOW), None)  # type: ignore[arg-type]  # nobody leaves

    first = changes.look_at(LookAtUser(USER), lanes)  # type: ignore[arg-type]  # all that is asked of lanes
    waiting = users.get(USER)
    assert waiting is not None
    letter = EmailLetter(WISH.address, "h" * 32, NOW, answers=WISH.asked)
    users.commit(waiting, replace(waiting, email_letter=letter))
    changes.look_at(LookAtUser(USER), lanes)  # type: ignore[arg-type]

    sent = users.get(USER)
    assert first is SETTLED
    assert lanes.asked == [(LetterOwed(USER), Lane.MAIL)]
    assert waiting.due == NOW + LETTER_LOOK
    assert sent is not None
    assert sent.due is None
