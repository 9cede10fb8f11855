"""Which reference a header speaks for."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gas.domain.built_in_references import RCRS
from gas.domain.catalogue import Catalogue, Contig, Entry
from gas.domain.reference_choice import (
    Choice,
    Grade,
    HeaderContig,
    HeaderFacts,
    Verdict,
    choose_reference,
)

NOW = datetime(2026, 11, 29, tzinfo=UTC)
NAMES = (*map(str, range(1, 23)), "X", "Y")
LENGTHS_38 = (
    *(248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636),
    *(138394717, 133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345),
    *(83257441, 80373285, 58617616, 64444167, 46709983, 50818468, 156040895, 57227415),
)
LENGTHS_37 = (
    *(249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022),
    *(141213431, 135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753),
    *(81195210, 78077248, 59128983, 63025520, 48129895, 51304566, 155270560, 59373566),
)


def entry(name: str, *contigs: Contig, assembly: str = "", default: bool = False) -> Entry:
    """A published reference."""
    return Entry(
        name=name,
        digest=name.encode().hex().ljust(64, "0")[:64],
        title=name,
        assembly=assembly,
        gene_release="",
        sources=(),
        contigs=contigs,
        size_bytes=1,
        published=NOW,
        default=default,
    )


def human(name: str, lengths: tuple[int, ...], assembly: str = "") -> Entry:
    """A human reference in Ensembl's names, with UCSC's and RefSeq's as aliases."""
    chromosomes = (
        Contig(own, length, (own, f"chr{own}", f"NC_{number:06}.{len(name)}"))
        for number, (own, length) in enumerate(zip(NAMES, lengths, strict=True), 1)
    )
    return entry(name, *chromosomes, Contig("MT", 16_569, ("MT", "chrM", "M")), assembly=assembly)


GRCH38 = human("GRCh38", LENGTHS_38, "GRCh38.p14")
GRCH37 = human("GRCh37", LENGTHS_37, "GRCh37.p13")
YEAST = entry("yeastI", Contig("I", 230_218, ("I", "chrI", "NC_001133.9")), assembly="R64")
NOTHING_PUBLISHED = Catalogue((RCRS,))
ALL = Catalogue((RCRS, GRCH37, GRCH38, YEAST))


def header(*contigs: tuple[str, int | None], texts: tuple[str, ...] = ()) -> HeaderFacts:
    """What a header says."""
    return HeaderFacts(tuple(HeaderContig(name, length) for name, length in contigs), texts)


def ucsc(lengths: tuple[int, ...], mitochondrion: int = 16_569) -> HeaderFacts:
    """A whole genome's header in UCSC's names."""
    return header(
        *((f"chr{name}", length) for name, length in zip(NAMES, lengths, strict=True)),
        ("chrM", mitochondrion),
    )


def shown(choice: Choice) -> tuple[Verdict, str | None]:
    """The verdict, and the name that is chosen."""
    return choice.verdict, None if choice.entry is None else choice.entry.name


def test_names_and_lengths_decide() -> None:
    """A whole genome fits one assembly, although all names and the mitochondrion are in two."""
    choice = choose_reference(ucsc(LENGTHS_38), ALL)

    assert shown(choice) == (Verdict.FITS, "GRCh38")
    assert choice.sentence == "25 of 25 contigs of the file have the names and lengths of GRCh38."
    assert choice.fits[0].entry == choice.entry
    assert {fit.entry.name: fit.grade for fit in choice.fits} == {
        "GRCh38": Grade.FITS,
        "GRCh37": Grade.NOT,
        "rCRS": Grade.NOT,
        "yeastI": Grade.NOT,
    }


