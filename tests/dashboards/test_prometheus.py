"""Checking and drawing dashboards, on a real Prometheus with made-up data."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from dev.write.dashboards.__main__ import main
from dev.write.dashboards.board import Board, Look, Query, Row, Unit, figure, fine_below, lines
from dev.write.dashboards.check import findings
from dev.write.dashboards.files import boards
from dev.write.dashboards.pictures import draw
from dev.write.dashboards.readable import shown
from dev.write.dashboards.source import Prometheus, Span
from kube.ports import free_ports
from tests.support.kube import skip_or_fail
from tests.support.prometheus import promtool
from tests.support.waiting import PATIENCE_SECONDS, until

END = int(time.time()) // 60 * 60
BEGIN = END - 1800
SPAN = Span(datetime.fromtimestamp(BEGIN, UTC), datetime.fromtimestamp(END, UTC))


def made_up_data() -> str:
    """Half an hour of a pod that comes and goes and of requests, as OpenMetrics."""
    times = range(BEGIN, END + 1, 15)
    pods = [(when, 1 if (when - BEGIN) % 600 < 300 else 0) for when in times]
    requests_ = [(when, (when - BEGIN) * 2) for when in times]
    text = ["# TYPE gas_annotator_busy gauge"]
    text += [f'gas_annotator_busy{{namespace="gas",pod="a"}} {value} {when}' for when, value in pods]
    text += ["# TYPE gas_web_requests unknown"]
    text += [f'gas_web_requests{{namespace="gas",status="200"}} {value} {when}' for when, value in requests_]
    return "\n".join([*text, *_two_lines(times), *_conflicts_and_moves(times), "# EOF", ""])


def _two_lines(times: range) -> Iterator[str]:
    """In the namespace `lines` the queue of everybody wants three annotators and has one; premium users' two are idle.

    In the namespace `crowded` eight and nine are wanted.
    """
    yield "# TYPE gas_build_info gauge"
    pods = [("controllers", "x-controllers-a"), ("annotator", "x-annotator-premium-c-a")]
    pods += [("annotator", "x-annotator-premium-c-b"), ("annotator", "x-annotator-b-a")]
    for part, pod in pods:
        yield from (
            f'gas_build_info{{namespace="lines",part="{part}",pod="{pod}"}} 1 {when}' for when in times
        )
    yield "# TYPE keda_scaler_metrics_value gauge"
    for namespace, scaled, value in (
        ("lines", "x-annotator", 3),
        ("lines", "x-annotator-premium", 0),
        ("crowded", "x-annotator", 8),
        ("crowded", "x-annotator-premium", 9),
    ):
        labels = f'exported_namespace="{namespace}",scaledObject="{scaled}"'
        yield from (f"keda_scaler_metrics_value{{{labels}}} {value} {when}" for when in times)


def _conflicts_and_moves(times: range) -> Iterator[str]:
    """In the same namespace a conflict a second and one failure every two; three jobs a minute queued again, of which one lost."""
    yield "# TYPE gas_controllers_reconcile_errors_total unknown"
    for error, each in (("ConflictError", 1.0), ("TransientError", 0.5)):
        labels = f'namespace="lines",error="{error}"'
        name = f"gas_controllers_reconcile_errors_total{{{labels}}}"
        yield from (f"{name} {(when - BEGIN) * each} {when}" for when in times)
    for name, a_minute in (
        ("gas_controllers_transition_duration_seconds_count", 3),
        ("gas_controllers_transitions_total", 1),
    ):
        yield f"# TYPE {name} unknown"
        labels = 'namespace="lines",from="Running",to="Queued"'
        yield from (f"{name}{{{labels}}} {(when - BEGIN) * a_minute / 60} {when}" for when in times)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that knows the made-up data."""
    program = shutil.which("prometheus")
    if program is None:
        skip_or_fail("promtool", "there is no prometheus on the path (Debian's package prometheus has it)")
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "data.txt").write_text(made_up_data(), encoding="utf-8")
    (folder / "prometheus.yml").write_text("global: {}\n", encoding="utf-8")
    backfill = [promtool(), "tsdb", "create-blocks-from", "openmetrics", "data.txt", "data"]
    subprocess.run(backfill, check=True, capture_output=True, timeout=PATIENCE_SECONDS, cwd=folder)
    [port] = free_ports(1)
    at = f"127.0.0.1:{port}"
    started = [
        program,
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        f"--web.listen-address={at}",
    ]
    with (folder / "log").open("w") as log, subprocess.Popen(started, cwd=folder, stderr=log) as running:
        try:
            until(lambda: _ready(f"http://{at}"), pause=0.1)
            yield f"http://{at}"
        finally:
            running.terminate()


