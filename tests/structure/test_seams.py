"""The seams that no type sees: where two files must agree."""

import ast
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dev.write.docs.settings import PAGE, settings_page
from gas.config import Settings
from gas.domain.job import JobStatus
from gas.domain.names import Channel, Names
from gas.domain.reasons import OF_OWN_FILE, SENTENCES, Reason
from gas.services.heart import BEATS_PER_LEASE
from gas_setup.infrastructure import infrastructure
from gas_web import server
from tests.support.plans import CHANNELS, LINES

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [ROOT / f"{part}/src" for part in (".", "web", "annotator", "controllers", "setup")]
MODULES = [path for package in PACKAGES for path in package.rglob("*.py")]


def crd_schema() -> Any:
    """The schema of the resource."""
    crd = yaml.safe_load((ROOT / "crds/annotationjobs.gas.io.yaml").read_text(encoding="utf-8"))
    return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]


def test_the_phases_of_the_resource_are_the_states_of_the_record() -> None:
    """`job_status` is exactly the phase."""
    phases = crd_schema()["status"]["properties"]["phase"]["enum"]

    assert set(phases) == {status.value for status in JobStatus}


@pytest.mark.parametrize("reason", [reason.value for reason in Reason])
def test_every_reason_is_explained_to_operations(reason: str) -> None:
    """A reason that `kubectl get aj` can show stands in docs/operations.md."""
    assert re.search(rf"\b{reason}\b", (ROOT / "docs/operations.md").read_text(encoding="utf-8"))


def test_the_settings_page_is_fresh() -> None:
    """docs/settings.md is what `make docs` would write."""
    assert PAGE.read_text(encoding="utf-8") == settings_page()


SETTINGS = [
    (section, field)
    for section in ("aws", "lifecycle", "plans", "web", "annotator", "controllers")
    for field in type(getattr(Settings(), section)).model_fields
]


@pytest.mark.parametrize(("section", "field"), SETTINGS, ids=map("-".join, SETTINGS))
def test_every_setting_is_read(section: str, field: str) -> None:
    """What an operator can set has an effect: a part's own settings are read by that part, the others by any."""
    own = ROOT / section / "src"
    readers = [p for p in MODULES if p.name != "config.py" and (not own.is_dir() or p.is_relative_to(own))]

    assert any(re.search(rf"\.{field}\b", path.read_text(encoding="utf-8")) for path in readers)


def test_three_beats_fit_into_a_lease_and_the_message_stays_hidden_as_long() -> None:
    """Two heartbeats may fail before a lease, or the message's invisibility, ends."""
    settings = Settings().annotator

    assert BEATS_PER_LEASE >= 3
    assert settings.lease_seconds / BEATS_PER_LEASE >= 1
    assert settings.wait_seconds < settings.lease_seconds


def test_a_drain_ends_before_the_longest_run() -> None:
    """An annotator that has to stop never waits longer than a job may run."""
    settings = Settings().annotator

    assert settings.drain_seconds < settings.wall_seconds


def test_every_channel_has_a_consumer() -> None:
    """No queue fills up unread: annotators take requests, the controllers all others."""
    assert {*Channel.OTHERS, *(line.channel for line in LINES)} == set(CHANNELS)


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_no_lock_names_a_registry(lock: Path) -> None:
    """Locks have hashes and no addresses."""
    text = lock.read_text(encoding="utf-8")

    assert "--hash=sha256:" in text
    assert "://" not in text


def test_every_direct_dependency_has_its_reason() -> None:
    """Each one stands in the decision record on dependencies."""
    record = (ROOT / "docs/adr/0002-dependencies.md").read_text(encoding="utf-8").lower()
    wanted: set[str] = set()
    for project in (
        ROOT,
        *(ROOT / part for part in ("web", "annotator", "controllers", "setup", "engine", "dev/kube")),
    ):
        wanted |= set(tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"])
    wanted |= {
        line for line in (ROOT / "requirements/dev.in").read_text().splitlines() if line and line[0] != "#"
    }

    names = {re.split(r"[\[=><]", each)[0].strip().lower() for each in wanted} - {"gas", "gas-engine"}
    unexplained = {name for name in names if name not in record}

    assert unexplained == set()


def test_one_module_knows_what_sends_traces_and_two_know_of_traces() -> None:
    """The parts need OpenTelemetry's API alone: its SDK is imported where a collector is set, and only there."""
    knowing: dict[str, set[str]] = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                if name.split(".")[0] == "opentelemetry":
                    knowing.setdefault(path.name, set()).add(name.split(".")[1] if "." in name else "api")

    assert set(knowing) == {"tracing.py", "trace_export.py"}
    assert not {"sdk", "exporter"} & knowing["tracing.py"]


def test_only_settings_read_the_environment() -> None:
    """Nothing in the packages reads the environment but the settings' check, and the child that drops it."""
    readers = {
        path.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        # What WSGI calls the environment of a request is none of the process.
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and ast.unparse(node) != "request.environ"
    }

    assert readers <= {"sandbox.py", "startup.py"}


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "manager", "data", "info"])
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    """A module's name tells what is in it."""
    assert [path for path in MODULES if path.stem == name] == []


