"""A session ends in the middle of something: the way back is offered, and nothing that was done is lost."""

import re
from datetime import timedelta
from functools import wraps
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.exceptions import TooManyRequests

import gas_web
from gas.domain.errors import (
    ConflictError,
    NotAllowedError,
    TooManyRequestsError,
    TransientError,
    UsageError,
)
from gas.domain.job import JobStatus
from gas_web.asked.marks import Mark, marks_of
from gas_web.asked.next_path import local_path
from tests.support.pages import OPERATOR, PageSite, make_page_site
from tests.web.test_app_access import PAGES, For

TYPED: dict[str, dict[str, Any]] = {
    "/profile": {"name": "Ada <L>", "email": "ada@example.org", "institution": 'The "Institute"'},
    "/profile/tokens": {"name": "laptop", "scope": ["jobs:read"], "days": "30"},
    "/profile/sign-out-everywhere": {"tokens": "yes"},
    "/operations/plan": {"user": "a" * 26, "plan": "premium", "sure": "yes"},
    "/operations/suspend": {"user": "a" * 26},
    "/operations/bulletin": {"banner": "Back at noon", "paused": "yes"},
}
"""What people type into forms, and tick."""


@pytest.fixture
def site() -> PageSite:
    """An application with the usual settings."""
    return make_page_site()


def way_back(page: str) -> str | None:
    """Where the page's link to sign in leads afterwards."""
    found = re.search(r'class="btn [^"]*" href="(/login[^"]*)">Sign in</a>', page)
    assert found is not None
    return parse_qs(urlsplit(unescape(found[1])).query).get("next", [None])[0]


def test_a_finished_upload_is_not_orphaned(site: PageSite) -> None:
    """The way back leads to the page that starts the job of that very upload, against the reference that was chosen."""
    user = site.user()
    name = "é" * 100 + ".vcf"
    key = f"gas/{user.user_id}/job-7~{name}"
    site.put("gas-inputs", key, b"##fileformat=VCFv4.2\n")

    answer = site.browser(None).post("/annotations", {"key": key, "reference": "rCRS"})
    back = way_back(answer.text)
    assert back is not None
    login = site.browser(None).get("/login", query_string={"next": back}).text
    start = site.browser(user).get(back)

    assert answer.status_code == 401
    assert f'name="next" value="{back}"'.replace("&", "&amp;") in login
    assert start.status_code == 200
    assert unescape(re.search(r'name="key" value="([^"]*)"', start.text)[1]) == key  # type: ignore[index]
    assert "Start annotation" in start.text


