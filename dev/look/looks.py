"""What there is to look at: every page, and every state that it can be in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from dev.look.cast import FOREIGN, HOSTILE, OPERATOR, RECORDLESS
from gas.domain.job import Job

TOO_MUCH = {"name": "x" * 1_100_000}
"""More than a form may hold."""


@dataclass(frozen=True)
class Sites:
    """Where the pages are, who is signed in by which cookie, and everybody's jobs by their file's name."""

    usual: str
    under_bulletin: str
    cookies: dict[str, str]
    jobs: dict[str, dict[str, Job]]
    newcomer: tuple[str, str]
    """The cookie of somebody who came with another identity of Fay's, and has to choose."""


@dataclass(frozen=True)
class Look:
    """One page to look at, whose session to look with, and what to do there first (see web/screens/acts.mjs)."""

    name: str
    origin: str
    path: str
    cookie: str | None = None
    status: int = 200
    cookie_name: str | None = None
    """Another cookie than a session's."""
    scripts: bool = True
    act: str | None = None
    to: str = ""
    """Where the act sends its form."""
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Seat:
    """Where somebody looks from."""

    sites: Sites
    login: str | None

    def look(self, name: str, path: str, status: int = 200, **more: Any) -> Look:
        """A page as that person sees it."""
        cookie = None if self.login is None else self.sites.cookies[self.login]
        return Look(name, more.pop("origin", self.sites.usual), path, cookie, status, **more)

    def job(self, name: str) -> str:
        """The address of one of their jobs."""
        assert self.login is not None
        return f"/annotations/{self.sites.jobs[self.login][name].job_id}"


def looks(sites: Sites) -> Iterator[Look]:
    """All of them."""
    yield from _entrance(sites)
    yield from _annotating(sites)
    yield from _lists(sites)
    yield from _jobs(sites)
    yield from _results(sites)
    yield from _account(sites)
    yield from _errors(sites)
    yield from _operations(sites)


def _operations(sites: Sites) -> Iterator[Look]:
    operator = _Seat(sites, OPERATOR)
    yield operator.look("operations", "/operations")
    for name, login, plan in (("leaving", "premium", "free"), ("keeping", "free", "premium")):
        form = {"user": login[0] * 26, "plan": plan}
        yield operator.look(
            f"operations-plan-{name}", "/operations", act="post", to="/operations/plan", form=form
        )


def _entrance(sites: Sites) -> Iterator[Look]:
    stranger = _Seat(sites, None)
    yield stranger.look("home", "/")
    yield stranger.look("home-banner", "/", origin=sites.under_bulletin)
    yield _Seat(sites, "free").look("home-signed-in", "/")
    yield stranger.look("login", "/login")
    name, value = sites.newcomer
    yield Look("login-account", sites.usual, "/login/account", value, cookie_name=name)


def _annotating(sites: Sites) -> Iterator[Look]:
    free, premium = _Seat(sites, "free"), _Seat(sites, "premium")
    key = sites.jobs["free"]["pending"].input.key
    yield free.look("annotate-free", "/annotate")
    yield premium.look("annotate-premium", "/annotate")
    yield free.look("annotate-chosen", "/annotate", act="choose")
    yield free.look("annotate-own", "/annotate", act="choose-own")
    yield free.look("annotate-wrong-own", "/annotate", act="choose-wrong-own")
    yield free.look("annotate-fits", "/annotate", act="choose-fitting")
    yield free.look("annotate-fits-nothing", "/annotate", act="choose-unfitting")
    yield free.look("annotate-wrong", "/annotate", act="choose-wrong")
    yield premium.look("annotate-uploading", "/annotate", act="upload")
    yield free.look("annotate-paused", "/annotate", origin=sites.under_bulletin)
    yield free.look("annotate-no-scripts", "/annotate", scripts=False)
    yield free.look("annotate-plain", "/annotate/form?name=sample.vcf", scripts=False)
    yield free.look("annotate-refused", "/annotate/form?name=sample.bam", 400, scripts=False)
    yield free.look("annotate-uploaded", f"/annotate/uploaded?key={key}")
    both = {"key": key, "own": f"{key.rsplit('/', 1)[0]}/beside~my panel of genes.bed", "reference": "rCRS"}
    yield free.look("annotate-uploaded-own", f"/annotate/uploaded?{urlencode(both)}")
    paused = {"origin": sites.under_bulletin, "act": "post", "to": "/annotations", "form": both}
    yield free.look(
        "annotate-uploaded-paused", f"/annotate/uploaded?{urlencode(both)}", origin=sites.under_bulletin
    )
    yield free.look("annotate-refused-paused", "/annotate", 503, **paused)
    missing = {"key": f"{key.rsplit('/', 1)[0]}/never-sent~sample.vcf"}
    yield free.look("annotate-not-started", "/annotate", 400, act="post", to="/annotations", form=missing)
    yield free.look("signed-in", "/signed-in")
    yield _Seat(sites, None).look(
        "signed-out", "/login", 401, act="post", to="/annotations", form={"key": key}
    )
    typed = {"name": "nightly pipeline", "scope": "jobs:read", "days": "30"}
    yield _Seat(sites, None).look(
        "signed-out-typed", "/login", 401, act="post", to="/profile/tokens", form=typed
    )


