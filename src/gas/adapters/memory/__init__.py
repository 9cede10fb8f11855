"""The ports in one process, for tests: each passes the same contract suite as its AWS twin."""