def fields_to_send(page: str) -> dict[str, str]:
    """What the form that starts a job sends as it stands: its hidden fields, ticked boxes and chosen options."""
    form = re.search(r'<form[^>]* method="post" action="/annotations"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form is not None
    sent = {}
    for tag in re.findall(r"<(?:input|select)[^>]*>", form[1]):
        name, value = (re.search(rf' {which}="([^"]*)"', tag) for which in ("name", "value"))
        if name is not None:
            sent[name[1]] = unescape(value[1]) if value is not None else ""
    return sent | {"reference": chosen_reference(form[1]) or sent["reference"]}


def chosen_reference(form: str) -> str | None:
    """The reference that is selected, where there are several to choose from."""
    found = re.search(r'<option value="([^"]*)" selected>', form)
    return found and found[1]


def test_every_field_of_an_upload_comes_back(site: PageSite) -> None:
    """Whatever the form sends: the file of one's own comes along too, however long both names are."""
    user = site.user()
    name = "é" * 125 + "x.vcf"
    sent = {
        "key": f"gas/{user.user_id}/{'7' * 36}~{name}",
        "own": f"gas/{user.user_id}/{'8' * 36}~{name}",
        "reference": "rCRS",
    }
    for key in (sent["key"], sent["own"]):
        site.put("gas-inputs", key, b"##fileformat=VCFv4.2\n")
    form = fields_to_send(site.browser(user).get("/annotate").text)

    back = way_back(site.browser(None).post("/annotations", sent).text)
    assert back is not None
    start = site.browser(user).get(back).text

    assert set(form) == set(sent)
    assert fields_to_send(start) == sent
    assert "With your own variants or regions of" in start
    assert local_path(back) == back


def test_an_upload_without_an_own_file_comes_back_without(site: PageSite) -> None:
    """The form's field is there and empty then."""
    user = site.user()
    key = f"gas/{user.user_id}/job-7~a.vcf"
    site.put("gas-inputs", key, b"##fileformat=VCFv4.2\n")

    back = way_back(
        site.browser(None).post("/annotations", {"key": key, "own": "", "reference": "rCRS"}).text
    )
    assert back is not None

    assert fields_to_send(site.browser(user).get(back).text) == {"key": key, "reference": "rCRS"}


@pytest.mark.parametrize("own", ["nonsense", "gas/" + "b" * 26 + "/up-8~mine.bed"])
def test_anothers_own_file_is_not_said_to_have_arrived(site: PageSite, own: str) -> None:
    """Whoever sends somebody a link cannot let the page speak of a file that is not theirs."""
    user = site.user()
    key = f"gas/{user.user_id}/job-7~a.vcf"
    site.put("gas-inputs", key, b"##fileformat=VCFv4.2\n")

    answer = site.browser(user).get("/annotate/uploaded", query_string={"key": key, "own": own})

    assert answer.status_code == 404


FAILURES = {
    409: ConflictError("It was changed at the same moment."),
    429: TooManyRequestsError("You ask too much.", timedelta(seconds=120)),
    500: RuntimeError("a bug"),
    503: TransientError("table gas-users did not answer"),
}
"""What may be over in a moment."""

TEMPLATES = Path(gas_web.__file__).parent / "templates"


def fail(site: PageSite, monkeypatch: pytest.MonkeyPatch, path: str, error: Exception) -> None:
    """Let what is sent to that address fail so."""
    endpoint, _ = site.app.url_map.bind("").match(path, "POST")
    view = site.app.view_functions[endpoint]

    @wraps(view)
    def broken(**_: str) -> None:
        raise error

    monkeypatch.setitem(site.app.view_functions, endpoint, broken)


def refuse() -> None:
    """Stop a request before anything is known of it."""
    raise TooManyRequests


def fields_of(form: dict[str, Any]) -> list[tuple[str, str]]:
    """Each field of a form as it is sent."""
    return [
        (name, one) for name, value in form.items() for one in ([value] if isinstance(value, str) else value)
    ]


def sent_again(page: str) -> list[tuple[str, str]]:
    """What the page of an error sends again at the press of a button."""
    form = re.search(r'<form method="post">(.*?)</form>', page, re.DOTALL)
    assert form is not None
    assert "Send it again" in form[1]
    return [
        (name, unescape(value))
        for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[1])
    ]


POSTS = sorted(
    route.removeprefix("POST ")
    for route, page in PAGES.items()
    if route.startswith("POST ") and page.whom is not For.EVERYBODY
)


@pytest.mark.parametrize("rule", POSTS)
def test_every_button_has_a_way_back(site: PageSite, rule: str) -> None:
    """Whatever somebody pressed who was signed out: signing in leads to a page that has that button, or shows the job."""
    user = site.user(subject=OPERATOR)
    site.job(user, JobStatus.RUNNING)
    path = rule.replace("<job_id>", "job-1").replace("<token_id>", "token")
    form = {"key": f"gas/{user.user_id}/job-7~a.vcf"} if rule == "/annotations" else {}

    answer = site.browser(None).post(path, form)
    back = way_back(answer.text)

    assert answer.status_code == 401
    assert back is not None
    assert site.browser(user).get(back).status_code in {200, 303, 404 if "<secret>" in rule else 200}


