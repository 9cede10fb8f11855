"""Entries of other programs, counted as ours are: by allele, by the worst term, in VEP's words."""

from gas_engine.foreign.findings import Heard, by_allele, entries, in_known_words, table_row
from gas_engine.foreign.output import Declared

CSQ = (
    b'##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations from Ensembl VEP. Format:'
    b' Allele|Consequence|IMPACT|SYMBOL|Gene|BIOTYPE">'
)
ANN = b"##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | Gene_Name' \">"
LOF = b"##INFO=<ID=LOF,Number=.,Type=String,Description=\"Predicted loss of function. Format: 'Gene_Name | Gene_ID'\">"


def test_fields_as_they_are_declared() -> None:
    """VEP's and snpEff's ways to name the values of an entry are understood; another tag has none."""
    assert Declared("CSQ", CSQ).fields == ("Allele", "Consequence", "IMPACT", "SYMBOL", "Gene", "BIOTYPE")
    assert in_known_words(Declared("ANN", ANN).fields) == ("Allele", "Consequence", "SYMBOL")
    assert in_known_words(Declared("LOF", LOF).fields) == ("SYMBOL", "Gene")
    assert Declared("DB", b'##INFO=<ID=DB,Number=0,Type=Flag,Description="Known">').fields == ()


def test_a_declaration_under_another_name() -> None:
    """As the file's version of VCF has it."""
    one = Declared("CSQ", CSQ)

    assert one.renamed("GAS_CSQ", old_style=False).startswith(b"##INFO=<ID=GAS_CSQ,Number=.")
    assert one.renamed("CSQ", old_style=True).startswith(b'##INFO=CSQ,-1,String,"Consequence annotations')


def test_alleles_as_vep_shows_them() -> None:
    """Without the shared base of indels; by their number where the entries have one."""
    fields = ("Allele", "Consequence", "ALLELE_NUM")
    found = entries(b"-|intron_variant|,GG|stop_gained&splice_region_variant|,-|frameshift_variant|", fields)

    groups = by_allele(found, "AT", ["A", "AGG", "*"])

    assert [(alt, [one["Consequence"] for one in own]) for alt, own in groups] == [
        ("A", ["frameshift_variant", "intron_variant"]),
        ("AGG", ["stop_gained&splice_region_variant"]),
    ]
    numbered = by_allele(entries(b"x|intron_variant|2", fields), "A", ["C", "G"])
    assert by_allele([], "A", ["C"]) == []
    assert [alt for alt, _ in numbered] == ["G"]


def test_one_alternative_has_all_entries() -> None:
    """Whatever its allele is called there: programs differ over symbolic ones."""
    found = entries(b"deletion|feature_truncation", ("Allele", "Consequence"))

    assert [alt for alt, _ in by_allele(found, "A", ["<DEL>"])] == ["<DEL>"]


def test_counts() -> None:
    """An allele counts once under its worst term and impact, a gene once for an allele, a place for each entry."""
    fields = ("Allele", "Consequence", "IMPACT", "SYMBOL", "Gene", "BIOTYPE")
    text = (
        b"G|intron_variant|MODIFIER|A|a|protein_coding,G|missense_variant&splice_region_variant|MODERATE|A|a|protein_coding,"
        b"G|upstream_gene_variant|MODIFIER|B|b|protein_coding,G|3_prime_UTR_variant|MODIFIER|C|c|protein_coding"
    )
    heard = Heard()

    heard.take(by_allele(entries(text, fields), "A", ["G"]))
    heard.take(by_allele(entries(b"G|intergenic_region|MODIFIER|X-Y|x|", fields), "A", ["G"]))
    heard.take(by_allele(entries(b"G|strange_variant|ODD|Z|z|lncRNA", fields), "A", ["G"]))

    assert heard.consequences == {"missense_variant": 1, "intergenic_region": 1, "strange_variant": 1}
    assert heard.impacts == {"MODERATE": 1, "MODIFIER": 2}
    assert heard.genes == {"A": 1, "C": 1, "Z": 1}
    assert heard.places == {
        "Intronic": 1,
        "CDS": 1,
        "Exonic": 2,
        "'3 UTR": 1,
        "interGenic": 1,
        "Non_coding_exonic": 1,
    }


def test_a_row_of_the_table() -> None:
    """What an entry does not have is empty."""
    fields = ("Consequence", "HGVSp", "Codons")
    [one] = entries(b"x|p:1", fields)

    row = table_row(["1", "5", ".", "A", "G", ".", "PASS"], "G", one, fields)

    columns = row.removesuffix("\n").split("\t")
    assert len(columns) == 21
    assert columns[:8] == ["1", "5", ".", "A", "G", "PASS", "x", ""]
    assert columns[16] == "p:1"
