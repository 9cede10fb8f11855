"""The operators' page, the banner and the pause."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from gas.domain.bulletin import Bulletin
from gas.domain.errors import TransientError
from gas.domain.job import JobStatus
from gas.domain.names import Channel
from gas.domain.overview import Overview, Pool, QueueDepth, Situation, Wait
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas_web.asked.marks import Mark, marks_of
from gas_web.bulletin_reader import SECONDS, BulletinReader
from tests.support.pages import OPERATOR, PageSite, make_page_site
from tests.support.plans import CHANNELS


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def test_operators_tell_everybody(site: PageSite) -> None:
    """A banner stands on every page at once, as text."""
    operator = site.browser(site.user("o", subject=OPERATOR))

    answer = operator.post("/operations/bulletin", {"banner": "Back  at <noon>"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/operations")
    assert "Back at &lt;noon&gt;" in site.browser(None).get("/").text
    assert "Back at &lt;noon&gt;" in operator.get("/annotations/nothing").text
    assert not site.ports.bulletins.read().paused


def write_overview(site: PageSite, age: float = 4, **changes: Any) -> None:
    """Let the controllers have written an overview so many seconds ago."""
    now = site.ports.clock.now()
    overview = Overview(
        time=now - timedelta(seconds=age),
        period=timedelta(seconds=10),
        situations={
            Situation(JobStatus.QUEUED, Reason.WAITING_FOR_ANNOTATOR): 1214,
            Situation(JobStatus.FAILED, Reason.INPUT_REFUSED): 3,
            Situation(JobStatus.FAILED, Reason.LIMIT_EXCEEDED): 7,
        },
        longest_wait=Wait("job-77", now - timedelta(seconds=50)),
        requests=QueueDepth(1209, 5, 1),
        channels=CHANNELS,
        dead_letters=dict.fromkeys(CHANNELS, 0),
        pools=(Pool("annotators", 5),),
        sweep_age=timedelta(seconds=3),
        sweep_period=timedelta(seconds=15),
        drift=2,
        started=now - timedelta(days=1),
    )
    site.ports.overviews.write(replace(overview, **changes))


def words_of(html: str) -> str:
    """What a page says, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_operators_see_how_it_goes(site: PageSite) -> None:
    """Jobs by phase with their reasons, the queue, the annotators, and how old all that is."""
    write_overview(site)
    site.job(site.user("a"), JobStatus.RUNNING)
    operator = site.browser(site.user("o", subject=OPERATOR))

    said = words_of(operator.get("/operations").text)

    assert "As of 4 s ago" in said
    assert "Nothing: all that is measured here is as it should be." in said
    assert "Waiting in the queue 1,209 5 more with annotators, 1 announced for later" in said
    assert "Longest wait 50 s job-77" in said
    assert "Busy annotators 5" in said
    assert "Queued WaitingForAnnotator 1,214" in said
    assert "Failed LimitExceeded 7 InputRefused 3 10" in said
    assert "Archived 0" in said
    assert "Drift 2 since they started" in said
    assert "times that record, resource and bytes disagreed unasked" in said
    assert "Every 15 s a sweep looks for whatever is due." in said
    assert "Due now" in said
    assert "Submissions open" in said
    assert "Announcement to all users" in said
    assert "ready" not in said.split("Busy annotators 5")[1][:20]


def test_how_many_resources_are_missing_is_shown_without_a_pause(site: PageSite) -> None:
    """Once the limit was raised nothing hurts: the figure alone tells how far those that are missing have been looked at."""
    write_overview(site, absent=1037)
    operator = site.browser(site.user("o", subject=OPERATOR))

    said = words_of(operator.get("/operations").text)

    assert "Missing resources 1,037 Drift" in said
    assert "Nothing: all that is measured here is as it should be." in said


