"""What a program tells Prometheus, read. Pure."""

from prometheus_client.parser import text_string_to_metric_families


def counted(text: str, name: str, **labels: str) -> float:
    """The sum of a metric's series that carry these labels."""
    return sum(value for found, value in series(text, name) if labels.items() <= found.items())


def series(text: str, name: str) -> list[tuple[dict[str, str], float]]:
    """Every series of a metric: its labels and its value."""
    # An API server tells tens of thousands of lines, and parsing all of them takes a second.
    own = "".join(f"{line}\n" for line in text.splitlines() if line.startswith(name))
    samples = (sample for family in text_string_to_metric_families(own) for sample in family.samples)
    return [(sample.labels, sample.value) for sample in samples if sample.name == name]


def api_calls(text: str) -> dict[str, int]:
    """The API server's own count of what jobs cost it, by verb and resource.

    Counted are all requests for AnnotationJobs but watches and lists, which come as seldom with many jobs as with few,
    and patches of pods themselves, which are the marks of busy annotators. Events, leases and what Kubernetes does for
    its own pods are not a job's.
    """
    found: dict[str, int] = {}
    for labels, value in series(text, "apiserver_request_total"):
        resource, verb = labels.get("resource", ""), labels.get("verb", "")
        ours = resource == "annotationjobs" and verb not in {"WATCH", "LIST"}
        marks = resource == "pods" and verb in {"PATCH", "APPLY"} and not labels.get("subresource")
        if ours or marks:
            name = " ".join(each for each in (verb, resource, labels.get("subresource", "")) if each)
            found[name] = found.get(name, 0) + int(value)
    return found
