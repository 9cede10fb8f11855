"""Which dashboards there are, and which files they are kept in."""

from pathlib import Path

from dev import ROOT
from dev.write.dashboards.autoscaling import autoscaling_board
from dev.write.dashboards.board import Board
from dev.write.dashboards.grafana import dashboard_json
from dev.write.dashboards.lifecycle import lifecycle_board
from dev.write.dashboards.platform import platform_board

FOLDER = ROOT / "charts" / "gas" / "files" / "dashboards"


def boards() -> tuple[Board, ...]:
    """Every dashboard, in the order in which an on-call engineer opens them."""
    return platform_board(), autoscaling_board(), lifecycle_board()


def dashboard_files() -> dict[Path, str]:
    """Each file and what it should hold; a test compares, `make dashboards` writes."""
    return {FOLDER / f"{board.uid}.json": dashboard_json(board) for board in boards()}
