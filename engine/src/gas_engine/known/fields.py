"""Which fields of a source are taken: those that are asked for, or those that its kind usually has."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gas_engine.errors import SourceError
from gas_engine.known.source import KnownField, Role
from gas_engine.known.values import Column, IdentifierColumn, IntegerColumn, NumberColumn, TextColumn

IDENTIFIERS = "ID"
"""The field that is the column ID of a VCF file."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,19}")
_ASKED = re.compile(r"([A-Za-z0-9_.-]+)(?:/([0-9]+(?:\.[0-9]+)?))?(?::([a-z]+))?")
_NO_KEY = re.compile(r"[^A-Za-z0-9_.]")
_ROLES = {
    "ID": Role.IDENTIFIER,
    "RS": Role.IDENTIFIER,
    "CLNSIG": Role.SIGNIFICANCE,
    "CLNREVSTAT": Role.SIGNIFICANCE,
    "CLNDN": Role.DISEASE,
    "Disease": Role.DISEASE,
    "DiseaseStatus": Role.SIGNIFICANCE,
}
CLINVAR, DBSNP, GNOMAD = "ClinVar", "dbSNP", "gnomAD"
"""Sources of which more is known than what their headers declare."""

_USUAL_KNOWN = ("ID", "CLNSIG", "CLNREVSTAT", "CLNDN", "Disease", "DiseaseStatus")
_USUAL_FREQUENCIES = ("AF", "AF_grpmax", "AF_popmax", "nhomalt")
"""gnomAD's, whose own files have no `##source`: that a header declares these is what tells of it."""

_USUAL = {
    CLINVAR: ("ID", "CLNSIG", "CLNREVSTAT", "CLNDN", "RS"),
    DBSNP: ("ID",),
    GNOMAD: _USUAL_FREQUENCIES,
}
_NUMBERS = {"RS": b"rs"}
"""Fields that hold the number of an identifier without its letters."""

MOST_OWN = 20
"""Fields of INFO of a file that somebody brings to one job."""


@dataclass(frozen=True)
class Declared:
    """A field as the source's header declares it."""

    number: str
    type: str
    description: str


@dataclass(frozen=True)
class Chosen:
    """A field that is taken, and how its values are read."""

    told: KnownField
    number: str
    """How many values it has: A and R by allele, else one for all."""
    info: str | None = None
    """Of a VCF: its key there in INFO; none of the column ID, and of what a row says by being there."""

    def column(self) -> Column:
        """An empty column for its values."""
        field = self.told
        if field.role is Role.IDENTIFIER:
            return IdentifierColumn(_NUMBERS.get(field.field, b""))
        if field.type == "Integer":
            return IntegerColumn()
        return NumberColumn(field.divisor) if field.type == "Float" else TextColumn(field.divisor)


@dataclass(frozen=True)
class Asked:
    """One field of `--fields`: FIELD, FIELD/100 for percent, FIELD:ROLE."""

    field: str
    divisor: float = 1.0
    role: Role | None = None


def asked_fields(text: str) -> tuple[Asked, ...]:
    """What `--fields NAME=...` asks for.

    Raises:
        SourceError: it is written in another way.
    """
    found = []
    for part in text.split(","):
        match = _ASKED.fullmatch(part)
        roles = {role.value: role for role in Role}
        if match is None or (match[3] and match[3] not in roles):
            raise SourceError(
                f"--fields: {part!r} must be FIELD, FIELD/100 for percent, or FIELD:ROLE, with a role of"
                f" {', '.join(roles)}"
            )
        divisor = float(match[2]) if match[2] else 1.0
        if not divisor > 0:
            raise SourceError(f"--fields: {part!r} divides by {match[2]}")
        found.append(Asked(match[1], divisor, roles.get(match[3])))
    return tuple(found)


def check_no_fields(name: str, asked: Iterable[Asked]) -> None:
    """Refuse fields of a source of regions.

    Raises:
        SourceError: some are asked for.
    """
    if any(asked):
        raise SourceError(
            f"--fields speaks of {name}, which is regions: of a BED file their names are taken, and nothing else; leave it out"
        )


def check_divided(name: str, asked: Iterable[Asked], *, table: bool) -> None:
    """Refuse to divide what is an identifier whatever the source says of it. A column of a table is one only where that is asked for.

    Raises:
        SourceError: one is to be divided.
    """
    for one in asked:
        role = one.role or (None if table else _ROLES.get(one.field))
        if role is Role.IDENTIFIER and one.divisor != 1:
            raise _indivisible(name, one, "an identifier")


def whose_fields(told: str) -> str:
    """Which of those sources a header's `##source`, or a name, says that a file is; an empty text for all others.

    gnomAD's exomes and genomes are sources of their own, so that a name need only begin with it.
    """
    text = told.lower()
    if text.startswith(GNOMAD.lower()):
        return GNOMAD
    return next((name for name in (CLINVAR, DBSNP) if text == name.lower()), "")