def test_the_old_mitochondrion_of_hg19_is_told() -> None:
    """Of two sequences with the same name, the file's is not taken for the reference's."""
    choice = choose_reference(ucsc(LENGTHS_37, 16_571), ALL)

    assert shown(choice) == (Verdict.FITS, "GRCh37")
    assert choice.sentence == (
        "24 of 25 contigs of the file have the names and lengths of GRCh37. chrM has 16,571 bases in the file (hg19's old "
        "one) and 16,569 in GRCh37: records there get no consequences."
    )
    alone = choose_reference(header(("chrM", 16_571)), NOTHING_PUBLISHED)
    assert shown(alone) == (Verdict.NONE, None)
    assert alone.sentence == (
        "The file seems to be made on GRCh37 (hg19), and no reference of this installation fits it. There is: rCRS "
        "(NC_012920.1). chrM has 16,571 bases in the file (hg19's old one) and 16,569 in rCRS."
    )


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (header(("NC_001133.9", 230_218)), (Verdict.FITS, "yeastI")),
        (header(("chrI", None)), (Verdict.UNSURE, "yeastI")),
        (header(("NC_001133.9", None)), (Verdict.FITS, "yeastI")),
        (header(("MT", 16_569)), (Verdict.FITS, "rCRS")),
        (header(("chr22", 50_818_468)), (Verdict.FITS, "GRCh38")),
        (header(("chr22", None)), (Verdict.UNSURE, "GRCh37")),
        (header(("22", None), texts=("file:///ref/hs37d5.fa",)), (Verdict.FITS, "GRCh37")),
        (header(("chr22", None), texts=("hg38.fa",)), (Verdict.FITS, "GRCh38")),
        (header(texts=("ftp://x/GRCh38.primary_assembly.genome.fa.gz",)), (Verdict.FITS, "GRCh38")),
        (header(texts=("yeastI.fa",)), (Verdict.FITS, "yeastI")),
        (header(), (Verdict.UNSURE, "rCRS")),
        (header(("chr1", 248_387_328)), (Verdict.NONE, None)),
        (header(("scaffold_7", 1_234), ("scaffold_8", None)), (Verdict.NONE, None)),
    ],
    ids=[
        "accession",
        "a name of one alone",
        "an accession without a length",
        "all of a small one rather than a part of a large one",
        "one chromosome",
        "a name of two",
        "a name of two, and a word",
        "a name of two, and another word",
        "a word alone",
        "the reference's own name",
        "nothing",
        "another assembly",
        "nobody's",
    ],
)
def test_what_speaks_for_a_reference(facts: HeaderFacts, expected: tuple[Verdict, str | None]) -> None:
    """Lengths before words, words before the default, and nothing where nothing fits."""
    assert shown(choose_reference(facts, ALL)) == expected


@pytest.mark.parametrize(
    ("facts", "catalogue", "sentence"),
    [
        (
            header(("chr1", 248_387_328)),
            Catalogue((GRCH38,)),
            (
                "The file seems to be made on T2T-CHM13, and no reference of this installation fits it. There is: GRCh38 "
                "(GRCh38.p14). chr1 has 248,387,328 bases in the file and 248,956,422 in GRCh38."
            ),
        ),
        (
            header(("scaffold_7", 1_234), ("scaffold_8", None), ("scaffold_9", None)),
            Catalogue((YEAST,)),
            (
                "The file is on scaffold_7 of 1,234 bases, scaffold_8 and 1 more, and no reference of this installation fits it. There "
                "is: yeastI (R64)."
            ),
        ),
        (
            header(("chr22", 50_818_468), ("chr21", 46_709_983), ("chr1", 248_956_422)),
            Catalogue((replace(GRCH38, contigs=GRCH38.contigs[20:22]),)),
            (
                "The file seems to be made on GRCh38. 2 of 3 contigs of the file have the names and lengths of GRCh38. It has no "
                "chr1: records there get no consequences. No other reference here has more of it."
            ),
        ),
        (
            header(),
            NOTHING_PUBLISHED,
            "The header lists no contigs to compare. So it cannot be told whether rCRS fits, which is taken, the default here.",
        ),
        (
            header(("chr22", None)),
            Catalogue((GRCH37, replace(GRCH38, default=True))),
            (
                "GRCh38 and GRCh37 fit alike: GRCh38 is taken, the default here. 1 of 1 contig of the file has the name of GRCh38. "
                "The header tells no lengths to compare."
            ),
        ),
        (
            header(("1", 5)),
            Catalogue(()),
            "The file is on 1 of 5 bases, and no reference of this installation fits it. There is: none yet.",
        ),
    ],
    ids=["another assembly", "unknown", "a part", "nothing to compare", "alike", "an empty catalogue"],
)
def test_it_is_said_why(facts: HeaderFacts, catalogue: Catalogue, sentence: str) -> None:
    """What the file seems to be, and what this installation has."""
    assert choose_reference(facts, catalogue).sentence == sentence


