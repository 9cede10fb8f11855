"""The annotation engine: one VCF file in, one folder of results out. It knows no cloud, no cluster and no service."""

from gas_engine.annotate import annotate
from gas_engine.bundle import Bundle, load_bundle
from gas_engine.errors import (
    BundleError,
    CommandFailedError,
    EngineError,
    InputRefusedError,
    LimitExceededError,
    ReferenceMismatchError,
    SourceError,
)
from gas_engine.task import Annotation, Choices, Limits, Result, Tag, Task, planned

__all__ = [
    "Annotation",
    "Bundle",
    "BundleError",
    "Choices",
    "CommandFailedError",
    "EngineError",
    "InputRefusedError",
    "LimitExceededError",
    "Limits",
    "ReferenceMismatchError",
    "Result",
    "SourceError",
    "Tag",
    "Task",
    "annotate",
    "load_bundle",
    "planned",
]
