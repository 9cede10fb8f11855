"""Paying for a plan."""

from dataclasses import dataclass
from typing import Protocol

from gas.domain.plan import User


@dataclass(frozen=True)
class Checkout:
    """What comes next: `paid` already, or the address where the person pays."""

    paid: bool
    address: str | None = None


class Payments(Protocol):
    """A payment service. All methods raise `TransientError` or `FatalError`."""

    sells: bool
    """Whether people can subscribe by themselves."""

    def subscribe(self, user: User, return_address: str) -> Checkout:
        """Begin a subscription; a second one of the same user is the first one.

        Raises:
            NotAllowedError: nothing is sold here.
        """
        ...

    def unsubscribe(self, user: User) -> None:
        """End the user's subscription; one that has ended is no error."""
        ...
