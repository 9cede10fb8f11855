"""What a view says of itself, noted beside it: hooks that run for every request look it up here."""

from collections.abc import Callable
from enum import Enum, auto
from typing import ParamSpec, TypeVar

from flask import current_app, request

P = ParamSpec("P")
R = TypeVar("R")

_MARKS = "gas_marks"


class Mark(Enum):
    """What can be said of a view."""

    FOR_EVERYBODY = auto()
    """Its answer is the same for everybody: nobody is recognised, nothing counted, and no table touched."""
    SIGN_IN_STEP = auto()
    """A step of signing in, which has a limit of its own."""
    SECRETIVE = auto()
    """Its page holds a signature, or a new token, beside words of the request. From the length of such a page, when it is
    compressed, somebody on the way could guess the secret letter by letter (the attack called BREACH)."""
    TYPED = auto()
    """Its form is typed into, or ticked: that is kept on the page which says that they are signed out, or to try again."""
    ABOUT_A_JOB = auto()
    """Its page is one job's: the list of jobs is marked in the top line."""
    STARTS_WORK = auto()
    """It gives the annotators more to do: refused while submissions are paused."""


def mark(*marks: Mark) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Say this of a view."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        setattr(view, _MARKS, marks_of(view) | set(marks))
        return view

    return decorate


def marks_of(view: object) -> frozenset[Mark]:
    """What a view says of itself."""
    return getattr(view, _MARKS, frozenset())


def marked(wanted: Mark) -> bool:
    """True when the view of this request says so of itself; an address that has no view says nothing."""
    return wanted in marks_of(current_app.view_functions.get(request.endpoint or ""))
