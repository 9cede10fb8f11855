"""Plans and lines by settings: what the environment says becomes the two tables, and what cannot be is refused."""

import json

import pytest

from gas.bootstrap import plans_of
from gas.config import Settings
from gas.domain.line import EVERYBODY, Line
from gas.domain.plan import Plan, PlanStanding
from gas.lines import every_line, former_settings, wrong_plans
from gas_controllers.main import deployments
from tests.support.jobs import BEFORE
from tests.support.plans import FURTHER, PREMIUM_LINE

TEAM_LINE = Line("team")


def said(monkeypatch: pytest.MonkeyPatch, **environment: object) -> Settings:
    """Settings from an environment; what is no text is written as JSON."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value if isinstance(value, str) else json.dumps(value))
    return Settings()


def line_of(settings: Settings, plan: str) -> Line:
    """The line of a user on that plan."""
    return plans_of(settings).of(PlanStanding(Plan(plan), BEFORE)).line


def test_without_a_word_there_are_two_plans_and_one_line_in_use() -> None:
    """Premium users' line has a queue, as in every release so far, and nobody stands in it."""
    settings = Settings()

    assert [terms.word for terms in plans_of(settings).terms] == ["free", "premium"]
    assert every_line(settings) == (EVERYBODY, PREMIUM_LINE)
    assert {terms.line for terms in plans_of(settings).terms} == {EVERYBODY}
    assert (wrong_plans(settings), former_settings(settings)) == ([], [])


def test_a_third_plan_and_a_third_line_need_settings_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan's limits, the line that its users' jobs stand in, and the Deployment there."""
    settings = said(
        monkeypatch,
        GAS_PLANS__MORE=FURTHER,
        GAS_LINES={
            "premium": {"plans": ["premium"]},
            "team": {"plans": ["team"], "deployment": "annotators"},
        },
        GAS_CONTROLLERS__ANNOTATOR_DEPLOYMENT="everybodys",
    )

    team = plans_of(settings).called("team")

    assert team is not None
    assert (team.max_input_bytes, team.max_active_jobs, team.keeps_results) == (300_000, 2, False)
    assert [line_of(settings, name) for name in ("free_user", "premium_user", "team_user", "gone_user")] == [
        EVERYBODY,
        PREMIUM_LINE,
        TEAM_LINE,
        EVERYBODY,
    ]
    assert deployments(settings) == {EVERYBODY: "everybodys", PREMIUM_LINE: "", TEAM_LINE: "annotators"}
    assert wrong_plans(settings) == []


def test_settings_of_the_last_release_are_read_and_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """They mean what they meant, and a sentence for each says what to set instead."""
    settings = said(
        monkeypatch,
        GAS_PLANS__PREMIUM_QUEUE="true",
        GAS_ANNOTATOR__PREMIUM="true",
        GAS_CONTROLLERS__PREMIUM_ANNOTATOR_DEPLOYMENT="warm",
    )

    told = former_settings(settings)

    assert line_of(settings, "premium_user") == PREMIUM_LINE
    assert deployments(settings)[PREMIUM_LINE] == "warm"
    assert [sentence.split()[0] for sentence in told] == [
        "GAS_PLANS__PREMIUM_QUEUE",
        "GAS_ANNOTATOR__PREMIUM",
        "GAS_CONTROLLERS__PREMIUM_ANNOTATOR_DEPLOYMENT",
    ]
    assert all("not by the next" in sentence for sentence in told)


def test_what_is_set_anew_goes_before_the_last_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that has premium users already keeps them, and its Deployment."""
    settings = said(
        monkeypatch,
        GAS_LINES={"fast": {"plans": ["premium"]}, "premium": {"deployment": "new"}},
        GAS_PLANS__PREMIUM_QUEUE="true",
        GAS_CONTROLLERS__PREMIUM_ANNOTATOR_DEPLOYMENT="old",
    )

    assert line_of(settings, "premium_user") == Line("fast")
    assert deployments(settings)[PREMIUM_LINE] == "new"


def test_a_line_of_the_last_release_is_there_beside_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the map of lines does not name it."""
    settings = said(monkeypatch, GAS_LINES={"team": {}}, GAS_PLANS__PREMIUM_QUEUE="true")

    assert every_line(settings) == (EVERYBODY, TEAM_LINE, PREMIUM_LINE)
    assert line_of(settings, "premium_user") == PREMIUM_LINE


def test_annotators_of_the_last_release_are_refused_without_their_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They would wait for ever at a queue that nobody made."""
    settings = said(monkeypatch, GAS_LINES={"team": {}}, GAS_ANNOTATOR__PREMIUM="true")

    assert wrong_plans(settings) == [
        "GAS_ANNOTATOR__PREMIUM means premium, and there is no such line: everybody, team."
    ]


@pytest.mark.parametrize("line", ["everybody", "premium", "team"])
def test_annotators_may_take_from_every_line_there_is(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody's, one of the map, and the one that a setting of the last release makes."""
    settings = said(
        monkeypatch, GAS_LINES={"team": {}}, GAS_PLANS__PREMIUM_QUEUE="true", GAS_ANNOTATOR__LINE=line
    )

    assert wrong_plans(settings) == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("GAS_PLANS__MORE", [{**FURTHER[0], "word": "premium"}], "has 'premium' of two plans"),
        ("GAS_PLANS__MORE", [{**FURTHER[0], "name": "free_user"}], "has 'free_user' of two plans"),
        ("GAS_LINES", {"Team": {}}, "GAS_LINES or GAS_ANNOTATOR__LINE: line 'Team'"),
        ("GAS_LINES", {"everybody": {}}, "which every installation has by itself"),
        ("GAS_LINES", {"team": {"plans": ["gold"]}}, "'gold': there is no such plan"),
        ("GAS_LINES", {"a": {"plans": ["free"]}, "b": {"plans": ["free"]}}, "'free': it stands in one line"),
        ("GAS_ANNOTATOR__LINE", "job-requests", "GAS_LINES or GAS_ANNOTATOR__LINE: line 'job-requests'"),
        (
            "GAS_ANNOTATOR__LINE",
            "vop",
            "GAS_ANNOTATOR__LINE is vop, and there is no such line: everybody, premium.",
        ),
    ],
    ids=["word", "name", "line", "everybody", "no-plan", "two-lines", "annotator", "no-line"],
)
def test_what_could_not_be_told_apart_is_refused(
    name: str, value: object, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says which, before anything is made of it."""
    [told] = wrong_plans(said(monkeypatch, **{name: value}))

    assert sentence in told
