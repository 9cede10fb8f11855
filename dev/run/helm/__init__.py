"""Helm without a `helm`: charts rendered and linted by Helm's own library, in a process of its own."""
