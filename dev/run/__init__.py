"""The whole platform on one machine, and GAS on a cluster: what is started, and started against."""
