"""The `gas` command: submit, watch and fetch annotation jobs."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from gas_cli import jobs
from gas_cli.client import Client
from gas_cli.credentials import Credentials, checked_token, checked_url, find, keep
from gas_cli.display import (
    print_job,
    print_jobs,
    print_json,
    print_line,
    print_preview,
    print_references,
    print_text,
    say,
)
from gas_cli.errors import CommandError, Exit, misused
from gas_cli.parameters import FILES, JOB_ID, STATE_LIST, TEXT
from gas_cli.streams import stand_by

_WITH_RESULT = frozenset({"Completed", "Archived", "Restoring", "Restored"})
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@contextmanager
def _ending() -> Iterator[None]:
    """End with the code and the sentence of what went wrong."""
    try:
        yield
    except CommandError as error:
        say(f"gas: {error}")
        sys.exit(error.code)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        say(f"gas: {where}{error.strerror or error}.")
        sys.exit(Exit.USAGE)
    except (KeyboardInterrupt, click.Abort):
        say("gas: interrupted.")
        sys.exit(Exit.INTERRUPTED)


_command = _ending()


def _folder() -> Path:
    return Path(click.get_app_dir("gas"))


def _client() -> Client:
    return Client(find(os.environ, _folder()))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="gas-cli", prog_name="gas")
def gas() -> None:
    """Annotate VCF files with GAS.

    GAS_URL is the address of the service and GAS_TOKEN an access token from its profile page; `gas login` keeps both.

    Exit codes: 0 well, 1 the job failed or the service refused, 2 used wrongly, 3 nobody answers, 4 not signed in,
    130 interrupted.
    """


@gas.command()
@click.option("--url", envvar="GAS_URL", help="The address of the service.")
@_command
def login(url: str | None) -> None:
    """Keep an access token, typed or from standard input."""
    if not url:
        raise misused("Tell the address of the service: gas login --url https://…")
    url = checked_url(url)
    if sys.stdin.isatty():
        say(f"Make an access token on {url}/profile, then paste it here. It is not shown.")
        token = click.prompt("Token", hide_input=True, err=True)
    else:
        token = _first_line(sys.stdin)
    credentials = Credentials(url, checked_token(token, url))
    me = Client(credentials).get("/me")
    path = keep(credentials, _folder())
    # Only a token that may read the profile tells the name.
    say(f"Signed in as {me['name'] or 'user ' + me['id']} ({me['plan']} plan). The token is kept in {path}.")
    if os.environ.get("GAS_TOKEN"):
        say("But GAS_TOKEN is set and wins: unset it to use the token that is kept.")


@gas.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--reference",
    default=jobs.AUTO,
    show_default=True,
    type=TEXT,
    metavar="NAME",
    help="What to annotate against; auto chooses by the file's header.",
)
@click.option(
    "--own",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Variants (VCF) or regions (BED) of your own, looked up for this job: keys Own_… of the result.",
)
@click.option("--wait", is_flag=True, help="Wait until the job is done; 1 when it fails.")
@_JSON
@_command
def submit(file: Path, reference: str, own: Path | None, *, wait: bool, as_json: bool) -> None:
    """Upload FILE and make a job of it; prints the job's id."""
    client = _client()
    job = jobs.submit(client, file, reference, own=own)
    if wait:
        job = _waited(client, job["id"])
    if as_json:
        print_json(job)
    elif wait:
        print_job(job, client.page(job["id"]))
    else:
        print_line(job["id"])
    if wait and job["state"] not in _WITH_RESULT:
        sys.exit(Exit.REFUSED)


@gas.command()
@_JSON
@_command
def references(*, as_json: bool) -> None:
    """List what files can be annotated against, with releases and sources."""
    found = _client().get("/references")["references"]
    if as_json:
        print_json(found)
    else:
        print_references(found)


