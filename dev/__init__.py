"""The whole platform on one machine, for people who build it: never shipped."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The project's folder."""
