"""docs/reference/agreement.md, from the figures of a run."""

from collections import Counter
from collections.abc import Iterable

from dev import ROOT
from dev.measure.oracle.alleles import KINDS
from dev.measure.oracle.compare import SAID, Agreement
from dev.measure.oracle.dialects import Build
from dev.measure.oracle.explained import SNPEFF, WEAVER
from dev.measure.oracle.paths import Paths
from dev.measure.oracle.vocabulary import RULES

PAGE = ROOT / "docs/reference/agreement.md"
_NAMES = {"terms": "terms", "dna": "HGVS c., n.", "protein": "HGVS p."}

_HEAD = """# How far the engine agrees with others

Written by `make oracle`, which fails where a figure is not what this page promises. A *pair* is an allele and a transcript that
it touches or comes near. The chromosomes are whole ones, with RefSeq's genes, read from packages of PyPI: yeast I
(NC_001133.9), fruit fly 4 (NC_004353.4), *Arabidopsis* 1 (NC_003070.9); MT is the human mitochondrion (rCRS), with genetic code 2.

Each section is of one part, and has the figures of that part's latest run: `make oracle` runs all of
them; `make oracle ORACLE=dialects`, `ORACLE=opinion`, `ORACLE=paths` or `ORACLE=others` runs one and leaves the other sections as they are.
"""

_DIALECTS = """
## The build, from real files

Whole chromosomes, read as `gas-reference build` reads them. A coding transcript of RefSeq's is right if its bases give the very protein
that NCBI publishes beside them; one of SGD's, which come without proteins, if it is open from its start codon to its only stop.
SGD's files are those of Debian's package gbrowse-data.
"""

_OPINION = """
## Against a second opinion

`dev/measure/oracle/opinion` is written apart from the engine, from the standards: it reads GFF3 and FASTA itself, edits genes as text,
translates both by NCBI's tables and compares. Every pair must agree in terms, HGVS c. or n., and HGVS p.
"""

_PATHS = """
## The engine's two paths

Single bases take a path of their own. Every change of every coding base was also sent through the general one; the output
must be the same, byte for byte.
"""

_OTHERS = """
## Against other programs

hgvs-weaver {weaver} (c. and p. of complete coding transcripts) and snpEff 5.1 of Debian (terms, c., n. and p.), on the same GFF3
and FASTA. Alleles are drawn at random in and around exons, more than half of them in coding ones, and left-aligned. Every
difference belongs to a class below, and a program checks for each pair that it does: the classes together hold at most
{snv:.0%} of the pairs of SNVs and {longer:.0%} of those of longer alleles.

Transcripts that are not read three by three from their first codon to their only stop are left out here; so is all that one
side does not say.
"""


def agreement_page(
    builds: Iterable[Build],
    opinions: Iterable[Agreement],
    paths: dict[str, Paths],
    others: Iterable[Agreement],
    *,
    limits: tuple[float, float],
    weaver: str,
    share: float,
    before: str = "",
) -> str:
    """The page's text; what was not run has its section as the page before had it."""
    builds, opinions, others = list(builds), list(opinions), list(others)
    sections = (
        (_DIALECTS, bool(builds), [_build_table(builds), _reasons(builds)]),
        (_OPINION, bool(opinions), [_opinion_table(opinions)]),
        (_PATHS, bool(paths), [_path_table(paths)]),
        (
            _OTHERS.format(weaver=weaver, snv=limits[0], longer=limits[1]),
            bool(others),
            _other_tables(others),
        ),
    )
    parts = [_HEAD]
    for head, run, tables in sections:
        whole = share >= 1 or head == _DIALECTS
        partly = [] if whole else [f"These are the figures of a run on {share:.0%} of the alleles.\n"]
        parts += [head, *partly, *tables] if run else _section(before, head.strip().splitlines()[0])
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _section(page: str, heading: str) -> list[str]:
    """A section as a page has it; none where it has none."""
    behind = page.partition(f"\n{heading}\n")[2]
    inside = behind.partition("\n## ")[0]
    return [f"{heading}\n{inside}"] if behind else []