@gas.command("list")
@click.option("--state", type=STATE_LIST, help="Only these states, separated by commas, or unfinished.")
@click.option("--name", default="", type=TEXT, help="Only files with this in their names.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many.")
@_JSON
@_command
def list_(state: str | None, name: str, limit: int, *, as_json: bool) -> None:
    """List jobs, newest first."""
    client = _client()
    found: list[dict[str, Any]] = []
    unread: dict[str, None] = {}
    query = {"state": state, "name": name}
    more = True
    while more and len(found) < limit:
        page = client.get("/jobs", limit=min(100, limit - len(found)), **query)
        found += page["jobs"]
        # A GAS of an earlier release lists none.
        unread |= dict.fromkeys(page.get("unread", ()))
        more, query["cursor"] = page["cursor"] is not None, page["cursor"]
    if as_json:
        print_json(found)
    elif found:
        print_jobs(found)
        if more:
            say(f"These are the newest {limit}: --limit shows more.")
    elif not unread:
        say("You have no such jobs." if state or name else "You have no jobs yet: gas submit FILE makes one.")
    for job_id in unread:
        say(f"Job {job_id} cannot be shown, for its record cannot be read: tell those who run GAS.")


@gas.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
@_JSON
@_command
def get(job_id: str, *, as_json: bool) -> None:
    """Show a job: where it stands, why, and what comes next."""
    client = _client()
    _show(client, client.get(f"/jobs/{job_id}"), as_json=as_json)


@gas.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
@_JSON
@_command
def log(job_id: str, *, as_json: bool) -> None:
    """Print the log of a job. It stays when the result is archived."""
    found = jobs.text(_client(), job_id, "log")
    if as_json:
        print_json({"log": found})
    else:
        print_text(found)


@gas.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
@click.option(
    "--file",
    default=jobs.RESULT,
    show_default=True,
    type=click.Choice(FILES),
    help="Which of the job's files: `gas get ID --json` lists those that are there.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    help="A folder (made, if it ends with / or dots), or a name for the file.",
)
@click.option("--force", is_flag=True, help="Overwrite a file.")
@_JSON
@_command
def download(job_id: str, file: str, output: str | None, *, force: bool, as_json: bool) -> None:
    """Download the result of a job, or another of its files; prints where it is."""
    path = jobs.download(_client(), job_id, output, file=file, replace=force)
    if as_json:
        print_json({"path": str(path), "bytes": path.stat().st_size})
    else:
        print_line(str(path))


@gas.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
@_JSON
@_command
def preview(job_id: str, *, as_json: bool) -> None:
    """Show the first records of a result. They stay when it is archived."""
    found = json.loads(jobs.text(_client(), job_id, "preview"))
    if as_json:
        print_json(found)
    else:
        print_preview(found)


@gas.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
@_JSON
@_command
def cancel(job_id: str, *, as_json: bool) -> None:
    """Stop an unfinished job; one that is finished stays as it is."""
    client = _client()
    job = client.post(f"/jobs/{job_id}/cancel")
    if job["finished"]:
        say("The job was finished already; nothing was cancelled.")
    _show(client, job, as_json=as_json)


@gas.command()
@click.argument("job_id", metavar="ID", type=JOB_ID)
@click.option(
    "--tier",
    default="Expedited",
    show_default=True,
    type=click.Choice(["Expedited", "Standard", "Bulk"]),
    help="How fast.",
)
@_JSON
@_command
def restore(job_id: str, tier: str, *, as_json: bool) -> None:
    """Restore an archived result. For premium users and operators."""
    client = _client()
    _show(client, client.post(f"/jobs/{job_id}/restore", {"tier": tier}), as_json=as_json)


@gas.command()
@_JSON
@_command
def export(*, as_json: bool) -> None:  # noqa: ARG001 - it is JSON in any case
    """Print what the service keeps about you, as JSON: account, access tokens, the record of every job."""
    client = _client()
    found = client.get("/me/export")
    kept, cursor = {"account": found["account"], "jobs": found["jobs"]}, found["cursor"]
    while cursor is not None:
        page = client.get("/me/export", cursor=cursor)
        kept["jobs"] += page["jobs"]
        cursor = page["cursor"]
    print_json(kept)


def _first_line(file: TextIO) -> str:
    try:
        return file.readline()
    except UnicodeDecodeError:
        return ""  # It is no text, and holds no token.


def _waited(client: Client, job_id: str) -> dict[str, Any]:
    say(f"job {job_id}")
    try:
        return jobs.wait(client, job_id)
    except KeyboardInterrupt:
        say(f"The job goes on: gas get {job_id} shows how far it is, gas cancel {job_id} stops it.")
        raise


def _show(client: Client, job: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(job)
    else:
        print_job(job, client.page(job["id"]))


def main() -> None:
    """Run the command."""
    stand_by()
    # Help is printed before any command begins.
    with _ending():
        gas()
