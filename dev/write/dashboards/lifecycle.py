"""The dashboard *Lifecycle*: does every job move on, and are the bytes where they should be?"""

from dev.write.dashboards.board import Board, Look, Panel, Query, Row, Unit, figure, fine_below, lines
from dev.write.dashboards.promql import a_minute, most, or_none, quantile, rate
from dev.write.dashboards.references import panels_of_references
from dev.write.dashboards.shared import NO_CONFLICT, dead_letters, late, spread

MOVES = "gas_controllers_transition_duration_seconds"


def lifecycle_board() -> Board:
    """Jobs by phase, how long they stay, and what disagrees."""
    return Board(
        "gas-lifecycle",
        "GAS / Lifecycle",
        "Does every job move on, and are its bytes where they should be?",
        (_alive(), _doing(), _wrong()),
    )


def _alive() -> Row:
    return Row(
        "Alive: do the controllers see and sweep?",
        (
            figure(
                "Since the last sweep",
                "Time since due jobs were last looked for. It should stay below twice settings.controllers.sweepSeconds, 15 by default.",
                Unit.SECONDS,
                most("gas_controllers_sweep_age_seconds"),
                fine_below(60, 120),
            ),
            figure(
                "Since the last comparison",
                "Time since all resources were last listed and compared with what the watch told: every ten minutes by default.",
                Unit.SECONDS,
                most("gas_controllers_resync_age_seconds"),
                fine_below(1200, 1800),
            ),
            figure(
                "Since the last event",
                "Time since the watch last told of a change. Long is right when nothing changes, and deafness when something does.",
                Unit.SECONDS,
                f"time() - ({most('gas_controllers_watch_last_event_timestamp_seconds')} > 0)",
            ),
            figure(
                "Longest wait in a lane",
                "How long the oldest item has waited for a worker of the controllers. More than a minute: a lane is stuck.",
                Unit.SECONDS,
                most("gas_controllers_lane_oldest_seconds"),
                fine_below(30, 120),
            ),
            figure(
                "Longest pass",
                "How long the longest pass under way has taken. Copies of large results may take minutes.",
                Unit.SECONDS,
                most("gas_controllers_longest_pass_seconds"),
                fine_below(120, 600),
            ),
            figure(
                "Age of these figures",
                "How old the controllers' figures of jobs, queues and bytes are.",
                Unit.SECONDS,
                most("gas_controllers_overview_age_seconds"),
                fine_below(60, 120),
            ),
        ),
    )


