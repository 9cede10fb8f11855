"""One record of a preview: what its row shows, and whether a search finds it."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

MOST_CONSEQUENCES = 20
"""As many of a record's consequences as a preview lists; the annotator keeps as many."""

_BESIDE = {"upstream_gene_variant", "downstream_gene_variant"}
"""An allele with nothing else lies beside the gene: the chart of genes does not count it (Sequence Ontology's terms)."""

_COUNTED_BY = {"consequence", "impact"}
"""What the charts know of an allele's most severe consequence alone."""


def more_of(record: Mapping[str, Any]) -> str:
    """What follows the first consequence of a record: how many more it has, as far as the preview tells."""
    listed = len(record.get("consequences", []))
    # Previews of 0.1.0 tell no count, and theirs end where the list does.
    known = record.get("consequence_count", listed if listed < MOST_CONSEQUENCES else None)
    if known is None:
        return "and more"
    return f"+{known - 1} more" if known > 1 else ""


def protein_of(consequence: Mapping[str, str]) -> str:
    """The change of the protein as a page shows it: HGVS without the protein's own name. Older results have their own words."""
    change = unquote(consequence.get("hgvsp", "").partition(":")[2])
    return change or consequence.get("aa", "")


def matches(record: Mapping[str, Any], text: str, impact: str) -> bool:
    """True when the record says the text, and has an allele of that impact; either may be empty.

    What a row shows finds it, and a choice means what the charts count: an allele is of the impact and the consequence
    of its most severe one, and its other consequences are found by their genes, transcripts and changes, where the
    allele does not merely lie beside the gene. With an impact, the same consequence must say the text. Digits alone
    begin a position, or are the name of a sequence or the number of a gene.

    Args:
        record: as a preview lists it, with its consequences worst first.
        text: as `comparable` makes it.
        impact: as the annotator writes it.
    """
    worst = list(_worst_of_each_allele(record))
    if impact:
        meant = [one for one in worst if one.get("impact") == impact]
    else:
        meant = [one for one in record.get("consequences", []) if one in worst or not _is_beside(one)]
    if impact and not meant:
        return False
    if text.isdigit():
        whole = {record.get("chrom"), *(one.get("gene") for one in meant)}
        return text in whole or str(record.get("pos", "")).startswith(text)
    theirs = (_all(one) if one in worst else _uncounted(one) for one in meant)
    return _says(_own(record), text) or any(_says(values, text) for values in theirs)


def comparable(text: str) -> str:
    """What is compared of a text: consequences are shown with blanks for their underscores, and names of genes with theirs."""
    return text.casefold().replace("_", " ")


def _worst_of_each_allele(record: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    seen = set[str]()
    for one in record.get("consequences", []):
        allele = one.get("allele_num") or one.get("allele", "")
        if allele not in seen:
            seen.add(allele)
            yield one


def _is_beside(consequence: Mapping[str, str]) -> bool:
    return set(consequence.get("consequence", "").split("&")) <= _BESIDE


def _own(record: Mapping[str, Any]) -> Iterator[str]:
    """What the record says itself; its place and its change also as they are written together."""
    yield from (
        str(value) for name, value in record.items() if name not in {"consequences", "consequence_count"}
    )
    yield f"{record.get('chrom')}:{record.get('pos')}"
    yield from (f"{record.get('ref')}{arrow}{record.get('alt')}" for arrow in (" → ", ">"))


def _all(consequence: Mapping[str, str]) -> Iterator[str]:
    yield from map(unquote, consequence.values())
    yield consequence.get("consequence", "").replace("&", ", ")


def _uncounted(consequence: Mapping[str, str]) -> Iterator[str]:
    return (unquote(value) for name, value in consequence.items() if name not in _COUNTED_BY)


def _says(values: Iterator[str], text: str) -> bool:
    return any(text in comparable(value) for value in values)
