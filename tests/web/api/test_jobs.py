"""The API's operations on jobs: upload, submit, list, look, ask, download."""

from datetime import timedelta
from typing import Any

import pytest

from gas.adapters.memory.messaging import InMemoryPublisher
from gas.config import PlanSettings
from gas.domain.catalogue import Contig
from gas.domain.job import JobEvent, JobStatus
from gas.domain.plan import Plan
from gas.domain.reasons import Reason
from gas.domain.record import Retrieval
from gas.domain.spec import RetrievalTier
from gas.services.ask_job import after_move
from tests.support.api import OPERATOR, VCF, ApiSite, Caller, make_api_site
from tests.support.by_hand import make_unreadable
from tests.support.references import an_entry, publish


@pytest.fixture
def site() -> ApiSite:
    """An application with the usual settings."""
    return make_api_site()


def test_a_file_becomes_a_job(site: ApiSite) -> None:
    """Upload, submit, look: the job is the caller's, named by its file, and its state is told in words."""
    ada = site.caller()

    form = site.upload(ada, "sample é.vcf")
    answer = ada.post("/jobs", {"key": form["key"], "reference": "rCRS"})
    job = answer.get_json()

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/jobs/{form['jobId']}"
    assert ada.get(f"/jobs/{job['id']}").get_json() == job
    assert job["id"] == form["jobId"]
    assert job["file"] == "sample é.vcf"
    assert job["state"] == "Pending"
    assert job["sentence"] == "The input file is being checked."
    assert job["next"] == "Once it is accepted, the job waits for an annotator."
    assert job["submitted"] == "2026-01-01T12:00:00Z"
    assert job["actions"] == ["cancel", "delete"]
    assert job["files"] == ["input"]


@pytest.mark.parametrize("body", [{}, {"reference": "auto"}], ids=["no name", "auto"])
def test_who_names_no_reference_gets_the_one_of_the_header(site: ApiSite, body: dict[str, str]) -> None:
    """As the page and the command choose it; the job says which that is, and the same submission finds it again."""
    ada = site.caller()
    yeast = an_entry("yeastI", "c" * 64, contigs=(Contig("chrI", 230_218),))
    publish(site.ports.references, yeast)
    form = site.upload(ada, content=b"##fileformat=VCFv4.2\n##contig=<ID=chrI,length=230218>\n")

    first, again = (ada.post("/jobs", {"key": form["key"], **body}) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json()["reference"] == again.get_json()["reference"] == "yeastI"
    assert first.get_json()["referenceDigest"] == yeast.digest


def test_a_header_that_nothing_fits_is_refused_in_words(site: ApiSite) -> None:
    """What it seems to be, what there is, and what to do."""
    ada = site.caller()
    form = site.upload(ada, content=b"##fileformat=VCFv4.2\n##contig=<ID=chr1,length=249250621>\n")

    answer = ada.post("/jobs", {"key": form["key"]})

    assert answer.status_code == 400
    assert answer.get_json()["detail"].startswith(
        "The file seems to be made on GRCh37 (hg19), and no reference"
    )
    assert answer.get_json()["detail"].endswith("submit it with that reference's name.")


def test_a_mere_guess_is_refused_in_words(site: ApiSite) -> None:
    """Where several may fit; who names one of them insists."""
    ada = site.caller()
    publish(site.ports.references, an_entry("yeastI", "c" * 64, contigs=(Contig("chrI", 230_218),)))
    form = site.upload(ada, content=b"##fileformat=VCFv4.2\n")

    answer = ada.post("/jobs", {"key": form["key"]})
    named = ada.post("/jobs", {"key": form["key"], "reference": "rCRS"})

    assert answer.status_code == 400
    assert 'It may be rCRS or yeastI: submit it with "reference": "NAME"' in answer.get_json()["detail"]
    assert named.status_code == 201


def test_the_form_binds_key_size_type_and_time(site: ApiSite) -> None:
    """The form holds for five minutes, and names the caller's own folder and the plan's limit."""
    ada = site.caller()
    assert ada.user is not None

    form = ada.post("/uploads", {"fileName": "a.vcf.gz"}).get_json()

    assert form["maxBytes"] == 153_600
    assert form["expires"] == "2026-01-01T12:05:00Z"
    assert form["key"] == f"gas/{ada.user.user_id}/{form['jobId']}~a.vcf.gz"
    assert form["fields"]["key"] == form["key"]
    assert form["fields"]["Content-Type"] == "application/gzip"
    assert form["fields"]["x-amz-meta-job-id"] == form["jobId"]
    assert site.links.receive(form["url"], form["fields"], b"x" * 153_601) == 400


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"fileName": "a.txt"}, "does not end with .vcf"),
        ({"fileName": ".vcf"}, "does not end with .vcf"),
        ({"fileName": "../a.vcf"}, "cannot be used"),
        ({"fileName": "a\x00.vcf"}, "cannot be used"),
        ({"fileName": "a.vcf", "sizeBytes": 153_601}, "Subscribe to the premium plan"),
        ({"fileName": "a.vcf", "sizeBytes": 0}, "sizeBytes"),
        ({"fileName": "a.vcf", "sizeBytes": "9"}, "sizeBytes"),
        ({"fileName": "a.vcf", "other": 1}, "other"),
        ({}, "fileName"),
        ([], "request is not valid"),
    ],
)
def test_an_upload_that_cannot_be_is_refused_in_words(site: ApiSite, body: object, said: str) -> None:
    """The answer says what is wrong before a byte is sent."""
    answer = site.caller().post("/uploads", body)

    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert said in answer.get_json()["detail"]


