"""A whole cluster on one machine, and what is tried on it: what `make warm`, `make cluster` and `make e2e` call."""
