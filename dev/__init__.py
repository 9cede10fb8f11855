"""The whole platform on one machine, for people who build it: never shipped."""
