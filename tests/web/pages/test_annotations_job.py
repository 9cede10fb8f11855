"""The pages about jobs: what they say in each state, what they offer, and to whom."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from gas.domain.job import Job, JobStatus
from gas.domain.outputs import Output
from gas.domain.own_file import MAX_OWN_BYTES, about_own_file, own_file_too_large
from gas.domain.plan import Plan
from gas.domain.problems import Problem
from gas.domain.reasons import Reason
from gas.domain.record import Result
from tests.support.jobs import NOW, OWN_FILE
from tests.support.pages import OPERATOR, PageSite, make_page_site

ALL_WISHES = {"cancel", "retry", "restore", "delete"}
ALL_FILES = {"result", "preview", "log", "input"}


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


@pytest.mark.parametrize("plan", [Plan.FREE, Plan.PREMIUM], ids=["free", "premium"])
@pytest.mark.parametrize(
    ("status", "wishes", "files"),
    [
        (JobStatus.PENDING, {"cancel", "delete"}, {"input"}),
        (JobStatus.QUEUED, {"cancel", "delete"}, {"input"}),
        (JobStatus.RUNNING, {"cancel", "delete"}, {"input"}),
        (JobStatus.COMPLETED, {"delete"}, ALL_FILES),
        (JobStatus.ARCHIVED, {"restore", "delete"}, ALL_FILES - {"result"}),
        (JobStatus.RESTORING, {"delete"}, ALL_FILES - {"result"}),
        (JobStatus.RESTORED, {"delete"}, ALL_FILES),
        (JobStatus.FAILED, {"retry", "delete"}, {"input"}),
        (JobStatus.CANCELLED, {"delete"}, {"input"}),
        (JobStatus.DELETED, set(), set()),
    ],
)
def test_a_job_offers_what_its_state_allows(
    site: PageSite, status: JobStatus, wishes: set[str], files: set[str], plan: Plan
) -> None:
    """There is a button or link for each thing that can be done now, and for nothing else."""
    user = site.user(plan=plan)
    site.job(user, status)
    # Free users' results stay in the archive, and premium users' leave it by themselves.
    wishes = wishes - {"restore"}

    page = site.browser(user).get("/annotations/job-1").text

    assert f">{status.value}</span>" in page
    assert {wish for wish in ALL_WISHES if f'/annotations/job-1/{wish}"' in page} == wishes
    assert {file for file in ALL_FILES if f'/annotations/job-1/{file}"' in page} == files
    assert ("Become premium" in page) == (status is JobStatus.ARCHIVED and plan == Plan.FREE)


@pytest.mark.parametrize(
    ("status", "marks"),
    [
        (status, 1 if status.value in {"Pending", "Queued", "Running", "Restoring"} else 0)
        for status in JobStatus
    ],
)
def test_a_job_at_rest_is_not_looked_at_again(site: PageSite, status: JobStatus, marks: int) -> None:
    """Pages of jobs that move refresh themselves; the others load no script for it."""
    user = site.user()
    site.job(user, status)

    page = site.browser(user).get("/annotations/job-1").text

    assert page.count("data-live") == marks
    assert page.count("htmx.min.js") == marks


def test_times_in_sentences_are_marked_up(site: PageSite) -> None:
    """The sentence keeps its words, and its time can be shown in the reader's zone."""
    user = site.user()
    site.job(user, JobStatus.COMPLETED, reason=Reason.RETENTION_RUNNING, retain_until=site.ports.clock.now())

    page = site.browser(user).get("/annotations/job-1").text

    assert (
        'The result can be downloaded until <time datetime="2026-11-23T12:00:00Z">23 Nov 2026, 12:00 UTC</time>, '
        "then it is archived." in page
    )


@pytest.mark.parametrize("path", ["/annotations/job-1/delete", "/profile/delete"])
@pytest.mark.parametrize("keeps", [False, True])
def test_whether_anything_brings_files_back_is_said_before_the_click(
    monkeypatch: pytest.MonkeyPatch, path: str, *, keeps: bool
) -> None:
    """Where buckets keep versions of what people delete, which is a setting, nobody is told that it is gone for good."""
    monkeypatch.setenv("GAS_LIFECYCLE__KEEP_VERSIONS", str(keeps))
    site = make_page_site()
    user = site.user()
    site.job(user, JobStatus.COMPLETED)

    page = site.browser(user).get(path).text

    assert [each in page for each in ("Nothing brings them back", "earlier versions")] == [not keeps, keeps]


