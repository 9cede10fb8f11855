"""A header of a VCF with all that says which reference it was made on, for whoever reads one: pages, the command, the web."""

HEADER = (
    "##fileformat=VCFv4.2\n"
    "##reference=file:///ref/hg38.fa\n"
    '##contig=<ID=chr1,length=248956422,assembly="GRCh38",md5=6aef>\n'
    "##contig=<length=16569,ID=chrM>\n"
    "##contig=<ID=chrUn>\n"
    "##contig=<ID=HLA-A*01:01:01:01,length=0>\n"
)
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
