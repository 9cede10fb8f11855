"""The use cases, one verb a module; and what several of them share, named by what it is."""
