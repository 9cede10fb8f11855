"""What goes along with a setting of a bucket, because S3 would reset it."""

from collections.abc import Callable
from typing import Any, cast

from gas.adapters.aws.bucket_rules import BucketSpec, lifecycle_rules
from gas.adapters.aws.session import AwsClients
from gas_setup.buckets import ensure_bucket
from gas_setup.changes import Account

SPEC = BucketSpec("gas-inputs", "gas/", expire_days=30)
SIZES = {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}


class S3:
    """A bucket of which nothing is set but which objects its owner lets rules move; the local AWS cannot keep that."""

    def __init__(self) -> None:
        self.put: dict[str, Any] = {}

    def get_bucket_lifecycle_configuration(self, **_: str) -> dict[str, Any]:
        """No rule, and the sizes."""
        return {"Rules": [], **SIZES}

    def put_bucket_lifecycle_configuration(self, **wanted: Any) -> None:
        """Take what is wanted: what is left out gets S3's default."""
        self.put = wanted

    def get_caller_identity(self) -> dict[str, str]:
        """Whose account it is."""
        return {"Account": "1", "Arn": "arn:aws:iam::1:user/x"}

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        """Everything else is taken, and nothing of it is set."""
        return lambda **_: {}


class Clients:
    """Clients that are all this S3."""

    region = "us-east-1"

    def __init__(self, s3: S3) -> None:
        self._s3 = s3

    def client(self, _: str) -> S3:
        """It."""
        return self._s3


def test_the_sizes_that_rules_move_stay() -> None:
    """Our rules are set beside them."""
    s3 = S3()

    ensure_bucket(Account(cast("AwsClients", Clients(s3)), dry_run=False), SPEC)

    rules = {"Rules": lifecycle_rules(SPEC)}
    assert s3.put == {"Bucket": SPEC.name, "LifecycleConfiguration": rules, **SIZES}
