"""The dialects of GFF3: what Ensembl, GENCODE, RefSeq and SGD call a transcript, its gene and its protein.

Rows are written for these tests, in the form of each project's files.
"""

from pathlib import Path

from gas_engine.reference.gff3 import Regions, features
from gas_engine.reference.transcripts import Left, Transcript, transcripts

_ENSEMBL = """
1 ensembl_havana gene 101 400 . + . ID=gene:ENSG00000000001;Name=ABC1;biotype=protein_coding;gene_id=ENSG00000000001;version=7
1 ensembl_havana mRNA 101 400 . + . ID=transcript:ENST00000000001;Parent=gene:ENSG00000000001;Name=ABC1-201;biotype=protein_coding;\
tag=basic,Ensembl_canonical,MANE_Select;transcript_id=ENST00000000001;version=3
1 ensembl_havana five_prime_UTR 101 110 . + . Parent=transcript:ENST00000000001
1 ensembl_havana exon 101 200 . + . Parent=transcript:ENST00000000001;Name=ENSE00000000001;exon_id=ENSE00000000001;version=1
1 ensembl_havana CDS 111 200 . + 0 ID=CDS:ENSP00000000001;Parent=transcript:ENST00000000001;protein_id=ENSP00000000001;version=2
1 ensembl_havana exon 301 400 . + . Parent=transcript:ENST00000000001;Name=ENSE00000000002;exon_id=ENSE00000000002;version=1
1 ensembl_havana CDS 301 330 . + 0 ID=CDS:ENSP00000000001;Parent=transcript:ENST00000000001;protein_id=ENSP00000000001;version=2
1 ensembl_havana three_prime_UTR 331 400 . + . Parent=transcript:ENST00000000001
1 havana ncRNA_gene 501 600 . - . ID=gene:ENSG00000000002;biotype=lncRNA;gene_id=ENSG00000000002;version=1
1 havana lnc_RNA 501 600 . - . ID=transcript:ENST00000000002;Parent=gene:ENSG00000000002;biotype=lncRNA;\
transcript_id=ENST00000000002;version=1
1 havana exon 501 600 . - . Parent=transcript:ENST00000000002;Name=ENSE00000000003
"""

_GENCODE = """
chrX HAVANA gene 101 200 . + . ID=ENSG00000000003.9;gene_id=ENSG00000000003.9;gene_type=protein_coding;gene_name=XYZ2
chrX HAVANA transcript 101 200 . + . ID=ENST00000000003.4;Parent=ENSG00000000003.9;gene_id=ENSG00000000003.9;\
transcript_id=ENST00000000003.4;gene_type=protein_coding;gene_name=XYZ2;transcript_type=nonsense_mediated_decay;\
transcript_name=XYZ2-201;tag=basic,cds_start_NF,Ensembl_canonical
chrX HAVANA exon 101 200 . + . ID=exon:ENST00000000003.4:1;Parent=ENST00000000003.4;transcript_id=ENST00000000003.4
chrX HAVANA CDS 101 160 . + 2 ID=CDS:ENST00000000003.4;Parent=ENST00000000003.4;protein_id=ENSP00000000003.5
chrX HAVANA start_codon 101 103 . + 0 ID=start_codon:ENST00000000003.4;Parent=ENST00000000003.4
chrX HAVANA three_prime_UTR 161 200 . + . ID=UTR3:ENST00000000003.4;Parent=ENST00000000003.4
chrY HAVANA gene 11 110 . + . ID=ENSG00000000003.9_PAR_Y;gene_id=ENSG00000000003.9;gene_type=protein_coding;gene_name=XYZ2;tag=PAR
chrY HAVANA transcript 11 110 . + . ID=ENST00000000003.4_PAR_Y;Parent=ENSG00000000003.9_PAR_Y;gene_id=ENSG00000000003.9;\
transcript_id=ENST00000000003.4;gene_type=protein_coding;gene_name=XYZ2;transcript_type=nonsense_mediated_decay;tag=basic,PAR
chrY HAVANA exon 11 110 . + . ID=exon:ENST00000000003.4_PAR_Y:1;Parent=ENST00000000003.4_PAR_Y
chrY HAVANA CDS 11 70 . + 2 ID=CDS:ENST00000000003.4_PAR_Y;Parent=ENST00000000003.4_PAR_Y;protein_id=ENSP00000000003.5
"""