def test_a_premium_user_may_upload_more(site: ApiSite) -> None:
    """The limit follows the plan, now."""
    pat = site.caller(plan=Plan.PREMIUM)

    large = pat.post("/uploads", {"fileName": "a.vcf", "sizeBytes": 10**9})
    untold = pat.post("/uploads", {"fileName": "a.vcf"})

    assert (large.status_code, large.get_json()["maxBytes"]) == (201, 10**9)
    assert (untold.status_code, untold.get_json()["maxBytes"]) == (201, 5 * 1024**3)


def test_only_json_is_read(site: ApiSite) -> None:
    """A form that another site could send is refused."""
    answer = site.caller().call("POST", "/uploads", data='{"fileName": "a.vcf"}', content_type="text/plain")

    assert answer.status_code == 415


def test_the_same_key_names_the_same_job(site: ApiSite) -> None:
    """Sent again, a submission gives the job that it made before; with another body it is refused."""
    ada, key = site.caller(), {"Idempotency-Key": "run 7"}
    body = {"key": site.upload(ada)["key"], "reference": "rCRS"}
    other = {"key": site.upload(ada)["key"], "reference": "rCRS"}

    answers = [ada.post("/jobs", body, key) for _ in range(3)]
    refused = ada.post("/jobs", other, key)

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert refused.status_code == 409
    assert "choose a new key" in refused.get_json()["detail"]
    assert len(ada.get("/jobs").get_json()["jobs"]) == 1


def test_two_users_may_use_the_same_key(site: ApiSite) -> None:
    """An Idempotency-Key is the user's own."""
    ids = set()
    for who in (site.caller(), site.caller()):
        body = {"key": site.upload(who)["key"], "reference": "rCRS"}
        ids.add(who.post("/jobs", body, {"Idempotency-Key": "1"}).get_json()["id"])

    assert len(ids) == 2


