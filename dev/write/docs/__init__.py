"""Pages of docs/ that are computed from the code."""