@pytest.mark.parametrize(
    "error",
    [UsageError("Not so."), NotAllowedError("Not you.")],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("rule", POSTS)
def test_every_refused_button_leads_back(
    site: PageSite, monkeypatch: pytest.MonkeyPatch, rule: str, error: UsageError
) -> None:
    """Whatever refuses it, what it was about is one click away."""
    user = site.user(subject=OPERATOR)
    site.job(user, JobStatus.RUNNING)
    browser = site.browser(user)
    path = rule.replace("<job_id>", "job-1").replace("<token_id>", "token")
    form = {"key": f"gas/{user.user_id}/job-1~a.vcf"} if rule == "/annotations" else {}

    fail(site, monkeypatch, path, error)
    found = re.search(r'href="([^"]*)">Back</a>', browser.post(path, form).text)

    assert found is not None
    looked = browser.get(unescape(found[1]))
    assert looked.status_code == (404 if "<secret>" in rule else 303 if rule == "/unsubscribe" else 200)


@pytest.mark.parametrize("path", ["/annotations/nothing/cancel", "/operations/suspend"])
def test_what_is_not_there_is_not_led_back_to(site: PageSite, path: str) -> None:
    """Its page would be missing as well; and others do not learn of the operators'."""
    page = site.browser(site.user()).post(path, {"user": "b" * 26}).text

    assert "Nothing is here" in page
    assert "Back</a>" not in page
    assert 'href="/operations' not in page


@pytest.mark.parametrize("path", TYPED)
def test_what_was_typed_can_be_sent_again(site: PageSite, path: str) -> None:
    """The page keeps every field, several of one name too; once signed in, one button sends them."""
    form = TYPED[path]

    page = site.browser(None).post(path, form).text

    assert sent_again(page) == fields_of(form)
    assert "/login?next=/signed-in" in page


@pytest.mark.parametrize(
    ("path", "status"),
    [(path, 503) for path in TYPED] + [("/profile/tokens", each) for each in (409, 429, 500)],
)
def test_what_was_typed_outlasts_what_may_pass(
    site: PageSite, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    """Nobody is told to sign in who is; and nobody ticks and types anew for what is over in a moment."""
    browser = site.browser(site.user(subject=OPERATOR))
    form = TYPED[path]

    fail(site, monkeypatch, path, FAILURES[status])
    answer = browser.post(path, form)

    assert answer.status_code == status
    assert sent_again(answer.text) == fields_of(form)
    assert "What you typed is kept on this page: try again from here." in answer.text
    assert "/login" not in answer.text


def test_what_cannot_be_read_is_not_kept(site: PageSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of the error is a page all the same."""
    browser = site.browser(site.user())

    fail(site, monkeypatch, "/profile", FAILURES[503])
    page = browser.post("/profile", {"name": "x" * 1_100_000}).text

    assert 'href="/profile">Back</a>' in page
    assert "Send it again" not in page


def test_a_strangers_words_are_not_offered_to_be_sent(site: PageSite) -> None:
    """Another site made the browser send them: one press on a page of ours would make them one's own."""
    site.app.before_request_funcs[None].insert(0, refuse)

    sent = site.browser(None).client.post(
        "/operations/bulletin", data={"banner": "by-a-stranger"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert sent.status_code == 429
    assert "by-a-stranger" not in sent.text


def test_every_form_that_is_typed_into_keeps_it(site: PageSite) -> None:
    """A field that somebody fills in, ticks or chooses stands in a form whose view is marked so; an upload is kept otherwise."""
    found = set()
    for template in TEMPLATES.glob("*.html"):
        for action, inside in re.findall(
            r"""<form[^>]*method="post" action="\{\{ url_for\('([\w.]+)'.*?>(.*?)</form>""",
            template.read_text(),
            re.DOTALL,
        ):
            if re.search(r"<textarea|<select|<input(?! type=.hidden)", inside):
                found.add(action)

    marked = {name for name, view in site.app.view_functions.items() if Mark.TYPED in marks_of(view)}
    assert found - {"pages.submit"} == marked


def test_others_fields_are_not_shown_to_anybody(site: PageSite) -> None:
    """A form that is not one of those that people type into leaves nothing on the page."""
    page = site.browser(None).post("/annotations/job-1/cancel", {"x": "typed-by-somebody"}).text

    assert "typed-by-somebody" not in page


@pytest.mark.parametrize("path", ["/annotations", "/annotations/job-1/status", "/operations/overview"])
def test_a_page_that_looks_again_is_told_and_keeps_what_it_shows(site: PageSite, path: str) -> None:
    """What asks for it is a script, which would put the sign-in page in the place of the list."""
    answer = site.browser(None).get(path, headers={"HX-Request": "true"})

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/annotations?state=Failed", "/annotations/job-1", "/operations"])
def test_a_page_that_looks_again_knows_its_own_way_back(site: PageSite, path: str) -> None:
    """The link stands on the page from the start, for the moment in which the session ends."""
    user = site.user(subject=OPERATOR)
    site.job(user, JobStatus.RUNNING)

    page = site.browser(user).get(path).text

    assert way_from_a_watch(page) == path


@pytest.mark.parametrize("path", ["/operations/plan", "/operations/bulletin", "/operations/suspend"])
def test_a_page_of_a_refused_form_leads_back_to_where_it_can_be_opened(site: PageSite, path: str) -> None:
    """It goes on looking at an address that only takes forms."""
    browser = site.browser(site.user(subject=OPERATOR))

    refused = browser.post(path, {"user": "nobody", "banner": "x" * 1000})

    assert refused.status_code == 400
    assert way_from_a_watch(refused.text) == "/operations"


def way_from_a_watch(page: str) -> str:
    """Where a page that looks again leads back to when the session has ended."""
    found = re.search(r'id="signed-out" hidden>.*?<a href="([^"]*)">Sign in</a>', page)
    assert found is not None
    (back,) = parse_qs(urlsplit(unescape(found[1])).query)["next"]
    return back