def test_every_match_says_what_becomes_of_the_rest() -> None:
    """The last case of each takes whatever is left: for our own unions by `assert_never`, and never in silence."""
    open_or_silent = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Match)
        and (
            ast.unparse(node.cases[-1].pattern).split(" | ")[-1] != "_"
            or any(isinstance(case.body[0], ast.Pass) for case in node.cases)
        )
    ]

    assert open_or_silent == []


def test_the_log_has_constant_texts() -> None:
    """What a line is about stands in its fields: no text is filled in, so that each can be searched for as it is written."""
    filled_in = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) in {"log", "logger"}
        and node.args
        and (len(node.args) > 1 or not isinstance(node.args[0], ast.Constant))
    ]

    assert filled_in == []


def test_every_test_says_what_it_expects() -> None:
    """Each test has a docstring."""
    silent = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]

    assert silent == []


def test_the_readme_shows_both_commands_and_only_targets_that_exist() -> None:
    """What a newcomer types works."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]

    named = {
        t
        for page in pages
        for t in re.findall(r"`(?:eval \"\$\()?make (?:-s )?([a-z0-9-]+)", page.read_text())
    }

    assert {"demo", "test"} <= named
    assert named <= targets


def test_what_make_starts_may_keep_bytecode() -> None:
    """Otherwise each process of a test compiles all of what it imports anew."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    show = ["--eval=environment: ; @env", "environment"]

    shown = subprocess.run(
        ["make", "--silent", *show],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout.splitlines()

    assert f"PYTHONPATH={ROOT}" in shown
    assert not [line for line in shown if line.startswith("PYTHONDONTWRITEBYTECODE=")]


def test_the_infrastructure_covers_every_channel() -> None:
    """gas-setup makes a queue for each channel."""
    names = Names("gas")

    made = str(
        infrastructure(
            names,
            lines=LINES,
            archive_delay_seconds=300,
            inputs_expiry_days=30,
            mail_sender="gas@example.org",
            uploads_from="http://127.0.0.1:8080",
        )
    )

    assert all(names.queue(channel) in made for channel in CHANNELS)


def test_the_clusters_ingress_controller_follows_the_charts_advice() -> None:
    """What the chart's README tells to set of Traefik's own times is what `make e2e` tries, and fits the web's server."""
    rows = (ROOT / "charts/gas/README.md").read_text(encoding="utf-8").splitlines()
    [row] = [line for line in rows if line.startswith("| Traefik |")]
    manifest = (ROOT / "dev/kube/src/kube/node/system/traefik/traefik.yaml").read_text(encoding="utf-8")
    [traefik] = [each for each in yaml.safe_load_all(manifest) if each["kind"] == "Deployment"]
    [container] = traefik["spec"]["template"]["spec"]["containers"]
    option = "--entrypoints.websecure.transport.respondingtimeouts"

    told = {name: int(seconds) for name, seconds in re.findall(r"(\w+Timeout): (\d+)s\b", row)}

    assert told.keys() == {"readTimeout", "idleTimeout"}
    assert told["idleTimeout"] < server.KEEP_ALIVE_SECONDS
    assert {f"{option}.{name.lower()}={seconds}s" for name, seconds in told.items()} <= set(container["args"])


RETIRED = {
    "one address may make": "a user, or an address of strangers",
    "Owed a look": "Due",
    "archived and brought back": "restored",
    "or brought back": "restored",
    "not brought back": "restored",
    "archived result back": "restore an archived result",
    "being brought back": "being restored",
    "is brought back": "is restored",
    "bring a result back": "restore a result",
    "bring the result back": "restore the result",
    "bring results back": "restore results",
    "brings results back": "restores results",
    "is on its way back": "is being restored",
    "ask the operators to bring": "ask the operators to restore",
    "bring it back for a while": "restore it for a while",
    "becomes a premium user": "you become",
    "what everybody is told": "Announcement to all users",
    '"are taken"': "open",
    ">Place<": "Position",
    ">Change<": "REF → ALT",
    "length }} of the first": "of the file's records, or of the first",
    "}} in flight": "with annotators",
    "}} delayed": "announced for later",
}
"""Words that were given up for others: one word for one thing (docs/glossary.md)."""
TOLD = [
    *(path for path in (ROOT / "docs").rglob("*.md") if "adr" not in path.parts),
    *(ROOT / "web/src/gas_web/templates").rglob("*.html"),
    *(ROOT / "charts/gas").glob("*.md"),
    *(ROOT / "cli/src").rglob("*.py"),
    *(ROOT / "crds").glob("*.yaml"),
    ROOT / "README.md",
    *MODULES,
]


def test_no_page_has_a_retired_word() -> None:
    """Neither do templates, the command, the resource, and docstrings, which become the API's description and tables of docs/."""
    found = [
        f"{path.relative_to(ROOT)}: {word!r}, say {better!r}"
        for path in TOLD
        for word, better in RETIRED.items()
        if word.lower() in path.read_text(encoding="utf-8").lower()
    ]

    assert found == []


@pytest.mark.parametrize("sentences", [SENTENCES, OF_OWN_FILE], ids=["of a job", "of an own file"])
def test_owners_are_spoken_to(sentences: dict[Reason, str]) -> None:
    """No sentence for owners calls them "its owner": that is for operators, who read of somebody else."""
    assert [sentence for sentence in sentences.values() if "owner" in sentence.lower()] == []