def test_hostile_names_and_details_are_only_text(site: PageSite) -> None:
    """What a file is called, and what it holds, is shown and never run."""
    user = site.user()
    hostile = "<script>alert('1')</script>"
    site.job(
        user,
        JobStatus.FAILED,
        name=f"{hostile}.vcf".replace("/", "|"),
        reason=Reason.INPUT_REFUSED,
        detail=hostile,
    )
    browser = site.browser(user)

    pages = [
        browser.get(path).text for path in ("/annotations", "/annotations/job-1", "/annotations/job-1/delete")
    ]

    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    "path",
    ["", "/status", "/received", "/delete", "/input", "/result", "/log", "/preview", "/download/index"],
)
def test_others_jobs_do_not_exist(site: PageSite, path: str) -> None:
    """Another user, premium or operator, gets what one gets for a job that never was."""
    site.job(site.user("a"), JobStatus.COMPLETED)
    stranger = site.browser(site.user("b", Plan.PREMIUM, OPERATOR))

    answer, never = stranger.get(f"/annotations/job-1{path}"), stranger.get(f"/annotations/job-2{path}")

    assert (answer.status_code, never.status_code) == (404, 404)
    assert answer.text == never.text


@pytest.mark.parametrize(
    "path", ["/annotate", "/annotations", "/annotations/job-1", "/annotations/job-1/log"]
)
def test_strangers_are_sent_to_sign_in(site: PageSite, path: str) -> None:
    """Whoever is not signed in comes back to the page after signing in."""
    answer = site.browser(None).get(path)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"/login?next={path}")


def test_a_refresh_without_session_is_no_sign_in_page(site: PageSite) -> None:
    """A script that looks again is told so, and does not put the sign-in page into this one."""
    assert site.browser(None).get("/annotations/job-1/status").status_code == 401


@pytest.mark.parametrize("wish", sorted(ALL_WISHES))
def test_following_a_link_changes_nothing(site: PageSite, wish: str) -> None:
    """Only a POST notes a wish."""
    user = site.user()
    job = site.job(user, JobStatus.FAILED)
    before = site.ports.jobs.get(job.job_id)

    site.browser(user).get(f"/annotations/job-1/{wish}")

    assert site.ports.jobs.get(job.job_id) == before


@pytest.mark.parametrize(
    ("wish", "status", "intent"),
    [
        ("cancel", JobStatus.RUNNING, "cancel_requested"),
        ("retry", JobStatus.FAILED, "retry_requested"),
        ("restore", JobStatus.ARCHIVED, "restore_requested"),
        ("delete", JobStatus.COMPLETED, "delete_requested"),
    ],
)
def test_a_wish_is_noted_and_told(site: PageSite, wish: str, status: JobStatus, intent: str) -> None:
    """The button notes the wish, and the next page says so."""
    user = site.user(plan=Plan.PREMIUM)
    site.job(user, status)
    browser = site.browser(user)

    answer = browser.post(f"/annotations/job-1/{wish}")

    job = site.ports.jobs.get("job-1")
    assert job is not None
    assert getattr(job.intents, intent) is not None
    assert (answer.status_code, answer.headers["Location"]) == (303, "/annotations/job-1")
    assert 'role="status">The ' in browser.get("/annotations/job-1").text


def test_free_users_restore_nothing(site: PageSite) -> None:
    """A free user who sends the form anyway is told what would help."""
    user = site.user()
    site.job(user, JobStatus.ARCHIVED)

    answer = site.browser(user).post("/annotations/job-1/restore")

    assert answer.status_code == 403
    assert "subscribe to the premium plan" in answer.text


def test_an_unchanged_status_is_not_sent_again(site: PageSite) -> None:
    """The same job costs 304; any change, progress too, costs a new answer."""
    user = site.user()
    job = site.job(user, JobStatus.RUNNING)
    browser = site.browser(user)
    first = browser.get("/annotations/job-1/status")
    tag = {"If-None-Match": first.headers["ETag"]}

    again = browser.get("/annotations/job-1/status", headers=tag)
    assert job.lease is not None
    site.ports.jobs.heartbeat(job.job_id, job.fence, job.lease.expires, 50)
    later = browser.get("/annotations/job-1/status", headers=tag)

    assert (again.status_code, again.data) == (304, b"")
    assert later.status_code == 200
    assert 'value="50"' in later.text
    assert first.headers["Cache-Control"] == "private, no-cache"


