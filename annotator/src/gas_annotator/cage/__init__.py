"""The cage of a child: what it may do beside its limits is a value, and the kernel sees to it.

A child of the profile `own` runs our engine: it reads named folders, works in one, and has a stated number of tasks.
One of `command` may also start the programs in those folders, for an engine that is not ours. Neither has sockets, or
reaches another process or file.
"""

from gas_annotator.cage.kernel import Kernel, this_kernel
from gas_annotator.cage.profile import Cage, Profile, command, own

__all__ = ["Cage", "Kernel", "Profile", "command", "own", "this_kernel"]
