"""`gas-setup`: makes all AWS resources of one installation; development, tests and production use the same command."""

# ruff: noqa: T201 - a command talks to the person at the terminal

import argparse
import json
import re
import sys

from pydantic import ValidationError

from gas.adapters.aws.session import AwsClients, partition_of
from gas.config import Environment, Settings
from gas.domain.errors import GasError
from gas.lines import every_line, former_settings, wrong_plans
from gas_setup.apply import apply_infrastructure
from gas_setup.arns import ANY_ACCOUNT, Place
from gas_setup.cloudformation import cloudformation_template
from gas_setup.infrastructure import Resource, infrastructure
from gas_setup.rights import rights_of_parts

_REFUSED = 2

_FORMERLY_RIGHTS = "policies"
"""What release 0.1.0 calls them: understood for one release more."""


def main(argv: list[str] | None = None) -> int:
    """Make the resources, or show them; 0 when all is well, 1 when AWS refused, 2 when the settings are wrong."""
    arguments = _parser().parse_args(argv)
    try:
        settings = Settings()
        refusals = wrong_plans(settings)
        resources = [] if refusals else _resources(settings)
    except (ValidationError, ValueError) as wrong:
        refusals = [str(wrong)]
    if refusals:
        print(f"gas-setup: the settings are wrong: {' '.join(refusals)}", file=sys.stderr)
        return _REFUSED
    for caution in (*former_settings(settings), *_cautions(settings)):
        print(f"gas-setup: {caution}", file=sys.stderr)
    if arguments.print == "cloudformation":
        print(cloudformation_template(resources))
        return 0
    if arguments.print in {"rights", _FORMERLY_RIGHTS}:
        if arguments.print == _FORMERLY_RIGHTS:
            print("gas-setup: what --print policies printed is asked for by --print rights.", file=sys.stderr)
        place = Place(
            settings.aws.region, arguments.account or ANY_ACCOUNT, partition_of(settings.aws.region)
        )
        rights = rights_of_parts(
            settings.names,
            place,
            every_line(settings),
            settings.aws.mail_sender,
            settings.aws.kms_key_id,
        )
        print(json.dumps(rights, indent=2))
        return 0
    endpoint = settings.aws.endpoint_url
    clients = AwsClients(settings.aws.region, str(endpoint) if endpoint else None)
    return run(clients, resources, dry_run=arguments.dry_run)


def run(clients: AwsClients, resources: list[Resource], *, dry_run: bool = False) -> int:
    """Make the resources and print a line for each; 1 and a sentence when AWS refused."""
    try:
        for change in apply_infrastructure(clients, resources, dry_run=dry_run):
            print(change, flush=True)
            for caution in change.cautions:
                print(f"gas-setup: {caution}", file=sys.stderr)
    except GasError as refused:
        print(f"gas-setup: {refused} What was made so far stays: run gas-setup again.", file=sys.stderr)
        return 1
    if dry_run:
        print("dry run: nothing was changed")
    return 0


def _cautions(settings: Settings) -> list[str]:
    """What is made all the same, and will not do in production."""
    if settings.env is not Environment.PRODUCTION or settings.web.public_url.scheme == "https":
        return []
    address = settings.web.public_url
    caution = f"GAS_WEB__PUBLIC_URL is {address}: only pages from there will be able to upload. Set the public address."
    return [caution]


def _resources(settings: Settings) -> list[Resource]:
    return infrastructure(
        settings.names,
        lines=every_line(settings),
        archive_delay_seconds=settings.lifecycle.retention_seconds,
        inputs_expiry_days=settings.lifecycle.inputs_expiry_days,
        mail_sender=settings.aws.mail_sender,
        uploads_from=settings.web.public_origin,
        kms_key_id=settings.aws.kms_key_id,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gas-setup", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--dry-run", action="store_true", help="say what would be made; change nothing")
    choice.add_argument(
        "--print",
        choices=["cloudformation", "rights", _FORMERLY_RIGHTS],
        metavar="{cloudformation,rights}",
        help="print a template of everything, or the rights of each part's role; call nothing",
    )
    parser.add_argument(
        "--account",
        type=_account,
        help="the account's number, for narrower rights; without it they hold in any",
    )
    return parser


def _account(text: str) -> str:
    if not re.fullmatch(r"\d{12}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no account: twelve digits")
    return text


if __name__ == "__main__":
    sys.exit(main())