def test_a_name_that_only_looks_like_a_time_stays(site: PageSite) -> None:
    """A detail with an impossible date is shown as it stands."""
    user = site.user()
    site.job(user, JobStatus.FAILED, reason=Reason.INPUT_REFUSED, detail="2026-99-99 12:00:00 UTC")

    assert "refused: 2026-99-99 12:00:00 UTC" in site.browser(user).get("/annotations/job-1").text


def test_an_archived_job_of_a_new_premium_user_comes_back_and_is_watched(site: PageSite) -> None:
    """Between the upgrade and the controllers' work, the page says what comes, and looks again by itself."""
    user = site.user(plan=Plan.PREMIUM)
    site.job(user, JobStatus.ARCHIVED, reason=Reason.RETENTION_OVER)
    site.job(user, JobStatus.ARCHIVED, "job-2", reason=Reason.POLICY_IMMEDIATE)
    browser = site.browser(user)

    comes, stays = browser.get("/annotations/job-1").text, browser.get("/annotations/job-2").text

    assert "You are a premium user now: it is about to be restored." in comes
    assert "when you become" not in comes
    assert "/annotations/job-1/restore" not in comes
    assert "data-live" in comes
    assert "about to be restored" not in stays
    assert "/annotations/job-2/restore" in stays
    assert "data-live" not in stays


def test_what_operations_archived_is_not_said_to_come_back(site: PageSite) -> None:
    """Becoming premium restores what the free plan archived, and nothing else: the page and the notice say so."""
    user = site.user()
    site.job(user, JobStatus.ARCHIVED, reason=Reason.RETENTION_OVER)
    site.job(user, JobStatus.ARCHIVED, "job-2", reason=Reason.POLICY_IMMEDIATE)
    browser = site.browser(user)
    usual, asked_for = browser.get("/annotations/job-1").text, browser.get("/annotations/job-2").text

    browser.post("/subscribe", {"next": "/annotations/job-2"})
    after = browser.get("/annotations/job-2").text

    assert "archived ones are restored by themselves" in usual
    assert "restored by themselves" not in asked_for
    assert "because operations asked for that" in asked_for
    assert "Become premium" in asked_for
    assert "Archived results are being restored" not in after
    assert "Results that the free plan had archived are being restored." in after


@pytest.mark.parametrize(
    ("reason", "first", "second"),
    [
        (Reason.INPUT_REFUSED, "Annotate another file", "Retry"),
        (Reason.ATTEMPTS_EXHAUSTED, "Retry", "Annotate another file"),
        (Reason.DEADLINE_EXCEEDED, "Annotate another file", "Retry"),
    ],
)
def test_the_first_button_of_a_failed_job_is_what_helps(
    site: PageSite, reason: Reason, first: str, second: str
) -> None:
    """A file that was refused is refused again; a job whose attempts were lost may well succeed."""
    user = site.user()
    site.job(user, JobStatus.FAILED, reason=reason)

    page = site.browser(user).get("/annotations/job-1").text

    assert page.index(f">{first}<") < page.index(f">{second}<")
    button = page[: page.index(f">{first}<")].rsplit("<", 1)[1]
    assert "btn-primary" in button


def test_a_file_that_is_too_large_leads_to_the_plans(site: PageSite) -> None:
    """A free user's may be small enough for premium; a premium user has nowhere to go."""
    free, premium = site.user("a"), site.user("b", Plan.PREMIUM)
    for number, user in enumerate((free, premium)):
        site.job(user, JobStatus.FAILED, f"job-{number}", reason=Reason.INPUT_TOO_LARGE, detail="too large.")

    pages = [site.browser(user).get(f"/annotations/job-{n}").text for n, user in enumerate((free, premium))]

    assert ["Take larger files" in page for page in pages] == [True, False]