def test_what_the_cluster_tells_of_a_pool_is_shown(site: PageSite) -> None:
    """Once it does; what it does not is said to be unknown."""
    write_overview(site, pools=(Pool("annotators", 5, wanted=9), Pool("premium", 0, 0, 0)))
    operator = site.browser(site.user("o", subject=OPERATOR))

    said = words_of(operator.get("/operations").text)

    assert "Busy annotators 5 not told ready, 9 wanted" in said
    assert "Busy premium 0 0 ready, 0 wanted" in said


def test_what_hurts_comes_first(site: PageSite) -> None:
    """Before any figure, the worst on top, with what to type."""
    write_overview(
        site,
        longest_wait=Wait("job-77", site.ports.clock.now() - timedelta(hours=3)),
        dead_letters=dict.fromkeys(CHANNELS, 0) | {Channel.THAW: 4},
    )
    operator = site.browser(site.user("o", subject=OPERATOR))

    said = words_of(operator.get("/operations").text)

    places = [
        said.index(text) for text in ("has waited 3 h", "aj job-77", "4 of thaw", "Waiting in the queue")
    ]
    assert places == sorted(places)
    assert "as it should be" not in said


def test_controllers_that_fell_silent_are_told(site: PageSite) -> None:
    """A clear warning, not only an old time."""
    write_overview(site, age=200)
    operator = site.browser(site.user("o", subject=OPERATOR))

    page = operator.get("/operations").text

    assert "The controllers have not reported for 3 min." in page
    assert "data-silent data-live" in page


def test_without_controllers_there_is_a_page(site: PageSite) -> None:
    """No zeros that nobody counted: what the web itself can count, and what is missing."""
    site.job(site.user("a"), JobStatus.RUNNING)
    operator = site.browser(site.user("o", subject=OPERATOR))

    said = words_of(operator.get("/operations").text)

    assert "The controllers have never reported here." in said
    assert "Due now 0 jobs that the controllers have still to look at" in said
    assert "Dead letters" not in said


def test_what_could_not_be_read_is_unknown(site: PageSite) -> None:
    """Unknown is not zero."""
    write_overview(site, requests=None, dead_letters={Channel.THAW: 0})
    operator = site.browser(site.user("o", subject=OPERATOR))

    said = words_of(operator.get("/operations").text)

    assert "Waiting in the queue unknown" in said
    assert "job-requests not told" in said
    assert "thaw 0" in said


def test_the_page_refreshes_its_figures_alone(site: PageSite) -> None:
    """The part that changes, without the form: nothing new costs 304, a new overview does not."""
    write_overview(site)
    operator = site.browser(site.user("o", subject=OPERATOR))

    first = operator.get("/operations/overview")
    again = operator.get("/operations/overview", headers={"If-None-Match": first.headers["ETag"]})
    write_overview(site, age=1)
    newer = operator.get("/operations/overview", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, newer.status_code) == (200, 304, 200)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert 'id="overview"' in first.text
    assert "<form" not in first.text


def test_the_figures_are_for_operators_alone(site: PageSite) -> None:
    """A script that is not signed in any more learns that; others get what is not there."""
    assert site.browser(None).get("/operations/overview").status_code == 401
    assert site.browser(site.user("p", Plan.PREMIUM)).get("/operations/overview").status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_others_do_not_learn_of_the_page(site: PageSite, method: str) -> None:
    """A premium user gets what one gets for an address that is not there."""
    premium = site.browser(site.user(plan=Plan.PREMIUM))

    answer = (
        premium.get("/operations")
        if method == "get"
        else premium.post("/operations/bulletin", {"paused": "yes"})
    )

    assert answer.status_code == 404
    assert site.ports.bulletins.read() == Bulletin()


def test_a_banner_that_is_too_long_is_given_back(site: PageSite) -> None:
    """Nothing is written, and the words are kept in the form."""
    operator = site.browser(site.user("o", subject=OPERATOR))

    answer = operator.post("/operations/bulletin", {"banner": "x" * 301})

    assert answer.status_code == 400
    assert "x" * 301 in answer.text
    assert site.ports.bulletins.read() == Bulletin()


