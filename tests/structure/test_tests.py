"""What the tests are like themselves: none passes or fails by chance, or because a machine is busy."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

FILES = sorted(TESTS.rglob("*.py"))

BY_CHANCE = re.compile(r"[0-9a-f-]{1,8}|[\w/+=-]{1,3}")
"""So short a word stands in random hexadecimal or base64 text now and then."""

LOOKS = ("count", "find", "rfind")
"""What looks for its argument in a text, as `in` does."""

NOTHING: tuple[object, ...] = ([], (), {}, 0, -1, False)
"""What a claim says that something is not, by saying that it is the same as this."""

PATIENT_SECONDS = 30.0
"""Whoever waits in a test waits for longer: a busy machine takes many times as long as an idle one."""

WAITS = ("wait", "join", "settimeout", "communicate", "result")
"""What takes the seconds to wait for as its argument."""

STOPWATCHES = ("perf_counter", "perf_counter_ns", "timeit", "repeat", "default_timer")
"""What counts the time of others, imported by its name."""

IMPATIENT = {
    "charts/test_one_job.py: wait 2": "it is still waiting then, which is the claim",
    "charts/test_one_job.py: timeout 2": "nobody answers, and it says so",
    "web/test_server.py: wait 0.1": "the pace of a client that sends a byte now and then",
}
"""The waits that are meant to be short, and why."""


def _short_words(tree: ast.Module) -> Iterator[str]:
    """The words that must not stand in a text, where they are written into the test.

    Sets that have nothing in common are left alone: they compare whole words.
    """
    named = _named(tree.body, {})
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        known = named | _named(list(ast.walk(function)), named)
        known |= _looped(function, known)
        for claim in (node for node in ast.walk(function) if isinstance(node, ast.Assert)):
            words = (word for sought in _unwanted(claim) for word in _written(sought, known))
            yield from (word for word in words if BY_CHANCE.fullmatch(word))


def _unwanted(claim: ast.Assert) -> Iterator[ast.expr]:
    """What a claim says that a text does not hold."""
    for node in ast.walk(claim.test):
        match node:
            case ast.Compare(left=sought, ops=[ast.NotIn(), *_]):
                yield sought
            case ast.UnaryOp(op=ast.Not(), operand=denied):
                yield from _sought(denied)
            case ast.Compare(left=denied, ops=[ast.Eq() | ast.Is()], comparators=[end]) if _is_nothing(end):
                yield from _sought(denied)


def _sought(part: ast.expr) -> Iterator[ast.expr]:
    for node in ast.walk(part):
        match node:
            case ast.Compare(left=sought, ops=[ast.In(), *_]):
                yield sought
            case ast.Call(func=ast.Attribute(attr=look), args=[sought, *_]) if look in LOOKS:
                yield sought


def _is_nothing(node: ast.expr) -> bool:
    try:
        return ast.literal_eval(node) in NOTHING
    except ValueError:
        return ast.unparse(node) == "set()"


def _named(nodes: Sequence[ast.AST], known: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The words that names stand for: of assignments, and of a test's parameters."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                | ast.Call(
                    func=ast.Attribute(attr="parametrize"), args=[ast.Constant(value=str(name)), value]
                )
            ):
                found[name] = [*found.get(name, []), *_written(value, known)]
    return found


def _looped(function: ast.AST, known: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The words that the names of loops stand for, one after the other."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(function):
        match node:
            case (
                ast.For(target=ast.Name(id=name), iter=words)
                | ast.comprehension(target=ast.Name(id=name), iter=words)
            ):
                found[name] = [*found.get(name, []), *_written(words, known)]
    return found


def _written(node: ast.expr, known: Mapping[str, list[str]]) -> list[str]:
    """The words that are written there, or that a name there stands for."""
    match node:
        case ast.Constant(value=str(word)):
            return [word]
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return [word for part in parts for word in _written(part, known)]
        case ast.Starred(value=part):
            return _written(part, known)
        case ast.Name(id=name):
            return known.get(name, [])
        case _:
            return []


def _short_waits(tree: ast.AST) -> Iterator[str]:
    """The waits that give up soon, as `name seconds`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        given = [(word.arg or "", word.value) for word in node.keywords if "timeout" in (word.arg or "")]
        given += [(name, node.args[0])] if name in WAITS and node.args else []
        for word, value in given:
            seconds = value.value if isinstance(value, ast.Constant) else None
            if isinstance(seconds, int | float) and 0 < seconds < PATIENT_SECONDS:
                yield f"{word} {seconds:g}"


