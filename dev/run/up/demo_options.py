"""What `make demo` lets a person choose, checked before anything is started."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.run.up.errors import PlatformError
from gas.config import PlanSettings
from gas.domain.errors import UsageError
from gas.services.start_upload import content_type_of


@dataclass(frozen=True)
class DemoOptions:
    """The options of `make demo`."""

    vcf: Path | None = None
    retention_seconds: int = 5
    thaw_seconds: float = 5.0
    refuse_expedited: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "DemoOptions":
        """The options `VCF`, `RETENTION`, `THAW` and `REFUSE_EXPEDITED` of make.

        Raises:
            PlatformError: the demo cannot show what they ask for; the text says what to change.
        """
        vcf = environment.get("VCF")
        try:
            retention, thaw = int(environment.get("RETENTION") or 5), float(environment.get("THAW") or 5)
        except ValueError as error:
            raise PlatformError(f"RETENTION and THAW are numbers of seconds: {error}.") from error
        options = cls(
            Path(vcf).expanduser().resolve() if vcf else None,
            retention,
            thaw,
            environment.get("REFUSE_EXPEDITED", "") not in {"", "0"},
        )
        options.check()
        return options

    def check(self) -> None:
        """Refuse what the demo cannot show.

        Raises:
            PlatformError: what is wrong, and what to do.
        """
        if self.retention_seconds < 1:
            raise PlatformError(
                f"RETENTION={self.retention_seconds}: the demo downloads the result before it is archived, and needs "
                "at least 1 second for it."
            )
        if not 0 <= self.thaw_seconds < float("inf"):
            raise PlatformError(f"THAW={self.thaw_seconds}: a retrieval takes 0 seconds or more.")
        if self.vcf is not None:
            self._check_vcf(self.vcf)

    def _check_vcf(self, vcf: Path) -> None:
        if not vcf.is_file():
            raise PlatformError(f"VCF={vcf}: there is no such file. Name a VCF file, or leave VCF out.")
        try:
            content_type_of(vcf.name)
        except UsageError as error:
            raise PlatformError(f"VCF={vcf}: {error}") from error
        size, limit = vcf.stat().st_size, PlanSettings().free_max_input_bytes
        if not 0 < size <= limit:
            raise PlatformError(
                f"VCF={vcf} has {size:,} bytes; the demo sends it as a free user, who may send 1 to {limit:,}. "
                "Name another file."
            )
