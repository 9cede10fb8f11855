"""`python -m dev.write.dashboards`: writes the dashboards, checks them against a Prometheus, or draws them with its data."""

import sys
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dev.ending import end
from dev.write.dashboards.check import findings
from dev.write.dashboards.files import boards, dashboard_files
from dev.write.dashboards.source import Prometheus, PrometheusError, Span
from dev.write.written import write


def main(arguments: list[str] | None = None) -> int:
    """0 when all is well; 1 when an expression says nothing, or Prometheus does not answer."""
    asked = _parser().parse_args(arguments)
    if asked.do == "write":
        write(dashboard_files())
        return 0
    prometheus = Prometheus(
        asked.prometheus, asked.namespace, _span(asked), asked.rate, asked.maximum, asked.further_maximum
    )
    try:
        return _check(prometheus) if asked.do == "check" else _draw(prometheus, asked.folder)
    except PrometheusError as error:
        print(error, file=sys.stderr)
        return 1


def _check(prometheus: Prometheus) -> int:
    silent = list(findings(boards(), prometheus))
    for finding in silent:
        print(finding)
    asked = sum(len(panel.queries) for board in boards() for panel in board.panels)
    print(f"{asked - len(silent)} of {asked} expressions say something.")
    return 1 if silent else 0


def _draw(prometheus: Prometheus, folder: Path) -> int:
    # matplotlib takes a second to load, and writing and checking do without.
    from dev.write.dashboards.pictures import draw  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    for board in boards():
        file = folder / f"{board.uid}.png"
        draw(board, prometheus, (file,))
        print(file)
    return 0


def _span(asked: Namespace) -> Span:
    if asked.begin is None:
        return Span.last(timedelta(minutes=asked.minutes), asked.end)
    return Span(asked.begin, asked.end or datetime.now(UTC))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m dev.write.dashboards", description=__doc__)
    todo = parser.add_subparsers(dest="do", required=True)
    todo.add_parser("write", help="write the JSON into the chart")
    check = todo.add_parser("check", help="run every expression: each must say something")
    draw = todo.add_parser("pictures", help="draw every dashboard")
    for each in (check, draw):
        each.add_argument("--prometheus", required=True, help="its address, such as http://127.0.0.1:9090")
        each.add_argument("--namespace", default="gas", help="the installation to look at (gas)")
        each.add_argument(
            "--minutes", type=int, default=60, help="look at so many minutes up to the end (60)"
        )
        each.add_argument("--begin", type=_moment, help="or from this time on, as 2026-11-26T04:00, UTC")
        each.add_argument("--end", type=_moment, help="the end (now)")
        each.add_argument("--rate", default="1m", help="the range of rates: four scrapes (1m)")
        each.add_argument("--maximum", type=int, default=10, help="annotator.autoscaling.maxReplicas (10)")
        each.add_argument(
            "--further-maximum", type=int, default=10, help="the largest maxReplicas of annotator.lines (10)"
        )
    draw.add_argument(
        "--folder", type=Path, default=Path("build/dashboards"), help="where to (build/dashboards)"
    )
    return parser


if __name__ == "__main__":
    end(main)