def test_a_scrap_of_another_assembly_is_no_choice() -> None:
    """Of a whole human genome rCRS annotates nearly nothing; a file of the mitochondrion alone is meant for it."""
    choice = choose_reference(ucsc(LENGTHS_37), NOTHING_PUBLISHED)

    assert shown(choice) == (Verdict.NONE, None)
    assert choice.sentence == (
        "The file seems to be made on GRCh37 (hg19), and no reference of this installation fits it. There is: rCRS "
        "(NC_012920.1). 1 of 25 contigs of the file has the name and length of rCRS. It has no chr1, chr2 and 22 more: records "
        "there get no consequences."
    )
    assert [(fit.grade, fit.placed) for fit in choice.fits] == [(Grade.NOT, 1)]
    assert shown(choose_reference(header(("chrM", 16_569)), NOTHING_PUBLISHED)) == (Verdict.FITS, "rCRS")


def test_a_part_of_the_same_assembly_is_chosen() -> None:
    """Whoever publishes one chromosome means files of the whole genome, too, however small it is."""
    last = entry("chr21", GRCH38.contigs[20], assembly="GRCh38.p14")

    assert shown(choose_reference(ucsc(LENGTHS_38), Catalogue((last,)))) == (Verdict.UNSURE, "chr21")


def test_words_do_not_overrule_lengths() -> None:
    """A header that was copied from another file still tells the lengths of its own."""
    choice = choose_reference(replace(ucsc(LENGTHS_38), texts=("hg19.fa",)), ALL)

    assert shown(choice) == (Verdict.FITS, "GRCh38")


def test_names_alone_do_not_overrule_words() -> None:
    """A file whose header names hg19 does not fit GRCh38, though its contigs are called alike."""
    choice = choose_reference(header(("chr1", None), texts=("/ref/ucsc.hg19.fasta",)), Catalogue((GRCH38,)))

    assert shown(choice) == (Verdict.NONE, None)


def test_names_alone_are_a_guess() -> None:
    """Mouse has a chr1 as well: where no length is told and no word said, nothing looks like a fit."""
    mouse = header(*((f"chr{name}", None) for name in (*range(1, 20), "X")))

    choice = choose_reference(mouse, Catalogue((replace(GRCH38, default=True),)))

    assert shown(choice) == (Verdict.UNSURE, "GRCh38")
    assert choice.sentence == (
        "20 of 20 contigs of the file have the names of GRCh38. The header tells no lengths to compare. So it cannot be told "
        "whether GRCh38 fits, which is taken, the default here."
    )


def test_the_one_length_that_is_told_speaks_for_another() -> None:
    """Names without lengths do not outweigh it, though they are many."""
    names = tuple((f"chr{name}", None) for name in NAMES[1:])

    choice = choose_reference(header(("chr1", LENGTHS_37[0]), *names), Catalogue((GRCH38,)))

    assert shown(choice) == (Verdict.NONE, None)
    assert choice.fits[0].sentence == (
        "23 of 24 contigs of the file have the names of GRCh38. The header tells no lengths of them to compare. chr1 has "
        "249,250,621 bases in the file and 248,956,422 in GRCh38: records there get no consequences."
    )


@pytest.mark.parametrize(
    ("told", "verdict", "said"),
    [
        (1, Verdict.UNSURE, "4 of 4 contigs of the file have the names of toy, and 1 of them its length."),
        (3, Verdict.FITS, "4 of 4 contigs of the file have the names of toy, and 3 of them their lengths."),
    ],
)
def test_lengths_are_said_of_those_that_have_one(told: int, verdict: Verdict, said: str) -> None:
    """A header that tells few of them proves as little as one that tells none."""
    toy = entry("toy", *(Contig(f"s{n}", 100 + n) for n in range(4)))
    facts = header(*((one.name, one.length if n < told else None) for n, one in enumerate(toy.contigs)))

    choice = choose_reference(facts, Catalogue((toy,)))

    assert shown(choice) == (verdict, "toy")
    assert choice.sentence.startswith(said)


def test_the_accession_of_what_all_share_proves_nothing_of_the_rest() -> None:
    """One contig that is called by its accession does not speak for two dozen that are not."""
    shared = replace(GRCH38, contigs=(*GRCH38.contigs[:-1], Contig("MT", 16_569, ("NC_012920.1",))))

    choice = choose_reference(
        header(*((name, None) for name in (*NAMES, "NC_012920.1"))), Catalogue((shared,))
    )

    assert shown(choice) == (Verdict.UNSURE, "GRCh38")