_REFSEQ = """
NC_000099.1 BestRefSeq gene 101 300 . - . ID=gene-QRS3;Dbxref=GeneID:1;Name=QRS3;gbkey=Gene;gene=QRS3;gene_biotype=protein_coding
NC_000099.1 BestRefSeq mRNA 101 300 . - . ID=rna-NM_000001.4;Parent=gene-QRS3;Dbxref=Ensembl:ENST00000000009.2,GeneID:1;Name=NM_000001.4;\
gbkey=mRNA;gene=QRS3;tag=MANE Select;transcript_id=NM_000001.4
NC_000099.1 BestRefSeq exon 201 300 . - . ID=exon-NM_000001.4-1;Parent=rna-NM_000001.4;transcript_id=NM_000001.4
NC_000099.1 BestRefSeq exon 101 150 . - . ID=exon-NM_000001.4-2;Parent=rna-NM_000001.4;transcript_id=NM_000001.4
NC_000099.1 BestRefSeq CDS 201 290 . - 0 ID=cds-NP_000001.1;Parent=rna-NM_000001.4;protein_id=NP_000001.1;transl_table=11;\
transl_except=(pos:complement(231..233)%2Caa:Sec)
NC_000099.1 BestRefSeq CDS 130 150 . - 0 ID=cds-NP_000001.1;Parent=rna-NM_000001.4;protein_id=NP_000001.1;transl_table=11;\
transl_except=(pos:complement(231..233)%2Caa:Sec)
NC_000099.1 RefSeq gene 401 500 . + . ID=gene-YZ01;Name=YZ01;gbkey=Gene;gene_biotype=protein_coding;locus_tag=YZ01;\
partial=true;start_range=.,401
NC_000099.1 RefSeq CDS 401 500 . + 1 ID=cds-NP_000002.1;Parent=gene-YZ01;protein_id=NP_000002.1;partial=true;start_range=.,401
NC_000099.1 tRNAscan-SE gene 601 670 . + . ID=gene-TRN;Name=TRN;gbkey=Gene;gene=TRN;gene_biotype=tRNA
NC_000099.1 tRNAscan-SE tRNA 601 670 . + . ID=rna-TRN;Parent=gene-TRN;gbkey=tRNA;gene=TRN
NC_000099.1 tRNAscan-SE exon 601 670 . + . ID=exon-TRN-1;Parent=rna-TRN;gbkey=tRNA;gene=TRN
"""

_SGD = """
chrI SGD gene 101 400 . + . ID=YAA001W;Name=YAA001W;gene=ABC4;Alias=ABC4;orf_classification=Verified
chrI SGD CDS 101 200 . + 0 Parent=YAA001W;Name=YAA001W;gene=ABC4
chrI SGD CDS 311 400 . + 2 Parent=YAA001W;Name=YAA001W;gene=ABC4
chrI SGD intron 201 310 . + . Parent=YAA001W;Name=YAA001W;gene=ABC4
chrI SGD tRNA 501 570 . - . ID=tP(UGG)A;Name=tP(UGG)A
chrI SGD noncoding_exon 501 530 . - . Parent=tP(UGG)A;Name=tP(UGG)A
chrI SGD noncoding_exon 551 570 . - . Parent=tP(UGG)A;Name=tP(UGG)A
"""


def _read(folder: Path, text: str) -> dict[str, Transcript]:
    """The transcripts of some rows, by contig and name; nothing of them is left out."""
    path, left = folder / "genes.gff3", Left()
    rows = ["\t".join(row.split(" ", 8)) for row in text.strip().splitlines()]
    path.write_text("##gff-version 3\n" + "\n".join(rows) + "\n", encoding="ascii")

    found = transcripts(features(path, Regions({})), left)

    assert left.counts == {}
    return {f"{one.contig} {one.name}": one for one in found}