def test_without_a_key_an_upload_makes_one_job(site: ApiSite) -> None:
    """A page that is sent twice makes no second job."""
    ada = site.caller()
    body = {"key": site.upload(ada)["key"], "reference": "rCRS"}

    answers = [ada.post("/jobs", body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].get_json()["id"] == answers[1].get_json()["id"]


def test_another_users_upload_is_as_if_it_did_not_exist(site: ApiSite) -> None:
    """Nobody can submit what somebody else has uploaded, nor learn that it is there."""
    ada, eve = site.caller(), site.caller()
    theirs = site.upload(ada)["key"]

    answers = [
        eve.post("/jobs", {"key": key, "reference": "rCRS"})
        for key in (theirs, theirs.replace("a.vcf", "none.vcf"), "nonsense", "gas/../x")
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(
    ("reference", "sent", "said"),
    [
        ("hg19", VCF, "of this installation are: rCRS."),
        ("rCRS", None, "has not been uploaded"),
        ("rCRS", b"", "is empty"),
    ],
    ids=["reference", "no file", "empty"],
)
def test_a_submission_that_cannot_be_is_refused_in_words(
    site: ApiSite, reference: str, sent: bytes | None, said: str
) -> None:
    """An unknown reference, a file that never came, an empty one: told at once, and no job is made."""
    ada = site.caller()
    form = ada.post("/uploads", {"fileName": "a.vcf"}).get_json()
    if sent is not None:
        site.objects.put("gas-inputs", form["key"], sent)

    answer = ada.post("/jobs", {"key": form["key"], "reference": reference})

    assert answer.status_code == 400
    assert said in answer.get_json()["detail"]
    assert ada.get("/jobs").get_json() == {"jobs": [], "cursor": None, "unread": []}


def test_a_job_that_cannot_be_read_is_named_beside_the_others(site: ApiSite) -> None:
    """Whoever keeps track of jobs does not take it for gone."""
    ada = site.caller()
    assert ada.user is not None
    for name in ("job-1", "job-2"):
        site.job(ada.user, JobStatus.COMPLETED, name)
    make_unreadable(site.ports.jobs, "job-1")

    listed = ada.get("/jobs?state=Failed,Completed").get_json()

    assert ([job["id"] for job in listed["jobs"]], listed["unread"]) == (["job-2"], ["job-1"])


def test_a_file_that_grew_is_refused(site: ApiSite) -> None:
    """The size is looked at again at submission, whatever the store let through."""
    ada = site.caller()
    form = ada.post("/uploads", {"fileName": "a.vcf"}).get_json()
    site.objects.put("gas-inputs", form["key"], b"x" * 153_601)

    answer = ada.post("/jobs", {"key": form["key"], "reference": "rCRS"})

    assert answer.status_code == 400
    assert "takes files of up to 153,600 bytes" in answer.get_json()["detail"]


def test_too_many_unfinished_jobs_are_refused() -> None:
    """A user's places are limited; a finished job gives its place back."""
    site = make_api_site(plans=PlanSettings(free_max_active_jobs=2))
    ada = site.caller()
    first = site.submit(ada)
    site.submit(ada)
    body = {"key": site.upload(ada)["key"], "reference": "rCRS"}

    refused = ada.post("/jobs", body)
    ada.post(f"/jobs/{first}/cancel")
    job = site.ports.jobs.get(first)
    assert job is not None
    site.ports.jobs.commit(job, job.moved(JobEvent.CANCELLED, site.clock.now()))
    accepted = ada.post("/jobs", body)

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert "your plan allows 2 at a time" in refused.get_json()["detail"]
    assert accepted.status_code == 201


def test_lists_go_page_by_page_newest_first(site: ApiSite) -> None:
    """A cursor leads to the next page until there is none."""
    ada = site.caller()
    ids: list[str] = []
    for number in range(5):
        ids.insert(0, site.submit(ada, f"{number}.vcf"))
        site.clock.advance(timedelta(seconds=1))

    seen, cursor = [], ""
    for _ in range(3):
        page = ada.get(
            "/jobs", query_string={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).get_json()
        seen.append([job["id"] for job in page["jobs"]])
        cursor = page["cursor"]

    assert seen == [ids[:2], ids[2:4], ids[4:]]
    assert cursor is None


def test_lists_are_filtered_by_state_and_name(site: ApiSite) -> None:
    """Deleted jobs are listed only when asked for."""
    ada = site.caller()
    assert ada.user is not None
    for status in (JobStatus.RUNNING, JobStatus.FAILED, JobStatus.DELETED):
        site.job(ada.user, status, f"job-{status.value.lower()}")

    def ids(**query: str) -> set[str]:
        return {job["id"] for job in ada.get("/jobs", query_string=query).get_json()["jobs"]}

    assert ids() == {"job-running", "job-failed"}
    assert ids(state="Failed,Deleted") == {"job-failed", "job-deleted"}
    assert ids(name="A.V") == {"job-running", "job-failed"}
    assert ids(name="b.vcf") == set()


@pytest.mark.parametrize(
    "query", ["state=Nonsense", "limit=0", "limit=101", "limit=x", "cursor=x", "name=" + "x" * 256]
)
def test_a_list_that_cannot_be_is_refused(site: ApiSite, query: str) -> None:
    """What was asked for wrongly is said, not guessed."""
    assert site.caller().get(f"/jobs?{query}").status_code == 400


def test_another_users_cursor_is_refused(site: ApiSite) -> None:
    """A cursor opens nobody else's list."""
    ada, eve = site.caller(), site.caller()
    for _ in range(2):
        site.submit(ada)
    cursor = ada.get("/jobs?limit=1").get_json()["cursor"]

    assert eve.get("/jobs", query_string={"cursor": cursor}).status_code == 400


def test_an_unchanged_job_costs_304(site: ApiSite) -> None:
    """Who shows the ETag is told only that nothing changed; a heartbeat changes it."""
    ada = site.caller()
    assert ada.user is not None
    job = site.job(ada.user, JobStatus.RUNNING)
    first = ada.get("/jobs/job-1")
    etag = {"If-None-Match": first.headers["ETag"]}

    same = ada.get("/jobs/job-1", headers=etag)
    assert job.lease is not None
    site.ports.jobs.heartbeat("job-1", 1, job.lease.expires, 50)
    moved = ada.get("/jobs/job-1", headers=etag)

    assert (same.status_code, same.data) == (304, b"")
    assert (moved.status_code, moved.get_json()["progressPercent"]) == (200, 50)


@pytest.mark.parametrize(
    ("action", "status", "intent"),
    [
        ("cancel", JobStatus.RUNNING, "cancel_requested"),
        ("retry", JobStatus.FAILED, "retry_requested"),
    ],
)
def test_a_wish_is_noted_and_hinted(site: ApiSite, action: str, status: JobStatus, intent: str) -> None:
    """The wish is an intent on the record, about the state that it is in; it is due at once and hinted; twice is once."""
    ada = site.caller()
    assert ada.user is not None
    site.job(ada.user, status)

    answers = [ada.post(f"/jobs/job-1/{action}") for _ in range(2)]

    job = site.ports.jobs.get("job-1")
    assert job is not None
    assert [answer.status_code for answer in answers] == [202, 202]
    assert getattr(job.intents, intent) == after_move(job)
    assert job.due == site.clock.now()
    assert isinstance(site.ports.publisher, InMemoryPublisher)


def test_delete_is_noted_once(site: ApiSite) -> None:
    """Deletion is a wish too, told in words until it is fulfilled."""
    ada = site.caller()
    assert ada.user is not None
    site.job(ada.user, JobStatus.COMPLETED)

    answer = ada.delete("/jobs/job-1")
    before = site.ports.jobs.get("job-1")
    again = ada.delete("/jobs/job-1")

    assert (answer.status_code, again.status_code) == (202, 202)
    assert answer.get_json()["next"] == "Its files are about to be deleted."
    assert "delete" not in answer.get_json()["actions"]
    assert site.ports.jobs.get("job-1") == before


def test_a_finished_job_cannot_be_cancelled_and_stays(site: ApiSite) -> None:
    """Cancelling after the end changes nothing."""
    ada = site.caller()
    assert ada.user is not None
    before = site.job(ada.user, JobStatus.COMPLETED)

    answer = ada.post("/jobs/job-1/cancel")

    assert (answer.status_code, answer.get_json()["state"]) == (202, "Completed")
    assert site.ports.jobs.get("job-1") == before


def test_only_a_failed_job_is_retried(site: ApiSite) -> None:
    """The refusal says why."""
    ada = site.caller()
    assert ada.user is not None
    site.job(ada.user, JobStatus.RUNNING)

    answer = ada.post("/jobs/job-1/retry")

    assert answer.status_code == 400
    assert answer.get_json()["detail"] == "Only a failed job can be tried again. The file is being annotated."


def test_premium_users_and_operators_restore(site: ApiSite) -> None:
    """A free user is shown the upgrade; the others' wish is noted with its tier, once."""
    free = site.caller()
    premium, operator = site.caller(plan=Plan.PREMIUM), site.caller(site.user(subject=OPERATOR))
    for number, who in enumerate((free, premium, operator)):
        assert who.user is not None
        site.job(who.user, JobStatus.ARCHIVED, f"job-{number}")

    refused = free.post("/jobs/job-0/restore", {})
    accepted = [premium.post("/jobs/job-1/restore", {"tier": "Standard"}) for _ in range(2)]
    by_operator = operator.post("/jobs/job-2/restore", {})

    job = site.ports.jobs.get("job-1")
    assert job is not None
    assert job.intents.restore_requested is not None
    assert refused.status_code == 403
    assert "subscribe to the premium plan" in refused.get_json()["detail"]
    assert [answer.status_code for answer in (*accepted, by_operator)] == [202] * 3
    assert job.intents.restore_requested.tier is RetrievalTier.STANDARD


def test_what_has_no_result_is_not_restored(site: ApiSite) -> None:
    """The refusal says where the job stands."""
    ada = site.caller(plan=Plan.PREMIUM)
    assert ada.user is not None
    site.job(ada.user, JobStatus.RUNNING)

    answer = ada.post("/jobs/job-1/restore", {})

    assert (answer.status_code, "no result to restore" in answer.get_json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("input", "a.vcf"),
        ("result", "a.annot.vcf.gz"),
        ("index", "a.annot.vcf.gz.tbi"),
        ("log", "a.vcf.count.log"),
        ("preview", "a.preview.json"),
        ("statistics", "a.statistics.json"),
        ("provenance", "a.provenance.json"),
    ],
)
def test_each_file_has_a_fresh_link(site: ApiSite, file: str, name: str) -> None:
    """A redirect to a link of a minute, or the link as JSON; it saves the file under the name that people know."""
    ada = site.caller()
    assert ada.user is not None
    site.job(ada.user, JobStatus.COMPLETED)

    redirected = ada.get(f"/jobs/job-1/{file}")
    link = ada.get(f"/jobs/job-1/{file}?redirect=false").get_json()

    assert redirected.status_code == 303
    assert redirected.headers["Cache-Control"] == "no-store"
    assert site.links.fetch(redirected.headers["Location"])[:2] == (200, name)
    assert (link["fileName"], link["expires"]) == (name, "2026-01-01T12:01:00Z")
    assert link["url"] != redirected.headers["Location"]


@pytest.mark.parametrize("status", [JobStatus.ARCHIVED, JobStatus.RESTORING])
def test_only_the_result_is_archived(site: ApiSite, status: JobStatus) -> None:
    """Log, preview and statistics stay; the result is refused in words, with the time when it comes back."""
    ada = site.caller()
    assert ada.user is not None
    expected = site.clock.now() + timedelta(minutes=5)
    retrieval = (
        Retrieval(RetrievalTier.EXPEDITED, expected=expected) if status is JobStatus.RESTORING else None
    )
    site.job(ada.user, status, retrieval=retrieval)

    stay = [ada.get(f"/jobs/job-1/{file}").status_code for file in ("log", "preview", "statistics", "input")]
    result = ada.get("/jobs/job-1/result")

    assert stay == [303] * 4
    assert result.status_code == 409
    if status is JobStatus.RESTORING:
        assert "expected about 2026-01-01 12:05:00 UTC" in result.get_json()["detail"]
        assert result.headers["Retry-After"] == "Thu, 01 Jan 2026 12:05:00 GMT"
    else:
        assert "in the archive" in result.get_json()["detail"]


@pytest.mark.parametrize(
    ("status", "answer"),
    [(JobStatus.RUNNING, 409), (JobStatus.FAILED, 404), (JobStatus.CANCELLED, 404), (JobStatus.DELETED, 404)],
)
def test_there_is_no_link_to_what_is_not_there(site: ApiSite, status: JobStatus, answer: int) -> None:
    """409 while the job is under way, 404 when there will never be a result."""
    ada = site.caller()
    assert ada.user is not None
    site.job(ada.user, status)

    assert ada.get("/jobs/job-1/result").status_code == answer


def test_an_expired_input_is_told(site: ApiSite) -> None:
    """Inputs are kept for a while only."""
    ada = site.caller()
    assert ada.user is not None
    job = site.job(ada.user, JobStatus.COMPLETED)
    site.objects.delete(job.input.bucket, (job.input.key,))

    answer = ada.get("/jobs/job-1/input")

    assert (answer.status_code, answer.get_json()["detail"]) == (404, "The input a.vcf is no longer kept.")


def test_the_view_tells_retention(site: ApiSite) -> None:
    """A free user sees until when, and what then."""
    ada = site.caller()
    assert ada.user is not None
    until = site.clock.now() + timedelta(minutes=5)
    site.job(ada.user, JobStatus.COMPLETED, reason=Reason.RETENTION_RUNNING, retain_until=until)

    job = ada.get("/jobs/job-1").get_json()

    assert job["retainUntil"] == job["nextTime"] == "2026-01-01T12:05:00Z"
    assert (
        job["sentence"] == "The result can be downloaded until 2026-01-01 12:05:00 UTC, then it is archived."
    )
    assert job["files"] == [
        *("input", "result", "index", "table", "log", "preview", "statistics", "provenance"),
        *("problems", "summary"),
    ]


def own_form(site: ApiSite, who: Caller, name: str = "mine.bed") -> dict[str, Any]:
    """A form for a file of one's own, and the file sent with it."""
    form: dict[str, Any] = who.post("/uploads", {"fileName": name, "use": "own", "sizeBytes": 9}).get_json()
    assert site.links.receive(form["url"], form["fields"], b"chrM\t1\t9\n") == 201
    return form


def test_a_file_of_ones_own_comes_with_a_job(site: ApiSite) -> None:
    """Two uploads make one job, which tells of both; neither is open any more."""
    ada = site.caller()
    assert ada.user is not None
    own = own_form(site, ada)
    body = {"key": site.upload(ada)["key"], "reference": "rCRS", "ownKey": own["key"]}

    job = ada.post("/jobs", body).get_json()
    again = ada.post("/jobs", body)
    other = ada.post("/jobs", {**body, "ownKey": None})

    assert (job["file"], job["ownFile"], job["ownBytes"], job["ownSha256"]) == ("a.vcf", "mine.bed", 9, None)
    assert job["files"] == ["input", "own"]
    assert ada.get(f"/jobs/{job['id']}/own").status_code == 303
    assert own["fields"]["Content-Type"] == "text/plain; charset=utf-8"
    assert (again.status_code, again.get_json()) == (200, job)
    assert other.status_code == 409
    assert site.ports.uploads.get(ada.user.user_id).uploads == {}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"fileName": "a.bed"}, "does not end with .vcf"),
        ({"fileName": "a.tsv", "use": "own"}, "is a VCF or a BED, and the name a.tsv does not end with"),
        ({"fileName": "a.bed", "use": "own", "sizeBytes": 153_601}, "Subscribe to the premium plan"),
        ({"fileName": "a.bed", "use": "other"}, "use"),
    ],
)
def test_what_a_file_of_ones_own_may_be(site: ApiSite, body: object, said: str) -> None:
    """The answer says what is wrong before a byte is sent."""
    answer = site.caller().post("/uploads", body)

    assert answer.status_code == 400
    assert said in answer.get_json()["detail"]


def test_the_service_says_what_may_come_along(site: ApiSite) -> None:
    """Names and size, for clients that check before they send; premium users may send as much and no more."""
    info = site.anybody().get("/service-info").get_json()
    pat = site.caller(plan=Plan.PREMIUM)

    form = pat.post("/uploads", {"fileName": "a.bed", "use": "own"}).get_json()

    assert info["ownFileNames"] == [".vcf", ".vcf.gz", ".vcf.bgz", ".bed", ".bed.gz", ".bed.bgz"]
    assert form["maxBytes"] == info["maxOwnBytes"] == 268_435_456