def _lists(sites: Sites) -> Iterator[Look]:
    free, premium = _Seat(sites, "free"), _Seat(sites, "premium")
    yield free.look("jobs", "/annotations")
    yield free.look("jobs-filtered", "/annotations?state=unfinished&name=vcf")
    yield free.look("jobs-none", "/annotations?name=nothing")
    yield premium.look("jobs-long", "/annotations")
    yield _Seat(sites, OPERATOR).look("jobs-empty", "/annotations")


def _jobs(sites: Sites) -> Iterator[Look]:
    free, premium = _Seat(sites, "free"), _Seat(sites, "premium")
    for name in sites.jobs["free"]:
        yield free.look(f"job-{'hostile' if name == HOSTILE else name}", free.job(name))
    for name in ("archived", "restored", "completed"):
        yield premium.look(f"job-{name}-premium", premium.job(name))
    yield free.look("job-no-scripts", free.job("running"), scripts=False)
    yield free.look("job-delete", f"{free.job('completed')}/delete")
    yield free.look("job-delete-hostile", f"{free.job(HOSTILE)}/delete")


def _results(sites: Sites) -> Iterator[Look]:
    free, premium = _Seat(sites, "free"), _Seat(sites, "premium")
    yield free.look("preview", f"{free.job('completed')}/preview")
    yield free.look("preview-archived", f"{free.job('archived')}/preview?q=rnr1")
    yield free.look("preview-no-match", f"{free.job('completed')}/preview?q=nothing&impact=HIGH")
    yield free.look("preview-hostile", f"{free.job(HOSTILE)}/preview")
    yield free.look("preview-foreign", f"{free.job(FOREIGN)}/preview")
    yield free.look("preview-recordless", f"{free.job(RECORDLESS)}/preview")
    yield free.look("log", f"{free.job('completed')}/log")
    yield free.look("result-in-archive", f"{free.job('archived')}/result", 409)
    yield free.look("result-on-its-way", f"{free.job('restoring')}/result", 409)
    yield premium.look("result-in-archive-premium", f"{premium.job('archived')}/result", 409)


def _account(sites: Sites) -> Iterator[Look]:
    free, premium = _Seat(sites, "free"), _Seat(sites, "premium")
    yield free.look("profile", "/profile")
    yield premium.look("profile-saved", "/profile", act="save")
    yield premium.look("profile-refused", "/profile", 400, act="save-blank")
    yield premium.look("profile-new-token", "/profile", act="make-token")
    yield free.look("subscribe", "/subscribe")
    yield premium.look("subscribe-premium", "/subscribe")
    yield premium.look("unsubscribe", "/unsubscribe")


def _errors(sites: Sites) -> Iterator[Look]:
    free, stranger = _Seat(sites, "free"), _Seat(sites, None)
    yield free.look("error-400", "/annotations?cursor=nonsense", 400)
    yield stranger.look("error-400-sign-in", "/authcallback?code=x&state=y", 400)
    yield free.look("error-403", "/profile", 403, act="post", to=f"{free.job('archived')}/restore")
    yield free.look("error-404", "/annotations/nothing", 404)
    yield stranger.look("error-404-stranger", "/nowhere", 404)
    yield free.look("error-405", f"{free.job('completed')}/cancel", 405)
    yield free.look("error-413", "/profile", 413, act="post", to="/profile", form=TOO_MUCH)
    for status in (429, 500, 503):
        yield free.look(f"error-{status}", f"/fail/{status}", status)
