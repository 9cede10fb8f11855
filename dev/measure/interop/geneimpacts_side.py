"""Runs in an environment that has geneimpacts and nothing of ours: a result in, the most severe effect of each allele out.

python geneimpacts_side.py calls.annot.vcf.gz > said.json
"""

import gzip
import json
import sys

from geneimpacts import VEP


def main(path: str) -> None:
    """Read as its users do: the format as the header says it, the entries from INFO."""
    keys: list[str] = []
    said = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("##INFO=<ID=CSQ,"):
                keys = line.split("Format: ")[1].rstrip('">\n').split("|")
            if line.startswith("#"):
                continue
            info = dict(part.partition("=")[::2] for part in line.rstrip("\n").split("\t")[7].split(";"))
            by_allele: dict[str, list[VEP]] = {}
            for entry in info["CSQ"].split(","):
                effect = VEP(entry, keys=keys)
                by_allele.setdefault(effect.effects["ALLELE_NUM"], []).append(effect)
            for effects in by_allele.values():
                top = VEP.top_severity(effects)
                top = top[0] if isinstance(top, list) else top
                said.append([top.gene, top.top_consequence, top.effects["HGVSc"], top.effects["HGVSp"]])
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
