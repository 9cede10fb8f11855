"""Starts, shows and stops the whole platform on one machine."""