def test_a_pause_refuses_new_work_and_nothing_else(site: PageSite) -> None:
    """No upload, no job, no retry, on pages and by the API; jobs can still be watched and cancelled."""
    user = site.user()
    site.job(user, JobStatus.FAILED, "job-1")
    site.job(user, JobStatus.RUNNING, "job-2")
    browser = site.browser(user)
    site.ports.bulletins.write(Bulletin(paused=True))

    refused = [
        browser.post("/annotations", {"key": f"gas/{user.user_id}/job-3~a.vcf"}),
        browser.post("/annotations/job-1/retry"),
        browser.get("/annotate/form?name=a.vcf"),
        browser.post("/api/v1/uploads"),
        browser.post("/api/v1/jobs"),
    ]

    assert [answer.status_code for answer in refused] == [503] * 5
    assert all(290 <= int(answer.headers["Retry-After"]) <= 300 for answer in refused)
    assert 'id="upload"' not in browser.get("/annotate").text
    assert browser.get("/annotations/job-2").status_code == 200
    assert browser.post("/annotations/job-2/cancel").status_code == 303


def test_a_pause_keeps_what_was_uploaded(site: PageSite) -> None:
    """Whoever's file arrives in a pause is led to the page that starts the job, which says when that goes on."""
    user = site.user()
    browser = site.browser(user)
    key = f"gas/{user.user_id}/job-3~a.vcf"
    site.put("gas-inputs", key, b"##fileformat=VCFv4.2\n")
    site.ports.bulletins.write(Bulletin(paused=True))

    refused = browser.post("/annotations", {"key": key, "own": "", "reference": "rCRS"})
    back = re.search(r'href="([^"]*)">Back to your upload</a>', refused.text)
    assert back is not None
    start = browser.get(unescape(back[1]))

    assert start.status_code == 200
    assert f'name="key" value="{key}"' in start.text
    assert "New jobs are not taken at the moment" in start.text


def test_a_pause_stops_whatever_starts_work(site: PageSite) -> None:
    """These views say so of themselves, and no others."""
    found = {name for name, view in site.app.view_functions.items() if Mark.STARTS_WORK in marks_of(view)}

    assert found == {
        "pages.plain_form",
        "pages.submit",
        "job_wishes.retry",
        "api.start_upload",
        "api.submit",
        "api.retry",
    }


def test_the_board_is_read_now_and_then_and_may_fail() -> None:
    """Pages within a few seconds cost one read; while the board does not answer, the last bulletin holds."""
    answers: list[Bulletin | None] = [Bulletin("one"), None, Bulletin("two")]
    now = [100.0]

    class Board:
        def read(self) -> Bulletin:
            answer = answers.pop(0)
            if answer is None:
                raise TransientError("no answer")
            return answer

        def write(self, bulletin: Bulletin) -> None:
            raise AssertionError(bulletin)

    read = BulletinReader(Board(), clock=lambda: now[0])
    seen = []
    for step in (0.0, SECONDS - 1, 1.0, SECONDS):
        now[0] += step
        seen.append(read().banner)

    assert seen == ["one", "one", "one", "two"]
    assert answers == []


def test_operators_put_a_user_on_a_plan(site: PageSite) -> None:
    """Where nothing is sold, an operator's word makes somebody premium, and free again; the jobs are told."""
    ada = site.user("a")
    operator = site.browser(site.user("o", subject=OPERATOR))

    answer = operator.post("/operations/plan", {"user": f" {ada.user_id} ", "plan": "premium", "sure": "yes"})
    premium = site.ports.users.get(ada.user_id)
    operator.post("/operations/plan", {"user": ada.user_id, "plan": "free", "sure": "yes"})
    free = site.ports.users.get(ada.user_id)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/operations")
    assert premium is not None
    assert (premium.standing.plan, premium.plan_version) == (Plan.PREMIUM, 2)
    assert premium.due is not None
    assert free is not None
    assert (free.standing.plan, free.plan_version) == (Plan.FREE, 3)


