"""Plans that settings alone define: what their users, and operators, see and may do on pages and by the API."""

import pytest

from gas.domain.job import JobStatus
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from tests.support.api import ApiSite, make_api_site
from tests.support.pages import OPERATOR, PageSite, make_page_site
from tests.support.plans import INSTITUTE, TEAM, settings_with_further

UNKNOWN = Plan("of_another_installation")


@pytest.fixture
def site() -> ApiSite:
    """An application with four plans."""
    return make_api_site(plans=settings_with_further())


@pytest.fixture
def pages() -> PageSite:
    """The same, for people in front of browsers."""
    return make_page_site(plans=settings_with_further())


def test_everybody_is_told_of_all_plans(site: ApiSite) -> None:
    """The API tells each by its word, with its limits; the first page shows as many cards."""
    told = site.anybody().get("/service-info").get_json()["plans"]
    home = site.app.test_client().get("/").text

    assert set(told) == {"free", "premium", "team", "institute"}
    assert told["team"] == {
        "maxInputBytes": 300_000,
        "maxActiveJobs": 2,
        "maxCpuSeconds": 1200,
        "maxOpenUploads": 50,
        "retentionSeconds": 3600,
    }
    assert told["institute"]["retentionSeconds"] is None
    assert "Four plans" in home
    assert all(word in home for word in ("Team", "Institute", "as long as you are an institute user"))


def test_a_team_user_has_the_limits_of_the_plan(site: ApiSite) -> None:
    """Two jobs at a time, files of its size, and advice that names the next larger plan."""
    tom = site.caller(plan=TEAM)

    me = tom.get("/me").get_json()
    larger = tom.post("/uploads", {"fileName": "a.vcf", "sizeBytes": 300_001})
    names = [site.submit(tom) for _ in range(2)]
    third = tom.post("/jobs", {"key": site.upload(tom)["key"], "reference": "rCRS"})

    assert (me["plan"], me["limits"]["maxInputBytes"], me["limits"]["maxActiveJobs"]) == ("team", 300_000, 2)
    assert larger.status_code == 400
    assert "the team plan takes files of up to 300,000 bytes" in larger.get_json()["detail"]
    assert "Subscribe to the institute plan for files of up to 400,000 bytes" in larger.get_json()["detail"]
    assert (len(set(names)), third.status_code) == (2, 429)


def test_a_team_user_asks_for_what_is_in_the_archive(site: ApiSite) -> None:
    """It may be restored and does not come back by itself, so that it is offered; a free user is told who may."""
    tom, fay = site.caller(plan=TEAM), site.caller()
    assert tom.user is not None
    assert fay.user is not None
    site.job(tom.user, JobStatus.ARCHIVED, "of-a-team", reason=Reason.RETENTION_OVER)
    site.job(fay.user, JobStatus.ARCHIVED, "of-fay", reason=Reason.RETENTION_OVER)

    shown = tom.get("/jobs/of-a-team").get_json()
    restored = tom.post("/jobs/of-a-team/restore", {})
    refused = fay.post("/jobs/of-fay/restore", {})

    assert "restore" in shown["actions"]
    assert shown["sentence"] == (
        "The result is in the archive. It is restored when you become a premium or institute user."
    )
    assert restored.status_code in {200, 202}
    assert refused.status_code == 403
    assert "restored for premium, team and institute users" in refused.get_json()["detail"]


def test_an_institutes_archived_result_comes_back_by_itself(site: ApiSite) -> None:
    """No button is needed, and the plan is called by its word."""
    ina = site.caller(plan=INSTITUTE)
    assert ina.user is not None
    site.job(ina.user, JobStatus.ARCHIVED, reason=Reason.RETENTION_OVER)

    shown = ina.get("/jobs/job-1").get_json()

    assert "restore" not in shown["actions"]
    assert shown["next"] == "You are an institute user now: it is about to be restored."


def test_pages_call_the_plan_by_its_word(pages: PageSite) -> None:
    """The profile, the plan's page with its way out, and the limits before a file is chosen."""
    browser = pages.browser(pages.user(plan=TEAM))

    profile, offer, leave, annotate = (
        browser.get(path).text for path in ("/profile", "/subscribe", "/unsubscribe", "/annotate")
    )

    assert "<strong>team</strong> plan" in profile
    assert "Leave the team plan" in offer
    assert "Become premium" not in offer
    assert "Leave the team plan?" in leave
    assert "Become institute for larger files, or split it." in annotate
    assert "1 hour" in annotate


def test_who_leaves_such_a_plan_is_on_the_first(pages: PageSite) -> None:
    """As from premium: the next page says so, and the record too."""
    ina = pages.user(plan=INSTITUTE)
    browser = pages.browser(ina)

    left = browser.post("/unsubscribe")
    told = browser.get("/profile").text
    after = pages.ports.users.get(ina.user_id)

    assert left.status_code == 303
    assert "You are on the free plan. Results are archived when their time is over." in told
    assert after is not None
    assert after.standing.plan == Plan.FREE


def test_the_page_of_an_archived_result_names_who_keeps_them(pages: PageSite) -> None:
    """A free user reads of all plans that keep results, and is sold the one that is."""
    fay = pages.user()
    pages.job(fay, JobStatus.ARCHIVED, reason=Reason.RETENTION_OVER)

    shown = pages.browser(fay).get("/annotations/job-1").text

    assert "when you become a premium or institute user" in shown
    assert "Premium and institute users" in shown
    assert "Become premium" in shown


def test_operators_give_a_plan_by_its_word(pages: PageSite) -> None:
    """The operators' page offers every plan; a word that is none is refused."""
    fay, olu = pages.user(), pages.user("o", subject=OPERATOR)
    browser = pages.browser(olu)

    offered = browser.get("/operations").text
    done = browser.post("/operations/plan", {"user": fay.user_id, "plan": "team", "sure": "yes"})
    refused = browser.post("/operations/plan", {"user": fay.user_id, "plan": "gold"})
    after = pages.ports.users.get(fay.user_id)

    assert all(f'<option value="{word}"' in offered for word in ("free", "premium", "team", "institute"))
    assert (done.status_code, refused.status_code) == (303, 400)
    assert after is not None
    assert after.standing.plan == TEAM


def test_a_user_on_a_plan_that_is_not_known_here_has_the_smallest(site: ApiSite) -> None:
    """They are let in, and held to the limits of the first plan."""
    una = site.caller(plan=UNKNOWN)

    me = una.get("/me").get_json()
    refused = una.post("/uploads", {"fileName": "a.vcf", "sizeBytes": 153_601})

    assert (me["plan"], me["limits"]["maxInputBytes"]) == ("free", 153_600)
    assert refused.status_code == 400
