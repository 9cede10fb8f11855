"""What is counted from Prometheus' text."""

from dev.measure.metrics import api_calls, counted

METRICS = """\
# HELP apiserver_request_total Requests.
apiserver_request_total{code="201",resource="annotationjobs",subresource="",verb="POST"} 10
apiserver_request_total{code="200",resource="annotationjobs",subresource="status",verb="PATCH"} 41
apiserver_request_total{code="409",resource="annotationjobs",subresource="status",verb="PATCH"} 1
apiserver_request_total{code="200",resource="annotationjobs",subresource="",verb="WATCH"} 7
apiserver_request_total{code="200",resource="annotationjobs",subresource="",verb="LIST"} 3
apiserver_request_total{code="200",resource="pods",subresource="",verb="PATCH"} 20
apiserver_request_total{code="200",resource="pods",subresource="status",verb="PATCH"} 99
apiserver_request_total{code="200",resource="leases",subresource="",verb="PUT"} 500
apiserver_request_total{code="201",resource="events",subresource="",verb="POST"} 30
process_resident_memory_bytes 1.5e+08
"""


def test_calls_of_a_job_are_its_own() -> None:
    """Requests for AnnotationJobs, failed ones too, and marks of pods; no watches, lists, events, leases or pod statuses."""
    assert api_calls(METRICS) == {
        "POST annotationjobs": 10,
        "PATCH annotationjobs status": 42,
        "PATCH pods": 20,
    }


def test_series_are_summed_by_their_labels() -> None:
    """A metric without labels too."""
    assert counted(METRICS, "apiserver_request_total", verb="PATCH", resource="annotationjobs") == 42
    assert counted(METRICS, "process_resident_memory_bytes") == 1.5e8
    assert counted(METRICS, "apiserver_request") == 0
