"""A reference that was built beside rCRS, and how it is published."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.run.up.programs import run_program


@dataclass(frozen=True)
class BuiltReference:
    """A bundle that was built: its name, its folder, and a file to send against it."""

    name: str
    bundle: Path
    sample: Path

    @classmethod
    def beneath(cls, folder: Path, name: str) -> "BuiltReference":
        """The one of a name that lies in a folder, its sample beside it."""
        return cls(name, folder / name, folder / f"{name}.vcf")

    def publish(self, settings: Mapping[str, str]) -> None:
        """Publish it to the installation of these settings.

        Raises:
            PlatformError: it could not be published.
        """
        run_program("reference", "publish", str(self.bundle), settings=settings)
