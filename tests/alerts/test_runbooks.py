"""The runbooks: one for each alert, which begins with the right question, and names only what there is."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from dev import ROOT
from dev.write.charts.files import CHART
from dev.write.charts.values_file import read_values
from dev.write.dashboards.files import boards
from gas.config import Settings
from gas.domain.reasons import Reason
from tests.support.alerts import rules
from tests.support.charts import chart

FOLDER = ROOT / "docs" / "runbooks"
INDEX = FOLDER / "README.md"
RUNBOOKS = sorted(path for path in FOLDER.glob("*.md") if path != INDEX)
PAGES = [*RUNBOOKS, INDEX]

QUESTIONS = ["Is a user hurt?", "See it", "What to do", "Afterwards"]
ANSWERS = ("Yes", "No", "Not", "Soon", "Everybody", "Nobody", "Hardly", "Whoever", "A little")

VALUES = {leaf.name for value in read_values((CHART / "values.yaml").read_text()) for leaf in value.leaves()}
FOREIGN_DEPLOYMENTS = {"keda-operator"}
PROGRAMS = {"kubectl", "helm", "aws", "gas-setup", "gas-absences"}
VERBS = {
    "kubectl": {
        "get",
        "describe",
        "logs",
        "annotate",
        "rollout",
        "scale",
        "patch",
        "delete",
        "top",
        "auth",
        "exec",
    },
    "helm": {"rollback", "upgrade"},
    "aws": {"sqs", "s3", "s3api", "ses"},
    "gas-setup": {"--print", "--dry-run"},
    "gas-absences": {"--meant", "--mistake"},
}


def text(path: Path) -> str:
    """The page."""
    return path.read_text(encoding="utf-8")


def commands(page: str) -> list[list[str]]:
    """Every command of a page, in blocks and in sentences, as words; what is piped into another counts once."""
    blocks = re.findall(r"^ *```\n(.*?)^ *```$", page, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
    spoken = re.findall(r"(?<!`)`([a-z-]+ [^`]+)`(?!`)", page)
    return [line.split(" | ")[0].split() for line in lines] + [
        words for words in map(str.split, spoken) if words[0] in PROGRAMS
    ]


def verb(words: list[str]) -> str:
    """What is asked of a program."""
    rest = [word for word in words[1:] if word not in {"-n", "NAMESPACE", "keda"}]
    return rest[0]


def spoken_by(folder: Path) -> str:
    """Every text that the code of a folder can say: what only explains the code never comes into a log."""
    texts: list[str] = []
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        remarks = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.Expr)}
        texts += [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in remarks
        ]
    return "\n".join(texts)


def test_every_alert_has_a_runbook() -> None:
    """The file that its `runbook_url` names is there; and no runbook is of an alert that is not."""
    urls = {rule["annotations"]["runbook_url"] for rule in rules().values()}

    assert {(ROOT / url).resolve() for url in urls} == set(RUNBOOKS)
    assert [url for url in urls if not (ROOT / url).read_text(encoding="utf-8").strip()] == []


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_it_begins_with_the_user(path: Path) -> None:
    """Is somebody hurt, how is it seen, what is done, and what comes after: in this order, and the first with an answer."""
    page = text(path)

    assert page.startswith(f"# {path.stem}\n\n## Is a user hurt?\n\n")
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == QUESTIONS
    assert page.split("\n\n")[2].startswith(ANSWERS)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_its_commands_exist(path: Path) -> None:
    """Each is of a program that operations have, with a verb that it knows, about an object that the chart makes."""
    page = text(path)
    rendered = chart({"annotator": {"lines": [{"name": "premium", "plans": ["premium"]}]}})
    made = {each["metadata"]["name"] for each in rendered.objects}

    for words in commands(page):
        assert words[0] in PROGRAMS, words
        verbs = VERBS[words[0]]
        assert verb(words) in verbs or words[1:3] == ["get", "--raw"], words
    named = set(re.findall(r"(?:deployment[ /]|scaledobject )(gas-[a-z-]+|keda-operator)", page))
    assert named - FOREIGN_DEPLOYMENTS <= made
    components = set(re.findall(r"app\.kubernetes\.io/component=([a-z-]+)", page))
    assert components <= {"web", "annotator", "annotator-premium", "controllers"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_it_names_only_what_there_is(path: Path) -> None:
    """Values of the chart, settings, reasons, panels of dashboards, other pages, and words of the log."""
    page = text(path)
    said = spoken_by(ROOT / "controllers/src")
    titles = {panel.title for board in boards() for panel in board.panels}
    titles |= {board.title.removeprefix("GAS / ") for board in boards()}
    parts = "web|annotator|controllers|settings|alerts|monitoring|rbac|setup|ingress"

    values = set(re.findall(rf"`((?:{parts})(?:\.[a-zA-Z]+)+)", page))
    assert {
        value for value in values if not any(f"{each}.".startswith(f"{value}.") for each in VALUES)
    } == set()
    reasons = {reason.value for reason in Reason}
    spoken = re.findall(
        r"\b(Waiting[A-Z]\w+|Waking[A-Z]\w+|Retrieval[A-Z]\w+|Copying\w+|Result[A-Z]\w+|Attempts\w+)", page
    )
    assert set(spoken) <= reasons
    assert set(re.findall(r"(?<!\*)\*([A-Z][^*\n]*)\*(?!\*)", page)) <= titles
    assert [link for link in re.findall(r"\]\(([^)#]+)\)", page) if not (FOLDER / link).exists()] == []
    assert [words for words in re.findall(r'grep "([^"]+)"', page) if words not in said] == []


def test_the_index_lists_every_alert() -> None:
    """With its severity, the critical ones first."""
    rows = re.findall(r"^\| \[(Gas\w+)\]\(\1\.md\) \| (\w+) \|", text(INDEX), re.MULTILINE)

    assert dict(rows) == {name: rule["labels"]["severity"] for name, rule in rules().items()}
    assert [severity for _, severity in rows] == sorted(severity for _, severity in rows)


@pytest.mark.parametrize("page", ["charts/gas/README.md", "CHANGELOG.md"])
def test_their_number_is_told(page: str) -> None:
    """Pages that say how many alerts there are count right."""
    assert re.findall(r"(\d+) alerts", text(ROOT / page)) == [str(len(rules()))]


def test_the_times_are_those_of_the_settings() -> None:
    """What the pages say of the defaults is true."""
    settings = Settings()

    assert settings.controllers.resync_seconds == 600
    assert (
        yaml.safe_load((CHART / "values.yaml").read_text())["alerts"]["thresholds"]["freeOldestSeconds"]
        == 900
    )
