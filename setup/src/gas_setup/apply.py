"""Makes the infrastructure through AWS's API: safe to run twice, and after a run that was killed half way."""

from collections.abc import Iterator
from typing import assert_never

from gas.adapters.aws.bucket_rules import BucketSpec
from gas.adapters.aws.errors import aws_errors
from gas.adapters.aws.session import AwsClients
from gas.domain.errors import GasError
from gas_setup.buckets import ensure_bucket
from gas_setup.changes import Account, Action, Change
from gas_setup.infrastructure import (
    QueueSpec,
    Resource,
    SenderSpec,
    SubscriptionSpec,
    TableSpec,
    TopicSpec,
    topics_of_queues,
)
from gas_setup.messaging import (
    ensure_queue,
    ensure_sender,
    ensure_subscription,
    ensure_topic,
)
from gas_setup.tables import ensure_table


def apply_infrastructure(
    clients: AwsClients, resources: list[Resource], *, dry_run: bool = False
) -> Iterator[Change]:
    """Make each resource as it should be and say what was done; a dry run reads only, and says what would be done.

    Of one that could be made only in part, that part is told before the error is raised.

    Raises:
        GasError: AWS refused or did not answer, or a name is taken; what was made so far stays, and a rerun goes on.
    """
    with aws_errors("AWS account (who am I)"):
        account = Account(clients, dry_run=dry_run)
    topics = topics_of_queues(resources)
    for resource in resources:
        account.begin(*_kind_and_name(resource))
        try:
            with aws_errors(_named(resource)):
                change = _ensure(account, resource, topics)
        except GasError:
            if (part := account.change()).action is not Action.UNCHANGED:
                yield part
            raise
        yield change


def _ensure(account: Account, resource: Resource, topics: dict[str, list[str]]) -> Change:
    match resource:
        case QueueSpec():
            return ensure_queue(account, resource, topics.get(resource.name, []))
        case TopicSpec():
            return ensure_topic(account, resource)
        case SubscriptionSpec():
            return ensure_subscription(account, resource)
        case TableSpec():
            return ensure_table(account, resource)
        case BucketSpec():
            return ensure_bucket(account, resource)
        case SenderSpec():
            return ensure_sender(account, resource)
        case _:
            assert_never(resource)


def _named(resource: Resource) -> str:
    if isinstance(resource, SubscriptionSpec):
        return f"subscription of {resource.queue} to {resource.topic}"
    return " ".join(_kind_and_name(resource))


def _kind_and_name(resource: Resource) -> tuple[str, str]:
    match resource:
        case SubscriptionSpec():
            return "subscription", f"{resource.topic} -> {resource.queue}"
        case SenderSpec():
            return "sender", resource.address
        case QueueSpec() | TopicSpec() | TableSpec() | BucketSpec():
            return type(resource).__name__.removesuffix("Spec").lower(), resource.name
        case _:
            assert_never(resource)
