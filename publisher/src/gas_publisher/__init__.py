"""The publisher: `gas-reference` for whoever keeps the references of an installation."""
