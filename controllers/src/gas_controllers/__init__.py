"""GAS controllers: the operator that takes every job through its states."""
