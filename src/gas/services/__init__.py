"""The use cases, one verb a module."""
