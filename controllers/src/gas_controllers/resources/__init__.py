"""The custom resources as typed values."""