def test_no_plan_is_chosen_for_the_operator(site: PageSite) -> None:
    """Who types a user and presses the button has chosen nothing yet; and what was chosen stays chosen where it is asked again."""
    operator = site.browser(site.user("o", subject=OPERATOR))

    page = operator.get("/operations").text
    empty = operator.post("/operations/plan", {"user": "a" * 26})
    again = operator.post("/operations/plan", {"user": "b" * 26, "plan": "premium"}).text

    assert '<option value="" disabled selected>Choose a plan</option>' in page
    assert re.search(r'<select[^>]* id="plan-plan"[^>]* required>', page)
    assert '<option value="premium">' in page
    assert '<option value="premium" selected>' in again
    assert empty.status_code == 400


def test_ending_a_plan_is_asked_with_what_it_does(site: PageSite) -> None:
    """The count that its owner would be shown comes first; one more button does it, and until then nothing is done."""
    ada = site.user("a", plan=Plan.PREMIUM)
    for number, status in enumerate([JobStatus.COMPLETED] * 3 + [JobStatus.RESTORING, JobStatus.RUNNING]):
        site.job(ada, status, f"job-{number}")
    operator = site.browser(site.user("o", subject=OPERATOR))

    asked = operator.post("/operations/plan", {"user": ada.user_id, "plan": "free"})
    said = words_of(asked.text)
    sent = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', asked.text))
    before = site.ports.users.get(ada.user_id)
    done = operator.post("/operations/plan", sent)
    after = site.ports.users.get(ada.user_id)

    assert asked.status_code == 200
    assert "Put this user on the free plan?" in said
    assert f"User {ada.user_id} is on the premium plan" in said
    assert "3 results that can be downloaded now are archived, the first 5 minutes after the change" in said
    assert "1 result that is being restored goes back to the archive" in said
    assert "1 unfinished job goes on; its result is archived" in said
    assert before == ada
    assert done.status_code == 303
    assert after is not None
    assert after.standing.plan == Plan.FREE


def test_a_plan_that_keeps_results_is_asked_too(site: PageSite) -> None:
    """What comes back is said, and that nothing goes."""
    ada = site.user("a")
    operator = site.browser(site.user("o", subject=OPERATOR))

    said = words_of(operator.post("/operations/plan", {"user": ada.user_id, "plan": "premium"}).text)

    assert "Put this user on the premium plan?" in said
    assert "Results stay downloadable; those that the free plan had archived are restored." in said
    assert site.ports.users.get(ada.user_id) == ada


def test_a_plan_that_a_user_is_on_is_not_asked_about(site: PageSite) -> None:
    """There is nothing to do, which is said beside the form."""
    ada = site.user("a")
    operator = site.browser(site.user("o", subject=OPERATOR))

    answer = operator.post("/operations/plan", {"user": ada.user_id, "plan": "free"})

    assert answer.status_code == 409
    assert "is on the free plan already" in answer.text


@pytest.mark.parametrize(
    ("user", "plan", "status"),
    [("b" * 26, "premium", 404), ("ada@example.org", "premium", 400), ("a" * 26, "gold", 400)],
    ids=["nobody", "no-id", "no-plan"],
)
def test_no_such_user_or_plan(site: PageSite, user: str, plan: str, status: int) -> None:
    """What cannot be done is told beside the form, which keeps what was typed."""
    ada = site.user("a")
    operator = site.browser(site.user("o", subject=OPERATOR))

    answer = operator.post("/operations/plan", {"user": user, "plan": plan})

    assert answer.status_code == status
    assert f'value="{user}"' in answer.text
    assert site.ports.users.get(ada.user_id) == ada
