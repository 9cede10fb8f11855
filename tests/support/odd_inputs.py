"""Files of odd shapes: those that are annotated all the same, and those that are refused, each with what its sentence says."""

import gzip

from tests.support.vcf_files import COLUMNS, vcf

ROW = "MT 3460 . G A . . DP=1"
SOUND = vcf(*["MT 3460 . G A . . ."] * 3)
NAMED = COLUMNS + "\tFORMAT\tA\tB"

SHAPES = {
    "VCFv4.0 without contig lines": vcf(ROW, head=("##fileformat=VCFv4.0", "##reference=rCRS")),
    "VCFv3.3 with old-style headers": vcf(
        ROW, head=("##fileformat=VCFv3.3", '##INFO=DP,1,Integer,"Total Depth"')
    ),
    "VCFv4.5": vcf(ROW, head=("##fileformat=VCFv4.5",)),
    "fileformat without the v": vcf(ROW, head=("##fileformat=VCF4.1",)),
    "infinities": vcf("MT 3460 . G A Infinity PASS Q=-Infinity;R=NaN"),
    "infinity in INFO": vcf("MT 3460 . G A . . BaseQRankSum=-Infinity"),
    "undeclared INFO, FILTER and contig": vcf("MT 3460 . G A . odd NEW=1;FLAG"),
    "bad values": vcf("MT 3460 . G A high PASS DP=many"),
    "empty INFO": vcf(ROW).replace(b"DP=1", b""),
    "a second = in INFO": vcf("MT 3460 . G A . . CLNHGVS=NC_012920.1:m.3460=,X=a%3Bb"),
    "a bare semicolon in INFO": vcf("MT 3460 . G A . . FOO=a.1:c.2delC;b.2:c.3delC,x;CSQX=1;XCSQ=2"),
    "prefix chr": vcf("chrM 3460 . G A . . ."),
    "accession": vcf("NC_012920.1 3460 . G A . . ."),
    "declared length": vcf(ROW, head=("##fileformat=VCFv4.2", "##contig=<ID=MT,length=16569,assembly=b37>")),
    "blanks in the contig line": vcf(
        ROW, head=("##fileformat=VCFv4.2", "##contig=< ID = MT , length = 16569 >")
    ),
    "windows line ends": vcf(ROW).replace(b"\n", b"\r\n"),
    "byte order mark": b"\xef\xbb\xbf" + vcf(ROW),
    "no newline at the end": vcf(ROW).rstrip(b"\n"),
    "blank lines at the end": vcf(ROW) + b"\n\n",
    "blank lines at the start": b"\n\r\n" + vcf(ROW),
    "latin-1 in a description": vcf(ROW, head=("##fileformat=VCFv4.2", "##note=x")).replace(
        b"=x", b"=\xe9\xff"
    ),
    "gzip": gzip.compress(vcf(ROW)),
    "gzip of several members": gzip.compress(vcf()) + gzip.compress(b"\t".join(ROW.encode().split()) + b"\n"),
    "gzip padded with zeros": gzip.compress(vcf(ROW)) + bytes(512),
    "more columns than named": vcf(ROW + " GT 0/1"),
    "empty columns behind INFO": vcf(ROW).replace(b"DP=1", b"DP=1\t\t"),
    "120 kB of INFO": vcf(f"MT 3460 . G A . . K={'x' * 120_000}"),
    "10,000 samples": vcf(
        f"{ROW} GT {' '.join(['0/1'] * 10_000)}",
        columns=f"{COLUMNS}\tFORMAT\t" + "\t".join(f"S{n}" for n in range(10_000)),
    ),
    "a header of 200 kB, packed": gzip.compress(
        vcf(
            ROW,
            head=(
                "##fileformat=VCFv4.2",
                *(f"##contig=<ID=chrUn_KN{n:06}v1_decoy,length={n},assembly=38>" for n in range(3500)),
            ),
        )
    ),
    "no sample has the allele": vcf("MT 3460 . G A . . . GT 0/0 ./.", columns=NAMED),
    "a phase sign first": vcf("MT 3460 . G A . . . GT |0/1 /0|1", columns=NAMED),
}
"""One record on MT-ND1 in each: p.Ala52Thr."""

