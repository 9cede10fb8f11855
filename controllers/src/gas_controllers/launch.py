"""The program's first step: to hear of a stop before anything else is loaded."""

from gas.launch import launch


def main() -> int:
    """Run the program; its exit code."""
    return launch("gas_controllers.main")
