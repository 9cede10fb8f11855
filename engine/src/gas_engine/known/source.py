"""A source of known variants as a manifest tells of it: its fields, where they go, and which release they are of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

_KEY = re.compile(r"[A-Za-z_][0-9A-Za-z_.]*")
"""What VCF lets a key of INFO be; it parts neither INFO nor the header's lines nor the table's columns."""
_TYPES = {"Integer", "Float", "String"}


class Kind(Enum):
    """What a source's rows are about; the values are those of manifests."""

    ALLELES = "alleles"
    REGIONS = "regions"


class Role(Enum):
    """What a field is for, so that pages and programs know it without knowing the source."""

    IDENTIFIER = "identifier"
    SIGNIFICANCE = "significance"
    DISEASE = "disease"
    FREQUENCY = "frequency"
    SCORE = "score"
    REGION = "region"


@dataclass(frozen=True)
class KnownField:
    """One field of a source: what it is there, and what it becomes here."""

    field: str
    key: str
    """Of INFO; it begins with the source's name."""
    column: str
    """Of the table."""
    type: str
    """Integer, Float or String, as VCF names them."""
    role: Role
    description: str = ""
    fills_id: bool = False
    """Whether its values go into ID where that is empty."""
    divisor: float = 1.0

    def to_manifest(self) -> dict[str, Any]:
        """As plain values."""
        told: dict[str, Any] = {
            "field": self.field,
            "key": self.key,
            "column": self.column,
            "type": self.type,
            "role": self.role.value,
            "description": self.description,
            "fills_id": self.fills_id,
        }
        return told | ({} if self.divisor == 1 else {"divided_by": self.divisor})

    @classmethod
    def from_manifest(cls, told: Mapping[str, Any]) -> "KnownField":
        """The field that plain values tell of.

        Raises:
            KeyError, TypeError, ValueError: they tell of none.
        """
        field = cls(
            told["field"],
            told["key"],
            told["column"],
            told["type"],
            Role(told["role"]),
            told["description"],
            told["fills_id"],
            told.get("divided_by", 1.0),
        )
        if not (_KEY.fullmatch(field.key) and _KEY.fullmatch(field.column)):
            raise ValueError("a key or a column is no word")
        if field.type not in _TYPES or type(field.fills_id) is not bool:
            raise ValueError(f"{field.key} has a type that is none")
        _require_texts(field.field, field.description)
        return field


@dataclass(frozen=True)
class KnownSource:
    """One source: its name, which starts every key, and its release."""

    name: str
    kind: Kind
    release: str
    date: str
    licence: str
    fields: tuple[KnownField, ...]
    files: tuple[Mapping[str, str], ...]
    """Names and SHA-256 of what it was built from."""
    rows: int
    checks: Mapping[str, Any]
    """Rows read and kept, and what was left out and why."""
    data: str
    """The file in the bundle."""

    @property
    def words(self) -> str:
        """Its name and release, as people are told them."""
        return f"{self.name} {self.release}".strip()

    def to_manifest(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "release": self.release,
            "date": self.date,
            "licence": self.licence,
            "fields": [field.to_manifest() for field in self.fields],
            "files": [dict(file) for file in self.files],
            "rows": self.rows,
            "checks": dict(self.checks),
            "data": self.data,
        }

    @classmethod
    def from_manifest(cls, told: Mapping[str, Any]) -> "KnownSource":
        """The source that plain values tell of.

        Raises:
            KeyError, TypeError, ValueError: they tell of none.
        """
        source = cls(
            name=told["name"],
            kind=Kind(told["kind"]),
            release=told["release"],
            date=told["date"],
            licence=told["licence"],
            fields=tuple(KnownField.from_manifest(field) for field in told["fields"]),
            files=tuple(told["files"]),
            rows=told["rows"],
            checks=told["checks"],
            data=told["data"],
        )
        _require_texts(source.name, source.release, source.date, source.licence, source.data)
        return source


def _require_texts(*told: object) -> None:
    if not all(isinstance(one, str) for one in told):
        raise TypeError("a name or a description is no text")
