"""The engine's own version."""

from importlib.metadata import PackageNotFoundError, version

try:
    ENGINE_VERSION = version("gas-engine")
except PackageNotFoundError:  # Run from a source tree that is not installed.
    ENGINE_VERSION = "0"
