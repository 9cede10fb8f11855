"""Measurements beside a limit in the same run: figures without one say more about the machine than about the code."""
