"""What `make up` says when the platform is up."""

from typing import Any

from dev import ROOT
from dev.run.issuer.people import PEOPLE
from dev.run.up.built_reference import BuiltReference
from dev.run.up.options import Options


def welcome(up: dict[str, Any], job_page: str, options: Options, yeast: BuiltReference | None) -> str:
    """The addresses, who can sign in, and what to type next."""
    owner, home = PEOPLE["free"], up["web"]
    first_name = owner.name.split()[0]
    make = "make" if options.instance == "gas" else f"GAS_INSTANCE={options.instance} make"
    people = "\n".join(f"    {person.name:<16}{person.note}" for person in PEOPLE.values())
    effects = {
        f'eval "$({make} -s env)"': "first, once in each shell",
        "gas list": f"{first_name}'s jobs, by the API",
        "gas submit my.vcf --wait": "annotate a file of your own",
        **_for_yeast(yeast),
        "kubectl get aj": "everybody's jobs, as operations see them",
        "gas-reference list": "what can be annotated against; docs/references.md",
        f"{make} down": "stop all of it",
    }
    width = max(len(command) for command in effects) + 2
    commands = "\n".join(f"    {command:<{width}}{effect}" for command, effect in effects.items())
    return f"""
GAS is up, on this machine alone.

    Home    {home}/
    A job   {job_page}
            ({first_name}'s, sent a moment ago: sign in as {first_name} to see it)
    API     {home}/api/v1/openapi.json
    E-mail  {up["aws"]}/_gas/mail
            (sent to nobody: what GAS would send is kept there, as JSON)

Nobody needs a password here. Sign in as

{people}

Results of the free plan are archived {options.retention_seconds // 60} minutes after the job is done, and come back {options.thaw_seconds:.0f} seconds
after their owner becomes premium.

In a terminal

{commands}

All addresses, and an access token of each of the three, are in {options.up_file.relative_to(ROOT)}."""


def _for_yeast(yeast: BuiltReference | None) -> dict[str, str]:
    """The command that sends yeast's sample, where yeast is there."""
    if yeast is None:
        return {}
    return {
        f"gas submit {yeast.sample.relative_to(ROOT)}": "yeast, as its header says: introns and known variants"
    }