def test_an_own_file_that_no_plan_takes_leads_nowhere(site: PageSite) -> None:
    """A larger plan would not help; one that the user's own plan alone does not take leads to the plans."""
    user = site.user()
    told = [own_file_too_large(MAX_OWN_BYTES + 1), "it has 1,001 bytes, a free user's limit is 1,000 bytes."]
    for number, detail in enumerate(map(about_own_file, told)):
        site.job(
            user,
            JobStatus.FAILED,
            f"job-{number}",
            own_file=OWN_FILE,
            reason=Reason.INPUT_TOO_LARGE,
            detail=detail,
        )

    pages = [site.browser(user).get(f"/annotations/job-{number}").text for number in (0, 1)]

    assert ["Take larger files" in page for page in pages] == [False, True]
    assert "The file of your own variants is too large: it has 268,435,457 bytes" in pages[0]


def test_a_result_whose_bytes_are_missing_is_not_offered(site: PageSite) -> None:
    """The page says that it is missing where the link would be."""
    user = site.user()
    site.job(user, JobStatus.COMPLETED, reason=Reason.RESULT_MISSING)

    page = site.browser(user).get("/annotations/job-1").text

    assert "/annotations/job-1/result" not in page
    assert "Annotated VCF <span>missing</span>" in page
    assert "/annotations/job-1/log" in page


def test_what_is_copied_is_what_is_shown(site: PageSite) -> None:
    """The job's id and the result's SHA-256, by which a download can be checked."""
    user = site.user()
    job = site.job(user, JobStatus.ARCHIVED)
    assert job.result is not None

    page = site.browser(user).get("/annotations/job-1").text

    assert 'data-copy="job-1"' in page
    assert (
        f'<code>{job.result.sha256}</code> <button class="copy" type="button" data-copy="{job.result.sha256}"'
        in page
    )


def short_of(job: Job, *without: Output) -> Result:
    """A result one of whose two variants has another REF than the reference."""
    assert job.result is not None
    problems = (Problem("reference_mismatch", 1, 7),)
    kept = {output: stored for output, stored in job.result.outputs.items() if output not in without}
    return replace(job.result, outputs=kept, variants=2, annotated_variants=1, problems=problems)


SHORT = "1 of 2 annotated; 1 does not match the reference, see line 7."


@pytest.mark.parametrize("status", [JobStatus.COMPLETED, JobStatus.ARCHIVED, JobStatus.RESTORED])
def test_records_without_consequences_are_told_in_amber(site: PageSite, status: JobStatus) -> None:
    """On the page, above the statistics, in the list and by the API: how many, why, and in which line the first is."""
    user = site.user()
    job = site.job(user, status)
    site.ports.jobs.commit(job, replace(job, result=short_of(job)))
    browser = site.browser(user)

    page, statistics, listed = (
        browser.get(path).text
        for path in ("/annotations/job-1", "/annotations/job-1/preview", "/annotations")
    )
    told = browser.get("/api/v1/jobs/job-1").get_json()

    mark = "cold" if status is JobStatus.ARCHIVED else "warm"
    assert f'<span class="state {mark} state-big">{status.value}</span>' in page
    assert f'<span class="state {mark}">{status.value}</span>' in listed
    assert f'<p class="alert alert-warning mb-2">{SHORT}</p>' in page
    assert f'<p class="alert alert-warning">{SHORT}' in statistics
    assert '<span class="hint some number">1 of 2 annotated</span>' in listed
    assert told["remark"] == SHORT
    assert told["problems"] == [{"kind": "reference_mismatch", "records": 1, "firstLine": 7}]


def test_a_result_without_gaps_is_told_without_amber(site: PageSite) -> None:
    """Nothing is remarked on where all is annotated."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED)
    site.ports.jobs.commit(
        job, replace(job, result=replace(short_of(job), annotated_variants=2, problems=()))
    )
    browser = site.browser(user)

    page, listed = (browser.get(path).text for path in ("/annotations/job-1", "/annotations"))

    assert "alert-warning mb-2" not in page
    assert '<span class="state good state-big">Completed</span>' in page
    assert '<span class="state good">Completed</span>' in listed
    assert "annotated</span>" not in listed
    assert "with a remark" not in listed


def test_a_remark_on_no_count_is_told_in_the_list_too(site: PageSite) -> None:
    """Not by its colour alone: where all is annotated, words say that the page has more to tell."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED)
    whole = replace(short_of(job), annotated_variants=2, problems=()).without([Output.TABLE])
    site.ports.jobs.commit(job, replace(job, result=whole))

    listed = site.browser(user).get("/annotations").text

    assert '<span class="state warm">Completed</span>' in listed
    assert '<span class="hint some">with a remark</span>' in listed


