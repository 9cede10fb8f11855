"""What is asked inside of a pod, of the Python there: pieces of the programs that tests send to it."""

TRY_TO_WRITE = """
import os

def written():
    try:
        open("/written", "w").close()
    except OSError as error:
        return os.strerror(error.errno)
    return "yes"
"""
"""Defines `written()`: whether the image's root could be written to, or else what the system says."""
