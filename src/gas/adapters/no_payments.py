"""Payments of an installation that sells nothing: operators say who is on which plan."""

from dataclasses import dataclass

from gas.domain.errors import NotAllowedError
from gas.domain.plan import User
from gas.ports.payments import Checkout


@dataclass(frozen=True)
class NoPayments:
    """Implements `Payments`: nobody can subscribe by themselves. `word` is what people call the plan that would be sold."""

    word: str
    sells = False

    def subscribe(self, user: User, return_address: str) -> Checkout:  # noqa: ARG002 - the port's signature
        """Refuse, and say who can help."""
        raise NotAllowedError(
            f"The {self.word} plan is not sold here: ask those who run this service, and tell them your user id, which "
            "stands on your profile page."
        )

    def unsubscribe(self, user: User) -> None:
        """There is nothing to end."""
