"""Payments of an installation that sells nothing: operators say who is premium."""

from gas.domain.errors import NotAllowedError
from gas.domain.plan import User
from gas.ports.payments import Checkout


class NoPayments:
    """Implements `Payments`: nobody can subscribe by themselves."""

    sells = False

    def subscribe(self, user: User, return_address: str) -> Checkout:  # noqa: ARG002 - the port's signature
        """Refuse, and say who can help."""
        raise NotAllowedError(
            "The premium plan is not sold here: ask those who run this service, and tell them your user id, which "
            "stands on your profile page."
        )

    def unsubscribe(self, user: User) -> None:
        """There is nothing to end."""
