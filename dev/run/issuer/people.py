"""The three people that the local issuer knows."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Person:
    """Somebody who can be picked."""

    login: str
    subject: str
    name: str
    email: str
    organization: str
    note: str

    @property
    def claims(self) -> dict[str, Any]:
        """What the issuer says about them."""
        return {
            "sub": self.subject,
            "name": self.name,
            "email": self.email,
            "email_verified": True,
            "preferred_username": self.email,
            "organization": self.organization,
        }


PEOPLE = {
    person.login: person
    for person in (
        Person(
            "free",
            "00000000-0000-4000-8000-00000000f4ee",
            "Fay Free",
            "fay@university.example",
            "University of Examples",
            "a researcher on the free plan",
        ),
        Person(
            "premium",
            "00000000-0000-4000-8000-0000000093e3",
            "Pat Premium",
            "pat@institute.example",
            "Institute of Samples",
            "a researcher on the premium plan",
        ),
        Person(
            "operator",
            "00000000-0000-4000-8000-00000000093a",
            "Olu Operator",
            "olu@gas.example",
            "GAS operations",
            "operates GAS",
        ),
    )
}
OPERATOR_SUBJECT = PEOPLE["operator"].subject