REFUSED = {
    "empty": (b"", "line 1: the file is empty"),
    "CSV": (
        b"sample,pos\nx,1\n",
        "line 1: this is not a VCF file: it must start with ##fileformat=VCF, and does not",
    ),
    "HTML": (b"<script>alert(1)</script>", "it must start with ##fileformat=VCF, and does not"),
    "GFF": (b"##gff-version 3\n", "convert it to VCF"),
    "no fileformat": (vcf(ROW, head=()), "that line is missing"),
    "damaged BCF": (gzip.compress(b"BCF\2\2rest"), "the BCF file is damaged"),
    "ZIP": (b"PK\x03\x04rest", "it is a ZIP archive"),
    "bzip2": (b"BZh91AY", "compressed with bzip2"),
    "PDF": (b"%PDF-1.7", "a PDF document"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "line 1: this is not a VCF file: it is a picture"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "line 1: this is not a VCF file: it is a picture"),
    "packed twice": (gzip.compress(gzip.compress(SOUND)), "it is compressed twice"),
    "UTF-16": ("##fileformat=VCFv4.2\n".encode("utf-16"), "line 1: the text is in UTF-16"),
    "old Mac line ends": (SOUND.replace(b"\n", b"\r"), "line 1: the lines end in the old Mac way"),
    "zero byte": (SOUND + b"MT\t1\0\n", "line 6: holds a zero byte"),
    "zero byte in the header": (b"##fileformat=VCFv4.2\n##x=\0\n", "line 2: holds a zero byte"),
    "no column names": (
        b"##fileformat=VCFv4.2\n##x=1\n",
        "line 3: the file ends before the line of column names",
    ),
    "record in the header": (b"##fileformat=VCFv4.2\nMT\t1\n", "line 2: a record stands before"),
    "column names with blanks": (
        SOUND.replace(b"\tPOS", b" POS"),
        "line 2: the column names .* separated by tabs",
    ),
    "column names with spaces alone": (
        SOUND.replace(b"\t", b" "),
        "line 2: the column names .* separated by tabs",
    ),
    "spreadsheet rows": (
        SOUND + b"demo,MT,3243,A,G\n",
        "line 6: this is not a VCF record: it has 1 of the 8 columns .* no tab",
    ),
    "too few columns": (SOUND + b"MT\t1\t.\tG\n", "line 6: .* 4 of the 8 columns"),
    "position is text": (
        SOUND + b"MT\t3e3\t.\tG\tA\t.\t.\t.\n",
        "line 6: the column POS must be a whole number",
    ),
    "negative position": (SOUND + b"MT\t-5\t.\tG\tA\t.\t.\t.\n", "line 6: the column POS"),
    "endless position": (SOUND + b"MT\t" + b"9" * 5000 + b"\t.\tG\tA\t.\t.\t.\n", "line 6: the column POS"),
    "empty contig": (SOUND + b"\t1\t.\tG\tA\t.\t.\t.\n", "line 6: the column CHROM is empty"),
    "two files joined": (SOUND + SOUND, "line 6: .*join them with `bcftools concat`"),
    "second column names": (
        SOUND + COLUMNS.encode() + b"\n",
        "line 6: a header line stands among the records",
    ),
    "cut off in the last line": (
        vcf("MT 3460 . G A . . . GT 0/1 0", columns=NAMED)[:-3],
        "line 3: the file is cut off here: 10 of 11",
    ),
    "gzip cut off": (gzip.compress(SOUND)[:-9], "the compressed file is cut off"),
    "gzip with a wrong sum": (gzip.compress(SOUND)[:-8] + bytes(8), "the compressed file is damaged"),
    "junk behind gzip": (gzip.compress(SOUND) + b"junk", "the compressed file is damaged"),
    "endless empty members": (gzip.compress(b"") * 3000, "it is made of empty parts"),
}
"""Each with a pattern of the sentence that it is refused with."""
