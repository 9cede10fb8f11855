"""The annotation engine: one VCF file in, one folder of results out. Pure but for the files it is given.

`load_reference` runs once, in the parent; `annotate` runs in a child process, because it parses strangers' bytes and
calls a C library on what it finds.
"""

from gas_annotator.engine.annotate import annotate
from gas_annotator.engine.errors import (
    EngineError,
    InputRefusedError,
    LimitExceededError,
    UnknownReferenceError,
)
from gas_annotator.engine.reference import Reference, load_reference
from gas_annotator.engine.task import Annotation, EngineLimits, Task

__all__ = [
    "Annotation",
    "EngineError",
    "EngineLimits",
    "InputRefusedError",
    "LimitExceededError",
    "Reference",
    "Task",
    "UnknownReferenceError",
    "annotate",
    "load_reference",
]