def _ready(address: str) -> bool:
    try:
        return requests.get(f"{address}/-/ready", timeout=PATIENCE_SECONDS).ok
    except requests.ConnectionError:
        return False


@pytest.fixture
def prometheus(address: str) -> Prometheus:
    """As it is asked."""
    return Prometheus(address, "gas", SPAN)


BUSY = 'sum(gas_annotator_busy{namespace="$namespace"})'
RATE = 'sum by (status) (rate(gas_web_requests{namespace="$namespace"}[$__rate_interval]))'


def board(*queries: str) -> Board:
    """A dashboard with one figure, and lines of every look."""
    first = figure("Busy", "How many are busy.", Unit.COUNT, queries[0], fine_below(1, 2))
    more = [
        lines(
            look.value,
            "Lines.",
            Unit.PER_SECOND,
            *(Query(each, "{{status}} of {{nobody}}") for each in queries),
            look=look,
        )
        for look in Look
        if look is not Look.FIGURE
    ]
    return Board("gas-test", "GAS / Test", "Is it drawn?", (Row("Alive", (first, *more)),))


def test_what_an_expression_says(prometheus: Prometheus) -> None:
    """Over the whole span, in steps that fit it, with the words filled in."""
    [line] = prometheus.lines(RATE)

    assert line.labels == {"status": "200"}
    assert line.points[-1] == (END, 2.0)
    assert len(line.points) > 300


def last(
    address: str, title: str, namespace: str = "lines", maximum: int = 10, further_maximum: int = 10
) -> dict[str, float]:
    """What the panels of that title say at the end, by the line of jobs that they tell of, or the query's name."""
    prometheus = Prometheus(address, namespace, SPAN, maximum=maximum, further_maximum=further_maximum)
    panels = [panel for each in boards() for panel in each.panels if panel.title == title]
    return {
        line.labels.get("line", query.legend): line.points[-1][1]
        for panel in panels
        for query in panel.queries
        for line in prometheus.lines(query.expr)
        if line.points[-1][0] == END
    }


def test_idle_premium_annotators_do_not_hide_a_shortage(address: str) -> None:
    """Each line is short of its own: three are there and three are wanted, and everybody's jobs wait all the same."""
    assert last(address, "Short of pods") == {"everybody": 2, "premium": 0}
    assert sum(last(address, "Wanted").values()) == sum(last(address, "Ready").values()) == 3
    assert sum(last(address, "Short of pods for").values()) == pytest.approx(SPAN.seconds, rel=0.02)


def test_each_line_has_a_maximum_of_its_own(address: str) -> None:
    """More than there may be is neither wanted nor missing; the other line's maximum says nothing of it."""
    assert last(address, "Short of pods", maximum=2, further_maximum=5) == {"everybody": 1, "premium": 0}
    assert last(address, "Wanted", "crowded", maximum=4, further_maximum=7) == {"Wanted": 4 + 7}


def test_conflicts_are_no_failed_passes(address: str) -> None:
    """Both panels leave out what only met another's write."""
    a_minute, in_all = 30, SPAN.seconds / 2

    found = sorted(last(address, "Failed passes").values())

    assert found == pytest.approx([a_minute, in_all], rel=0.01)


def test_hand_backs_are_told_from_losses(address: str) -> None:
    """By the controllers, who are still there when the annotator has gone."""
    assert last(address, "Pods that went while busy") == pytest.approx({"handed back": 2, "lost": 1})


def test_what_looks_back_is_asked_once(prometheus: Prometheus) -> None:
    """A sum over the whole span is one figure, at its end."""
    [line] = prometheus.lines('sum(increase(gas_web_requests{namespace="$namespace"}[$__range]))')

    [(when, value)] = line.points
    assert when == END
    assert value == pytest.approx(3600, rel=0.01)