def _stopwatches(tree: ast.AST) -> Iterator[str]:
    """The measures that count the time in which another process was running, too."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="time"), attr="perf_counter" | "perf_counter_ns" as name):
                yield name
            case ast.ImportFrom(module="time" | "timeit", names=names):
                yield from (each.name for each in names if each.name in STOPWATCHES)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="timeit"), attr=name), keywords=words) if all(
                word.arg != "timer" for word in words
            ):
                yield name


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_goes_by_chance(file: Path) -> None:
    """A word that must not stand in a text is long, or holds what no random id holds; a wait is patient, a measure the processor's."""
    tree, name = ast.parse(file.read_text(encoding="utf-8")), file.relative_to(TESTS)

    words = list(_short_words(tree))
    waits = [wait for wait in _short_waits(tree) if f"{name}: {wait}" not in IMPATIENT]

    assert words == [], f"{name}: look for something that no random id can hold"
    assert waits == [], f"{name}: tests.support.waiting.PATIENCE_SECONDS"
    assert list(_stopwatches(tree)) == [], f"{name}: tests.support.stopwatch.thread_seconds"


@pytest.mark.parametrize(
    "measure",
    [
        "time.perf_counter()",
        "timeit.repeat(work, number=1)",
        "from time import perf_counter",
        "from timeit import repeat",
    ],
)
def test_a_stopwatch_is_seen(measure: str) -> None:
    """However it is called; one that is told to count this thread's time is fine."""
    assert len(list(_stopwatches(ast.parse(measure)))) == 1
    assert list(_stopwatches(ast.parse("timeit.repeat(work, timer=time.thread_time)"))) == []


@pytest.mark.parametrize(
    "claim",
    [
        'assert "ada" not in text',
        'assert not ("ada" in text)',
        'assert not any(word in text for word in ("ada", "lovelace"))',
        'assert [word for word in ["Ada"] if word in text] == []',
        "assert all(word not in text for word in NAMES)",
        "for word in NAMES:\n        assert word not in text",
        'names = ("lovelace", *NAMES)\n    for word in names:\n        assert word not in text',
        'assert text.count("ada") == 0',
        'assert text.find("Ada") == -1',
        'assert not text.count("ada")',
    ],
)
def test_a_short_word_is_seen_however_it_is_missed(claim: str) -> None:
    """In hexadecimal and in base64, written into the claim or named before; and a long one is fine in each of them."""
    test = f'NAMES = ("Ada",)\n\ndef test_it(text):\n    {claim}\n'
    long = test.replace("ada", "ada.lovelace").replace("Ada", "Ada Lovelace")

    assert len(list(_short_words(ast.parse(test)))) == 1
    assert list(_short_words(ast.parse(long))) == []


@pytest.mark.parametrize(
    "claim",
    [
        'assert "ada" in text',
        'assert not text.startswith("ada")',
        'assert not (set(text) & {"ada"})',
        'assert {"ada"}.isdisjoint(text)',
        'assert text.count("ada") == 1',
        'assert any("ada" in line for line in text)',
    ],
)
def test_a_word_that_may_be_there_is_left_alone(claim: str) -> None:
    """What is looked for and found, and what is compared whole, goes by no chance."""
    assert list(_short_words(ast.parse(f"def test_it(text):\n    {claim}\n"))) == []