def test_a_missing_index_is_explained(site: PageSite) -> None:
    """The row stays, and says what would give the result one; whoever asks for it by its address reads the same."""
    user = site.user()
    job = site.job(user, JobStatus.COMPLETED)
    site.ports.jobs.commit(job, replace(job, result=short_of(job, Output.INDEX)))
    browser = site.browser(user)

    page, asked = browser.get("/annotations/job-1").text, browser.get("/annotations/job-1/download/index")

    assert "<li>Index <span>There is none. The log says why: an index needs records in order of their" in page
    assert asked.status_code == 404
    assert "bcftools sort" in asked.text


def test_a_suspended_job_speaks_to_its_owner(site: PageSite) -> None:
    """Who cannot use `kubectl` is told of no field of a resource."""
    user = site.user()
    site.job(user, JobStatus.PENDING, reason=Reason.SUSPENDED)

    page = site.browser(user).get("/annotations/job-1").text

    assert "Operations have suspended the job." in page
    assert "spec." not in page


@pytest.mark.parametrize("plan", [Plan.FREE, Plan.PREMIUM], ids=["free", "premium"])
def test_the_page_of_an_archived_result_knows_the_plan(site: PageSite, plan: Plan) -> None:
    """Nobody who is premium is told, there or by the API, that becoming it would help."""
    user = site.user(plan=plan)
    site.job(user, JobStatus.ARCHIVED, reason=Reason.RETENTION_OVER)
    browser = site.browser(user)

    page, refused = browser.get("/annotations/job-1/result"), browser.get("/api/v1/jobs/job-1/result")

    for answer in (page, refused):
        assert answer.status_code == 409
        assert ("when you become a premium user" in answer.text) is (plan == Plan.FREE)


def test_a_job_tells_of_its_own_file(site: PageSite) -> None:
    """With what was looked up for the result; one that an older annotator did without says that instead."""
    user = site.user()
    site.job(user, JobStatus.COMPLETED, "job-1", own_file=OWN_FILE, own_sha256="ab" * 32)
    site.job(user, JobStatus.COMPLETED, "job-2", own_file=OWN_FILE)
    site.job(user, JobStatus.COMPLETED, "job-3")

    used, unused, without = (
        site.browser(user).get(f"/annotations/job-{number}").text for number in (1, 2, 3)
    )

    assert "mine.bed" in used
    assert "looked up, with its keys beginning <code>Own_</code>" in used
    assert "abababababab" in used
    assert "looked up, with" not in unused
    assert "The file of your own variants was not looked up" in unused
    assert "own file" not in without.lower()
    assert 'href="/annotations/job-1/download/own"' in used


def test_a_refused_own_file_is_told(site: PageSite) -> None:
    """The sentence names that file, the line and the reason; no line of the input is shown for it."""
    user = site.user()
    detail = "the file of your own variants, line 1: this is no region"
    site.job(user, JobStatus.FAILED, own_file=OWN_FILE, reason=Reason.INPUT_REFUSED, detail=detail)

    page = site.browser(user).get("/annotations/job-1").text

    assert "The file of your own variants was refused: line 1: this is no region" in page
    assert "The line begins:" not in page


def test_a_hot_result_of_a_new_premium_user_is_told_no_end(site: PageSite) -> None:
    """Before the controllers have looked at it: the job's page, the list and the API know the plan already."""
    user = site.user(plan=Plan.PREMIUM)
    until = NOW + timedelta(minutes=4)
    site.job(user, JobStatus.COMPLETED, reason=Reason.RETENTION_RUNNING, retain_until=until)
    browser = site.browser(user)

    page, listed = (browser.get(path).text for path in ("/annotations/job-1", "/annotations"))

    assert "as long as you are a premium user" in page
    assert "Download until" not in page
    assert "until <time" not in listed


def test_a_new_premium_user_is_led_to_another_try(site: PageSite) -> None:
    """Where the plan has grown, what the job's page offers first is the way on, and no plan that one has."""
    user = site.user(plan=Plan.PREMIUM)
    said = "it took more than 600 seconds of processor time, a free user's limit."
    site.job(user, JobStatus.FAILED, reason=Reason.LIMIT_EXCEEDED, detail=said)

    page = site.browser(user).get("/annotations/job-1").text

    assert "You are a premium user now" in page
    assert "Become" not in page
    assert re.search(r'<button class="btn btn-primary"[^>]*>Retry<', page)
