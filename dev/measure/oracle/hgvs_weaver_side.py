"""Runs in an environment that has hgvs-weaver and nothing of ours: transcripts and edits in, descriptions out, as JSON.

python hgvs_weaver_side.py < asked.json > said.json
"""

import json
import sys
from typing import Any

import weaver


class Models:
    """What weaver asks for: transcripts and sequences, held in memory."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self._contig: str = asked["contig"]
        self._bases: str = asked["bases"]
        self._transcripts: dict[str, dict[str, Any]] = asked["transcripts"]

    def get_transcript(self, name: str, _reference: str | None) -> dict[str, Any]:
        """One transcript, its exons from 5' to 3'."""
        model = self._transcripts[name]
        exons, done = [], 0
        for start, end in model["exons"][:: model["strand"]]:
            exons.append(
                {
                    "transcript_start": done,
                    "transcript_end": done + end - start,
                    "reference_start": start,
                    "reference_end": end - 1,
                    "alt_strand": model["strand"],
                    "cigar": f"{end - start}=",
                }
            )
            done += end - start
        return {
            "ac": name,
            "gene": name,
            "cds_start_index": model["coding"][0],
            "cds_end_index": model["coding"][1] - 1,
            "strand": model["strand"],
            "reference_accession": self._contig,
            "exons": exons,
        }

    def get_seq(self, name: str, start: int, end: int | None, _kind: object) -> str:
        """Bases or residues."""
        if name == self._contig:
            return self._bases[start:end]
        kind = "protein" if name.startswith("protein of ") else "spliced"
        text: str = self._transcripts[name.removeprefix("protein of ")][kind]
        return text[start:end]

    def get_symbol_accessions(self, symbol: str, _source: object, target: object) -> list[tuple[str, str]]:
        """The protein of a transcript."""
        return [("protein_accession", f"protein of {symbol}")] if str(target) == "p" else []

    def get_identifier_type(self, name: str) -> str:
        """What a name names."""
        if name == self._contig:
            return "genomic_accession"
        return "protein_accession" if name.startswith("protein of ") else "transcript_accession"


def main() -> None:
    """Answer every pair of the input with [c., p.]; null where weaver refuses."""
    asked = json.load(sys.stdin)
    mapper = weaver.VariantMapper(Models(asked))
    json.dump([_answer(mapper, asked["contig"], edit, name) for edit, name in asked["pairs"]], sys.stdout)


def _answer(mapper: Any, contig: str, edit: str, name: str) -> tuple[str | None, str | None]:
    try:
        coding = mapper.normalize_variant(mapper.g_to_c(weaver.parse(f"{contig}:g.{edit}"), name))
    except (weaver.HGVSError, ValueError):
        return None, None
    try:
        return coding.format(), mapper.c_to_p(coding).format()
    except (weaver.HGVSError, ValueError):
        return coding.format(), None


if __name__ == "__main__":
    main()