def test_a_name_that_two_contigs_claim_is_nobodys() -> None:
    """As annotators have it."""
    twice = entry("twice", Contig("a", 10, ("a", "x")), Contig("b", 20, ("b", "x")))

    assert choose_reference(header(("x", 10)), Catalogue((twice,))).verdict is Verdict.NONE


def test_three_thousand_contigs_are_quick() -> None:
    """A header with all decoys is held against ten such references while nobody notices."""
    many = tuple(Contig(f"chrUn_{n}", 1_000 + n, (f"chrUn_{n}", f"KN{n:06}.1")) for n in range(3_000))
    catalogue = Catalogue(tuple(entry(f"r{n}", *many[n:]) for n in range(10)))
    facts = header(*((f"KN{n:06}.1", 1_000 + n) for n in range(3_000)), texts=("hg38",) * 20)
    choose_reference(facts, catalogue)

    began = time.process_time()
    choice = choose_reference(facts, catalogue)

    assert shown(choice) == (Verdict.FITS, "r0")
    assert time.process_time() - began < 1


CONTIGS = st.lists(
    st.builds(
        HeaderContig,
        st.sampled_from(["1", "chr1", "2", "chrM", "MT", "I", "chrI", "x"]),
        st.none() | st.sampled_from([16_569, 16_571, 230_218, 248_956_422, 249_250_621, 7]),
    ),
    max_size=8,
)
TEXTS = st.lists(st.sampled_from(["hg19.fa", "GRCh38", "yeastI", "nothing", ""]), max_size=3)
FACTS = st.builds(HeaderFacts, CONTIGS.map(tuple), TEXTS.map(tuple))
CATALOGUES = st.lists(st.sampled_from([RCRS, GRCH37, GRCH38, YEAST]), unique_by=lambda one: one.name).map(
    lambda entries: Catalogue(tuple(entries))
)


@given(FACTS, CATALOGUES)
def test_a_choice_is_one_of_those_that_are_offered(facts: HeaderFacts, catalogue: Catalogue) -> None:
    """Something is chosen if and only if something may fit; what is chosen fits best, and each reference is judged."""
    choice = choose_reference(facts, catalogue)

    assert {fit.entry.name for fit in choice.fits} == set(catalogue.names)
    assert (choice.entry is None) == (choice.verdict is Verdict.NONE)
    assert choice.verdict is not Verdict.NONE or all(fit.grade is Grade.NOT for fit in choice.fits)
    assert choice.entry is None or choice.entry == choice.fits[0].entry
    assert choice.sentence.endswith(".")
    for fit in choice.fits:
        assert fit.placed + fit.strangers + len(fit.clashes) == len(facts.contigs)


@given(FACTS, CATALOGUES, st.randoms())
def test_order_says_nothing(facts: HeaderFacts, catalogue: Catalogue, random: object) -> None:
    """Headers and catalogues are read alike in any order."""
    contigs, entries = list(facts.contigs), list(catalogue.entries)
    random.shuffle(contigs)  # type: ignore[attr-defined]
    random.shuffle(entries)  # type: ignore[attr-defined]

    again = choose_reference(replace(facts, contigs=tuple(contigs)), Catalogue(tuple(entries)))

    assert shown(again) == shown(choose_reference(facts, catalogue))


@given(st.sampled_from([RCRS, GRCH37, GRCH38, YEAST]), st.data())
def test_some_contigs_of_a_reference_fit_it(own: Entry, data: st.DataObject) -> None:
    """Whatever name of them is used, and whichever other assembly has contigs of these names too."""
    picked = data.draw(st.lists(st.sampled_from(own.contigs), min_size=1, unique=True))
    facts = HeaderFacts(
        tuple(
            HeaderContig(data.draw(st.sampled_from((one.name, *one.aliases))), one.length) for one in picked
        )
    )

    fit = next(fit for fit in choose_reference(facts, ALL).fits if fit.entry == own)

    assert (fit.grade, fit.placed, fit.clashes, fit.strangers) == (Grade.FITS, len(picked), (), 0)
