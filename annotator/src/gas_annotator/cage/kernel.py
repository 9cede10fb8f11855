"""What this kernel gives to build a cage of, and what is said where something is missing."""

import platform
from dataclasses import dataclass
from functools import cache

from gas_annotator.cage import landlock, seccomp


@dataclass(frozen=True)
class Kernel:
    """The version of Landlock, 0 where there is none, and whether calls can be filtered."""

    landlock: int
    seccomp: bool

    @property
    def parts(self) -> dict[str, bool]:
        """The parts of a cage, and which of them hold."""
        return {"landlock": self.landlock >= landlock.LEAST, "seccomp": self.seccomp}

    def lacks(self) -> str | None:
        """One sentence about what a child is not kept from on this kernel; None where nothing is missing."""
        unkept = {
            "landlock": "Landlock (Linux 5.19 or newer, with it among the active security modules), so that a child can reach "
            "files outside its folders",
            "seccomp": f"seccomp, or it is not known here for {platform.machine()}, so that a child can open sockets",
        }
        missing = [sentence for part, sentence in unkept.items() if not self.parts[part]]
        if not missing:
            return None
        return f"This kernel has no {', and no '.join(missing)}: use a newer kernel, or a sandboxed runtime class for the pods."


@cache
def this_kernel() -> Kernel:
    """What the kernel of this machine gives, to processes where this one is."""
    return Kernel(landlock.version(), seccomp.available())
