"""The JSON of a dashboard, by Grafana's own builders: what `schemaVersion` 41 knows, with nothing of one installation in it."""

import json
from collections.abc import Iterator

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as styles
from grafana_foundation_sdk.models import dashboard as models

from dev.write.dashboards.board import Board, Look, Panel, Query, Unit
from dev.write.dashboards.promql import FURTHER_MAXIMUM, MAXIMUM, SPAN

TAG = "gas"
MOST_ANNOTATORS, MOST_FURTHER_ANNOTATORS = 10, 10
"""The chart's defaults. Neither KEDA nor GAS tells them in a metric: a reader with other maxima types them above the panels."""

FIGURE_HEIGHT, LINES_HEIGHT = 4, 8

_SILENT_IN_THE_LEGEND = (
    models.MatcherConfig(id_val="byValue", options={"reducer": "allIsZero", "op": "gte", "value": 1}),
    [
        models.DynamicConfigValue(
            id_val="custom.hideFrom", value={"legend": True, "tooltip": True, "viz": False}
        )
    ],
)
"""Counts begin at zero for every label that there may be; only what has happened is worth a name below the panel."""

_SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")


def dashboard_json(board: Board) -> str:
    """The dashboard as text, the same for the same board."""
    built = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.asks)
        .tags([TAG])
        .timezone("browser")
        .time("now-3h", "now")
        .refresh("30s")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .editable()
        .link(
            dashboard.DashboardLink("GAS")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .include_vars(True)
            .keep_time(True)
        )
    )
    for variable in _variables(board):
        built.with_variable(variable)
    numbers = iter(range(1, 1000))
    for row in board.rows:
        built.with_row(dashboard.Row(row.title).id(next(numbers)))
        for panel in row.panels:
            built.with_panel(_panel(panel).id(next(numbers)))
    return json.dumps(built.build(), cls=JSONEncoder, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def _variables(
    board: Board,
) -> Iterator[dashboard.DatasourceVariable | dashboard.QueryVariable | dashboard.TextBoxVariable]:
    yield dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
    yield (
        dashboard.QueryVariable("namespace")
        .label("Namespace")
        .description("The instance: one namespace is one installation.")
        .datasource(_SOURCE)
        .query("label_values(gas_build_info, namespace)")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
    )
    for word, label, value, default in (
        (MAXIMUM, "Most annotators", "annotator.autoscaling.maxReplicas", MOST_ANNOTATORS),
        (
            FURTHER_MAXIMUM,
            "Most annotators of a further line",
            "The largest maxReplicas of annotator.lines",
            MOST_FURTHER_ANNOTATORS,
        ),
    ):
        if any(word in query.expr for panel in board.panels for query in panel.queries):
            yield (
                dashboard.TextBoxVariable(word.removeprefix("$"))
                .label(label)
                .description(f"{value} of the installation.")
                .default_value(str(default))
                .current(models.VariableOption(text=str(default), value=str(default)))
            )


def _panel(panel: Panel) -> stat.Panel | timeseries.Panel:
    built = _figure(panel) if panel.look is Look.FIGURE else _lines(panel)
    built.title(panel.title).description(panel.says).unit(_unit(panel.unit)).span(panel.width).datasource(
        _SOURCE
    )
    if panel.steps:
        steps = [models.Threshold(value=step.value, color=step.color) for step in panel.steps]
        built.thresholds(dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))
    for query, letter in zip(panel.queries, "ABCDEF", strict=False):
        built.with_target(_target(query).ref_id(letter))
    return built


def _figure(panel: Panel) -> stat.Panel:
    built = (
        stat.Panel()
        .height(FIGURE_HEIGHT)
        .color_mode(styles.BigValueColorMode.VALUE)
        .graph_mode(styles.BigValueGraphMode.AREA)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
    )
    return built.decimals(0) if panel.unit is Unit.COUNT else built


def _lines(panel: Panel) -> timeseries.Panel:
    built = (
        timeseries.Panel()
        .height(LINES_HEIGHT)
        .min(0)
        .line_width(2)
        .fill_opacity(10)
        .show_points(styles.VisibilityMode.AUTO)
        .legend(
            common.VizLegendOptions()
            .display_mode(styles.LegendDisplayMode.LIST)
            .placement(styles.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(
            common.VizTooltipOptions().mode(styles.TooltipDisplayMode.MULTI).sort(styles.SortOrder.DESCENDING)
        )
    )
    if any("{{" in query.legend for query in panel.queries):
        built.with_override(*_SILENT_IN_THE_LEGEND)
    if panel.look is Look.STACK:
        built.stacking(common.StackingConfig().mode(styles.StackingMode.NORMAL)).fill_opacity(60).line_width(
            1
        )
    if panel.look is Look.STEPS:
        built.line_interpolation(styles.LineInterpolation.STEP_AFTER)
    if panel.steps:
        built.thresholds_style(
            common.GraphThresholdsStyleConfig().mode(styles.GraphThresholdsStyleMode.DASHED)
        )
    return built


def _target(query: Query) -> prometheus.Dataquery:
    built = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).datasource(_SOURCE)
    # What looks back over the whole span is asked once, and not anew for every point of a line.
    return built.instant() if SPAN in query.expr else built.range()


def _unit(unit: Unit) -> str:
    # Grafana has no unit of its own for cores; a suffix is shown as it stands.
    return "suffix: cores" if unit is Unit.CORES else unit.value
