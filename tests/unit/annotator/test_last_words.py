"""What is told of what a program printed."""

import pytest

from gas_annotator.last_words import told


@pytest.mark.parametrize(
    ("printed", "names"),
    [
        (
            'Traceback\n  File "/opt/x/reader.py", line 7, in go\nValueError: SMITH',
            'File "/opt/x/reader.py", line 7, ValueError',
        ),
        (
            "java.lang.RuntimeException: bad SMITH\n\tat org.x.Main.go(Main.java:3)",
            "java.lang.RuntimeException, at org.x.Main.go(Main.java:3)",
        ),
        (
            "\tat java.base/java.lang.Integer.parseInt(Integer.java:652)",
            "at java.base/java.lang.Integer.parseInt(Integer.java:652)",
        ),
        (
            "a child could not be confined: [Errno 38] Function not implemented",
            "a child could not be confined, Function not implemented",
        ),
        ("cat: SMITH: No such file or directory", "No such file or directory"),
        ("MemoryError\nMemoryError", "MemoryError"),
    ],
    ids=["python", "java", "module", "confined", "system", "twice"],
)
def test_words_of_programs_are_told(printed: str, names: str) -> None:
    """Where in the code, which kind of error, and what the system says; nothing that a file may hold."""
    assert told(printed) == f"; what it printed is not told, for it may quote the file, except: {names}"


def test_nothing_else_is_told() -> None:
    """Of silence nothing is said, and of any other words no more than that there were some."""
    assert told(" \n") == ""
    assert told('File "SMITH 1970.py", line 3') == told("chr1\t55\tSMITH")
    assert told("chr1\t55\tSMITH") == "; what it printed is not told, for it may quote the file"