def test_every_expression_that_says_something_is_well(prometheus: Prometheus) -> None:
    """Then there is nothing to tell."""
    assert list(findings([board(BUSY, RATE)], prometheus)) == []


@pytest.mark.parametrize(
    ("expr", "why"),
    [
        ("sum(gas_annotator_bussy)", "no data"),
        (f"{BUSY} / (0 * {BUSY})", "only what is not a number"),
        ("sum(rate(gas_web_requests))", "refused: 1:10: parse error: expected type range vector"),
        ('gas_annotator_busy{namespace="$other"}', "no data"),
    ],
    ids=["silent", "not a number", "refused", "unknown word"],
)
def test_what_says_nothing_is_named(expr: str, why: str, prometheus: Prometheus) -> None:
    """With the dashboard, the panel and the expression, and why."""
    wrong = Board("gas-x", "GAS / X", "?", (Row("Alive", (figure("It", "It is.", Unit.COUNT, expr),)),))

    [found] = findings([wrong], prometheus)

    assert str(found).startswith(f"GAS / X / It: {why}")
    assert str(found).endswith(f"\n    {expr}")


def test_a_dashboard_is_drawn(prometheus: Prometheus, tmp_path: Path) -> None:
    """As SVG with letters that can be found and as PNG; the same data makes the same picture."""
    files = tmp_path / "board.svg", tmp_path / "board.png"
    draw(board(BUSY, RATE), prometheus, files)
    drawn = [file.read_bytes() for file in files]
    draw(board(BUSY, RATE), prometheus, files)

    svg = drawn[0].decode()
    assert all(f">{text}<" in svg for text in ("GAS / Test", "Alive", "Busy", "stack", "200 of"))
    assert "no data" not in svg
    assert drawn[1].startswith(b"\x89PNG")
    assert [file.read_bytes() for file in files] == drawn


def test_silence_is_drawn_as_such(prometheus: Prometheus, tmp_path: Path) -> None:
    """A panel without data says so: it is no zero."""
    file = tmp_path / "board.svg"

    draw(board("sum(gas_annotator_bussy)"), prometheus, (file,))

    assert file.read_text().count(">no data<") == 4


def test_the_command_tells_what_is_silent(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with 1 and names each panel: this Prometheus knows two of the metrics alone."""
    code = main(
        ["check", "--prometheus", address, "--begin", SPAN.begin.isoformat(), "--end", SPAN.end.isoformat()]
    )

    told = capsys.readouterr().out
    assert code == 1
    assert "GAS / Platform / Web pods: no data\n" in told
    assert "GAS / Autoscaling / Busy" not in told


@pytest.mark.parametrize("command", ["check", "pictures"])
def test_a_prometheus_that_is_not_there(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence with its address, and 1; not one for each panel."""
    [port] = free_ports(1)

    code = main([command, "--prometheus", f"http://127.0.0.1:{port}"])

    told = capsys.readouterr()
    assert code == 1
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert f"http://127.0.0.1:{port} does not answer as Prometheus does" in told.err


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, Unit.SECONDS, "0 s"),
        (0.0123, Unit.SECONDS, "12.3 ms"),
        (75, Unit.SECONDS, "75 s"),
        (120, Unit.SECONDS, "2 min"),
        (200_000, Unit.SECONDS, "2.31 d"),
        (0.9991, Unit.SHARE, "99.91 %"),
        (1536, Unit.BYTES, "1.5 KiB"),
        (3 * 1024**3, Unit.BYTES_PER_SECOND, "3 GiB/s"),
        (12, Unit.COUNT, "12"),
        (12_345, Unit.COUNT, "12.3 K"),
        (0.5, Unit.PER_MINUTE, "0.5/min"),
        (3.25, Unit.REQUESTS_PER_SECOND, "3.25/s"),
        (0.25, Unit.CORES, "0.25"),
    ],
    ids=str,
)
def test_figures_are_readable(value: float, unit: Unit, text: str) -> None:
    """With their unit, and no more digits than people need."""
    assert shown(value, unit) == text
