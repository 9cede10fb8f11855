"""The panels of references, on the dashboard *Lifecycle*: what each costs, and whether its bundle comes to the nodes."""

from dev.write.dashboards.board import Look, Panel, Query, Unit, lines
from dev.write.dashboards.promql import a_minute, most, or_none, quantile, rate
from dev.write.dashboards.shared import spread


def panels_of_references() -> tuple[Panel, ...]:
    """What each reference costs, and whether bundles come."""
    return (
        lines(
            "Wait by reference",
            "How long jobs of a reference had been queued when they were claimed (95 %), with the fetching of its bundle.",
            Unit.SECONDS,
            Query(
                quantile(0.95, "gas_annotator_reference_queue_duration_seconds", "reference"),
                "{{reference}}",
            ),
        ),
        lines(
            "Records by reference",
            "Records of VCF files that annotators wrote, a second, by reference.",
            Unit.PER_SECOND,
            Query(
                or_none(
                    rate("gas_annotator_reference_records_total", "reference"), "controllers", "reference"
                ),
                "{{reference}}",
            ),
        ),
        lines(
            "Processors by reference",
            "Processor seconds a second that annotating takes, by reference: what of the nodes is paid for each.",
            Unit.COUNT,
            Query(
                or_none(
                    rate("gas_annotator_reference_processor_seconds_total", "reference"),
                    "controllers",
                    "reference",
                ),
                "{{reference}}",
            ),
            look=Look.STACK,
        ),
        lines(
            "Bundles fetched",
            "Fetches of bundles that ended, by outcome. Found: another annotator of the node had it by then. Failed and no room are "
            "told to the jobs that wait, and tried again.",
            Unit.PER_MINUTE,
            Query(
                or_none(
                    a_minute("gas_annotator_reference_fetches_total", "outcome"), "controllers", "outcome"
                ),
                "{{outcome}}",
            ),
        ),
        lines(
            "Time to fetch",
            "How long fetching a bundle took, and verifying it: half of them, and 95 %, came in less.",
            Unit.SECONDS,
            *spread("gas_annotator_reference_fetch_duration_seconds"),
        ),
        lines(
            "Bytes fetched",
            "Bytes of bundles that came from the references bucket, a second.",
            Unit.BYTES_PER_SECOND,
            Query(or_none(rate("gas_annotator_reference_fetched_bytes_total"), "controllers"), "bundles"),
        ),
        lines(
            "Bundles on a node",
            "What bundles take on the fullest node, and how much may lie there. At the limit the least recently used make room.",
            Unit.BYTES,
            Query(most("gas_annotator_shelf_bytes"), "bundles"),
            Query(most("gas_annotator_shelf_limit_bytes"), "limit"),
        ),
        lines(
            "Bundles evicted",
            "Bundles that made room for another. A steady stream: annotator.references.size is too small for what is used.",
            Unit.PER_MINUTE,
            Query(or_none(a_minute("gas_annotator_reference_evictions_total"), "controllers"), "evicted"),
        ),
    )