def vcf_fields(
    name: str,
    declared: Mapping[str, Declared],
    asked: Iterable[Asked],
    *,
    whose: str = "",
    frequencies: bool = False,
) -> tuple[Chosen, ...]:
    """The fields of a VCF source, by what its header says that it is (`whose`), else by the name that it was given.

    Where frequencies are asked for, only they are usual, whosever the file is: IDs alone would be taken for an answer.

    Raises:
        SourceError: a field is not declared, or none is known.
    """
    wanted = list(asked)
    whose = whose or whose_fields(name)
    if not wanted:
        usual = _USUAL_FREQUENCIES if frequencies else _USUAL.get(whose, _USUAL_KNOWN)
        wanted = [Asked(field) for field in usual if field == IDENTIFIERS or field in declared]
    for one in wanted:
        if one.field != IDENTIFIERS and one.field not in declared:
            raise SourceError(f"{name} declares no field {one.field}; it has {listed(declared)}")
    if not wanted:
        raise SourceError(
            f"{name} has none of the usual fields; choose some with --fields {name}=FIELD,..., it has"
            f" {listed(declared)}"
        )
    return tuple(_vcf_field(name, one, declared.get(one.field), whose, frequencies) for one in wanted)


def own_fields(name: str, declared: Mapping[str, Declared], whose: str = "") -> tuple[Chosen, ...]:
    """All fields of a VCF file that somebody brings to one job, the first ones if there are many.

    Beside them it says that it has the allele: of sites without IDs and INFO that is all. No two have the same column.
    """
    key = key_of(name, "VARIANT")
    told = KnownField("row", key, key.upper(), "String", Role.SIGNIFICANCE, "Whether the file has the allele")
    found = [_vcf_field(name, Asked(IDENTIFIERS), None, whose, frequencies=False), Chosen(told, "1")]
    for field in list(declared)[:MOST_OWN]:
        # A field that is called as the column is: told apart as bcftools does.
        asked = Asked(f"INFO/{field}" if field == IDENTIFIERS else field)
        found.append(replace(_vcf_field(name, asked, declared[field], whose, frequencies=False), info=field))
    return _distinct(found)


def _distinct(fields: Iterable[Chosen]) -> tuple[Chosen, ...]:
    """Fields whose keys differ in more than case, as their columns have none: a later one gets a number."""
    taken: set[str] = set()
    found = []
    for one in fields:
        key, number = one.told.key, 1
        while key.upper() in taken:
            number += 1
            key = f"{one.told.key}_{number}"
        taken.add(key.upper())
        found.append(replace(one, told=replace(one.told, key=key, column=key.upper())))
    return tuple(found)


def listed(declared: Iterable[str]) -> str:
    """Names of fields for a sentence, the first ten."""
    named = list(declared)
    return (", ".join(named[:10]) + (f" and {len(named) - 10} more" if len(named) > 10 else "")) or "none"  # noqa: PLR2004 - what fits on a line


def _vcf_field(
    name: str,
    one: Asked,
    declared: Declared | None,
    whose: str,
    frequencies: bool,  # noqa: FBT001 - handed on as it came
) -> Chosen:
    number = declared.number if declared else "1"
    kind = declared.type if declared and number in {"1", "A", "R"} else "String"
    if one.divisor != 1 and kind == "Integer":
        kind = "Float"
    role = one.role or _role(one.field, kind, frequencies=frequencies)
    kind = "String" if role is Role.IDENTIFIER else kind
    description = declared.description if declared else "Identifier"
    info = None if one.field == IDENTIFIERS else one.field
    told = _told(name, one, kind, role, description)
    if one.divisor != 1 and declared and declared.type == "Flag":
        raise _indivisible(name, one, "a flag")
    # ClinVar's ID is the number of an entry of its own: in the column ID nobody would know whose it is.
    if whose == CLINVAR and one.field == IDENTIFIERS:
        told = replace(told, fills_id=False)
    return Chosen(told, number, info)


def _indivisible(name: str, one: Asked, what: str) -> SourceError:
    return SourceError(
        f"--fields: {one.field} is {what} of {name} and cannot be divided; ask for it without /{one.divisor:g}"
    )


def _role(field: str, kind: str, *, frequencies: bool) -> Role:
    if field in _ROLES:
        return _ROLES[field]
    if frequencies or field.partition("_")[0] in {"AF", "MAF", "AC", "AN"}:
        return Role.FREQUENCY
    return Role.SCORE if kind in {"Integer", "Float"} else Role.SIGNIFICANCE


def _told(name: str, one: Asked, kind: str, role: Role, description: str) -> KnownField:
    key, fills = key_of(name, one.field), role is Role.IDENTIFIER
    known = kind if kind in {"Integer", "Float"} else "String"
    return KnownField(one.field, key, key.upper(), known, role, description, fills, one.divisor)


def key_of(name: str, field: str) -> str:
    """The INFO key of a source's field."""
    return f"{name.replace('-', '_')}_{_NO_KEY.sub('_', field)}"


def table_fields(
    name: str, columns: Iterable[str], numeric: Mapping[str, bool], asked: Iterable[Asked]
) -> tuple[Chosen, ...]:
    """The fields of a table of scores: the columns asked for, else all.

    Raises:
        SourceError: a column is not there.
    """
    known = list(columns)
    wanted = list(asked) or [Asked(column) for column in known]
    found = []
    for one in wanted:
        if one.field not in known:
            raise SourceError(f"{name} has no column {one.field}; it has {', '.join(known)}")
        number = numeric.get(one.field, False)
        kind = "Float" if number else "String"
        role = one.role or (Role.SCORE if number else Role.SIGNIFICANCE)
        kind = "String" if role is Role.IDENTIFIER else kind
        found.append(Chosen(_told(name, one, kind, role, f"Column {one.field}"), "1"))
    return tuple(found)


def region_field(name: str) -> Chosen:
    """The one field of a source of regions: their names."""
    key = key_of(name, "REGION")
    told = KnownField("name", key, key.upper(), "String", Role.REGION, "Regions that the allele lies in")
    return Chosen(told, "1")