def test_ensembl(tmp_path: Path) -> None:
    """Ensembl puts a word and a colon before its IDs, and versions into an attribute of their own."""
    found = _read(tmp_path, _ENSEMBL)

    coding, other = found["1 ENST00000000001.3"], found["1 ENST00000000002.1"]
    assert (coding.gene, coding.symbol, coding.biotype) == ("ENSG00000000001", "ABC1", "protein_coding")
    assert coding.protein == "ENSP00000000001.2"
    assert (coding.exons, coding.cds) == ([(100, 200), (300, 400)], [(110, 200), (300, 330)])
    assert {"MANE_Select", "Ensembl_canonical"} <= coding.tags
    assert (other.gene, other.symbol, other.biotype) == ("ENSG00000000002", "ENSG00000000002", "lncRNA")
    assert (other.minus, other.cds) == (True, [])


def test_gencode(tmp_path: Path) -> None:
    """GENCODE has versions in its IDs, `_type` where others have `biotype`, and tags for what is incomplete."""
    found = _read(tmp_path, _GENCODE)

    one = found["chrX ENST00000000003.4"]
    assert (one.gene, one.symbol, one.biotype) == ("ENSG00000000003.9", "XYZ2", "nonsense_mediated_decay")
    assert (one.protein, one.phase, one.start_partial, one.end_partial) == (
        "ENSP00000000003.5",
        2,
        True,
        False,
    )
    assert (one.exons, one.cds) == ([(100, 200)], [(100, 160)])


def test_gencode_has_pseudoautosomal_transcripts_twice(tmp_path: Path) -> None:
    """A transcript on X and Y is one on each: neither takes the other's exons."""
    found = _read(tmp_path, _GENCODE)

    assert sorted(found) == ["chrX ENST00000000003.4", "chrY ENST00000000003.4"]
    assert (found["chrY ENST00000000003.4"].exons, found["chrY ENST00000000003.4"].cds) == (
        [(10, 110)],
        [(10, 70)],
    )


def test_gencode_marks_selenocysteine_by_rows(tmp_path: Path) -> None:
    """A row of its own says that a stop codon is none; RefSeq says the same by `transl_except`."""
    row = "chrX HAVANA stop_codon_redefined_as_selenocysteine 133 135 . + . ID=stop_codon_redefined_as_selenocysteine:ENST00000000003.4;"

    found = _read(tmp_path, _GENCODE + row + "Parent=ENST00000000003.4")

    exceptions = found["chrX ENST00000000003.4"].exceptions
    assert [(one.pieces, one.residue) for one in exceptions] == [(((132, 135),), "U")]


def test_refseq(tmp_path: Path) -> None:
    """RefSeq puts a word and a hyphen before its IDs, and says what the code does not: tables, selenocysteine, partners."""
    found = _read(tmp_path, _REFSEQ)

    one = found["NC_000099.1 NM_000001.4"]
    assert (one.gene, one.symbol, one.biotype) == ("QRS3", "QRS3", "protein_coding")
    assert (one.protein, one.table, one.partner) == ("NP_000001.1", 11, "ENST00000000009.2")
    assert [(each.pieces, each.residue) for each in one.exceptions] == [(((230, 233),), "U")]
    assert "MANE_Select" in one.tags


def test_refseq_without_a_transcript(tmp_path: Path) -> None:
    """In small genomes a coding part hangs on its gene, and `start_range` says that it begins before the sequence."""
    found = _read(tmp_path, _REFSEQ)

    partial, rna = found["NC_000099.1 YZ01"], found["NC_000099.1 TRN"]
    assert (partial.symbol, partial.exons, partial.cds) == ("YZ01", [(400, 500)], [(400, 500)])
    assert (partial.phase, partial.start_partial, partial.end_partial) == (1, True, False)
    assert (rna.biotype, rna.cds) == ("tRNA", [])


def test_sgd(tmp_path: Path) -> None:
    """SGD has no transcripts and no exons: the coding parts of a gene are its exons, and an RNA has `noncoding_exon`."""
    found = _read(tmp_path, _SGD)

    coding, rna = found["chrI YAA001W"], found["chrI tP(UGG)A"]
    assert (coding.gene, coding.symbol, coding.biotype) == ("YAA001W", "ABC4", "protein_coding")
    assert coding.exons == coding.cds == [(100, 200), (310, 400)]
    assert (rna.biotype, rna.exons) == ("tRNA", [(500, 530), (550, 570)])
