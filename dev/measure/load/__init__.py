"""The original's scaling experiments, done again on a cluster: `make load`."""