def _other_tables(others: list[Agreement]) -> list[str]:
    return [
        "### By kind of allele\n",
        _kind_table(others),
        "### By what is said\n",
        _said_table(others),
        "### Differences that are understood\n",
        _class_table(others),
        "### Words\n\nBefore they are compared, answers are brought into words that both sides have:\n",
        "".join(f"\n- {rule}" for rule in RULES),
    ]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _share(part: int, whole: int) -> str:
    """In percent; never rounded up to 100."""
    return "-" if not whole else "100 %" if part == whole else f"{min(100 * part / whole, 99.994):.2f} %"


def _build_table(builds: Iterable[Build]) -> str:
    rows = (
        (
            one.source.title,
            one.source.dialect,
            f"{one.transcripts:,}",
            f"{one.coding:,}",
            f"{one.right:,}",
            f"{one.coding - one.right:,}",
        )
        for one in builds
    )
    return _table(("chromosomes", "dialect", "transcripts", "coding", "right", "others"), rows)


def _reasons(builds: Iterable[Build]) -> str:
    """Every other transcript by its name, with what its own source says of its protein."""
    lines = [
        f"- {one.source.title}: {', '.join(names)}: `exception={said}`"
        for one in builds
        for said, names in one.others.items()
    ]
    if not lines:
        return ""
    head = "\nOf each of the others its file says itself that its protein is not what these bases give:\n"
    return "\n".join([head, *lines])


def _opinion_table(agreements: Iterable[Agreement]) -> str:
    rows = (
        (one.title.partition(",")[0], f"{one.pairs.total():,}", _share(one.equal.total(), one.pairs.total()))
        for one in agreements
    )
    return _table(("alleles", "pairs", "equal"), rows)


def _path_table(paths: dict[str, Paths]) -> str:
    rows = (
        (name, f"{one.alleles:,}", _share(one.alleles - one.differing, one.alleles))
        for name, one in paths.items()
    )
    return _table(("genome", "alleles", "equal"), rows)


def _kind_table(agreements: list[Agreement]) -> str:
    rows = []
    for name, ones in _by_program(agreements):
        for kind in KINDS:
            pairs = sum(one.pairs[kind] for one in ones)
            if pairs:
                equal = sum(one.equal[kind] for one in ones)
                explained = sum(one.explained.get(kind, Counter()).total() for one in ones)
                rows.append((name, kind, f"{pairs:,}", _share(equal, pairs), _share(explained, pairs)))
    return _table(("program", "alleles", "pairs", "equal", "explained"), rows)


def _said_table(agreements: list[Agreement]) -> str:
    rows = []
    for name, ones in _by_program(agreements):
        for kind, those in (
            ("SNV", [one for one in ones if "SNVs" in one.title]),
            ("longer", [one for one in ones if "longer" in one.title]),
        ):
            for said in SAID:
                whole = sum(one.said[said] for one in those)
                alike = sum(one.alike[said] for one in those)
                if whole:
                    rows.append((name, kind, _NAMES[said], f"{whole:,}", _share(alike, whole)))
    return _table(("program", "alleles", "what", "pairs", "equal"), rows)


def _class_table(agreements: list[Agreement]) -> str:
    rows = []
    sources = {known.title: known.source for known in (*WEAVER, *SNPEFF)}
    for name, ones in _by_program(agreements):
        found: dict[str, Counter[str]] = {"SNV": Counter(), "longer": Counter()}
        for one in ones:
            for kind, classes in one.explained.items():
                found["SNV" if kind == "SNV" else "longer"].update(classes)
        whole = found["SNV"] + found["longer"]
        rows += [
            (name, f"[{title}]({sources[title]})", f"{found['SNV'][title]:,}", f"{found['longer'][title]:,}")
            for title, _ in whole.most_common()
        ]
    return _table(
        ("program", "what differs, and what it is judged by", "pairs of SNVs", "of longer alleles"), rows
    )


def _by_program(agreements: list[Agreement]) -> list[tuple[str, list[Agreement]]]:
    found: dict[str, list[Agreement]] = {}
    for one in agreements:
        found.setdefault(one.title.rpartition("against ")[2], []).append(one)
    return list(found.items())
