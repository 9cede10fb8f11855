"""`python -m dev.measure.load [NAME ...] [--quick] [--seconds N]`: what `make load` calls.

On the node of `make cluster`, which is started and ended when none runs, or on the cluster of KUBECONFIG.
"""

import os
import subprocess
import sys
from collections.abc import Callable

from dev import ROOT
from dev.ending import end
from dev.measure.load.inside import parser
from dev.measure.load.plan import chosen
from dev.measure.load.web_load import LOCUST
from dev.run.cluster import elsewhere
from dev.run.cluster.__main__ import state_dir
from dev.run.cluster.e2e import CANNOT_RUN, here, what_is_missing
from dev.run.cluster.genomes import build_references
from dev.run.cluster.images import build_images
from dev.run.cluster.target import VARIABLE, Target
from dev.run.up.options import BUILD, instance_name
from kube.node.cluster import Cluster

TAG = "load"
REFERENCES = BUILD / "load" / "references"
HOURS = 3 * 3600.0


def main(arguments: list[str]) -> int:
    """Run what is asked for: 0 when every experiment ran, 1 when one broke, 2 for a wrong wish, 77 when none can run.

    Raises:
        ClusterError: the cluster or its images cannot be had.
    """
    options = parser().parse_args(arguments)
    try:
        chosen(options.names, quick=options.quick)
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 2
    missing = what_is_missing(state_dir()) + ([] if LOCUST.exists() else ["Locust: start it by `make load`"])
    if missing:
        _say(f"make load cannot run here, it lacks: {'; '.join(missing)}.")
        return CANNOT_RUN
    return _elsewhere(arguments) if elsewhere.is_named(state_dir()) else _on_own_node(arguments)


def _on_own_node(arguments: list[str]) -> int:
    """On the node that runs; else on one that is started for this and ended."""
    folder = state_dir()
    running = (folder / "cluster.json").exists()
    cluster = Cluster.attach(folder) if running else Cluster.start(folder, instance=instance_name(), say=_say)
    try:
        cluster.load_images([each.archive for each in build_images(_say, tag=TAG)])
        references = build_references(REFERENCES, _say, fly=True)
        return _run(here(cluster, folder, TAG, references=references), cluster.namespaces.inside, arguments)
    finally:
        if not running:
            cluster.stop()


def _elsewhere(arguments: list[str]) -> int:
    built = build_images(_say, tag=TAG, registry=elsewhere.registry())
    references = build_references(REFERENCES, _say, fly=True)
    return _run(elsewhere.as_target(built, TAG, references=references), elsewhere.directly, arguments)


def _run(target: Target, inside: Callable[..., list[str]], arguments: list[str]) -> int:
    path = BUILD / "load" / "target.json"
    target.save(path)
    return subprocess.run(
        inside(sys.executable, "-m", "dev.measure.load.inside", *arguments),
        check=False,
        cwd=ROOT,
        env={**os.environ, VARIABLE: str(path), "PYTHONPATH": str(ROOT)},
        timeout=HOURS,
    ).returncode


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    end(lambda: main(sys.argv[1:]))