def _doing() -> Row:
    return Row(
        "Doing: where jobs are, how long they stay, and what moves",
        (
            lines(
                "Jobs by phase",
                "Jobs of the working set, those that have a resource, by phase. Pending, Queued, Running and Restoring should drain.",
                Unit.COUNT,
                Query(most("gas_controllers_jobs", "phase"), "{{phase}}"),
                look=Look.STACK,
                width=12,
            ),
            lines(
                "Moves",
                "Jobs that went from one phase to another.",
                Unit.PER_MINUTE,
                Query(
                    or_none(a_minute(f"{MOVES}_count", "from, to"), "controllers", "from"),
                    "{{from}} → {{to}}",
                ),
                width=12,
            ),
            _stay("Time in Pending", 'from="Pending"', "How long checking the input took: a second or two."),
            _stay(
                "Time in Queued",
                'from="Queued"',
                "How long jobs waited for an annotator, each time that they were queued.",
            ),
            _stay("Time in Running", 'from="Running"', "How long one run took, from claim to end."),
            _stay(
                "Time to archive",
                'from=~"Completed|Restored",to="Archived"',
                "How long a result had been downloadable when it was archived: the retention, and whatever came on top.",
            ),
            _stay(
                "Time to restore",
                'from="Restoring",to="Restored"',
                "From the request of a retrieval until the result could be downloaded again: minutes when expedited, else hours.",
            ),
            lines(
                "Retrievals",
                "Retrievals that the archive was asked for, by tier and answer. Refused expedited ones are asked for again as standard.",
                Unit.PER_MINUTE,
                Query(
                    or_none(
                        a_minute("gas_controllers_retrievals_total", "tier, outcome"),
                        "controllers",
                        "outcome",
                    ),
                    "{{tier}} {{outcome}}",
                ),
            ),
            lines(
                "Bytes kept",
                "Bytes of results that are hot, and that are archived, of the working set.",
                Unit.BYTES,
                Query(most("gas_controllers_stored_bytes", "tier"), "{{tier}}"),
                look=Look.STACK,
            ),
            lines(
                "Stages of annotating",
                "How long each stage of a job takes in the annotator (95 %): where the time in Running goes.",
                Unit.SECONDS,
                Query(quantile(0.95, "gas_annotator_stage_duration_seconds", "stage"), "{{stage}}"),
            ),
            lines(
                "Records annotated",
                "Records of VCF files that annotators wrote, a second.",
                Unit.PER_SECOND,
                Query(or_none(rate("gas_annotator_records_total"), "controllers"), "records"),
            ),
            lines(
                "Input read",
                "Bytes of inputs that annotators took, a second.",
                Unit.BYTES_PER_SECOND,
                Query(or_none(rate("gas_annotator_input_bytes_total"), "controllers"), "input"),
            ),
            lines(
                "Passes",
                "Passes of the controllers over jobs, by how they ended. A conflict is another's write: it is looked at again.",
                Unit.PER_MINUTE,
                Query(
                    or_none(a_minute("gas_controllers_reconciles_total", "result"), "controllers", "result"),
                    "{{result}}",
                ),
            ),
            lines(
                "Time of a pass",
                "How long one pass over a job takes: half of them, and 95 %, are faster than this.",
                Unit.SECONDS,
                *spread("gas_controllers_reconcile_duration_seconds"),
            ),
            lines(
                "Lanes",
                "Items that wait in each lane of the controllers: state changes, byte copies, e-mail.",
                Unit.COUNT,
                Query(most("gas_controllers_lane_depth", "lane"), "{{lane}}"),
            ),
            lines(
                "Hints",
                "Messages that the controllers received, by channel and outcome.",
                Unit.PER_MINUTE,
                Query(
                    or_none(
                        a_minute("gas_controllers_hints_total", "channel, outcome"),
                        "controllers",
                        "channel",
                    ),
                    "{{channel}} {{outcome}}",
                ),
            ),
            lines(
                "Status writes",
                "Writes of a resource's status, by outcome: one a move is the aim.",
                Unit.PER_MINUTE,
                Query(
                    or_none(
                        a_minute("gas_controllers_status_writes_total", "outcome"),
                        "controllers",
                        "outcome",
                    ),
                    "{{outcome}}",
                ),
            ),
            *panels_of_references(),
        ),
    )


def _wrong() -> Row:
    return Row(
        "Wrong: what disagrees, is late, or was given up",
        (
            lines(
                "Drift",
                "Disagreements between record, resource and bytes that nobody asked for, by kind; each is put right by itself, unless no "
                "copy of the bytes is left. A steady stream: somebody or something keeps editing.",
                Unit.PER_MINUTE,
                Query(
                    or_none(a_minute("gas_controllers_drift_total", "kind"), "controllers", "kind"),
                    "{{kind}}",
                ),
            ),
            late(
                "Jobs whose archiving or retrieval should have been done by now, by kind.",
            ),
            lines(
                "Given up",
                "Jobs of which something is not tried again until a person acts: a retrieval, or a result without a copy.",
                Unit.COUNT,
                Query(most("gas_controllers_given_up_jobs", "kind"), "{{kind}}"),
                steps=fine_below(1),
            ),
            lines(
                "Failed passes",
                "Passes over a job that failed, by error. Each is tried again, after half a second at first and a minute at last. A "
                "conflict is another's write, and no failure.",
                Unit.PER_MINUTE,
                Query(
                    or_none(
                        a_minute("gas_controllers_reconcile_errors_total", "error", NO_CONFLICT),
                        "controllers",
                        "error",
                    ),
                    "{{error}}",
                ),
            ),
            dead_letters(
                "Messages that nobody could read, by queue.",
            ),
            lines(
                "Absences paused",
                "1 while no missing resource is taken for deleted: they are too many, or the cluster was set back to a backup.",
                Unit.COUNT,
                Query(most("gas_controllers_absences_paused"), "paused"),
                steps=fine_below(1),
            ),
        ),
    )


def _stay(title: str, move: str, says: str) -> Panel:
    """How long jobs had been in the phase that they left by these moves."""
    return lines(title, says, Unit.SECONDS, *spread(MOVES, where=move))
