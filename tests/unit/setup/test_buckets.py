"""What goes along with a setting of a bucket, because S3 would reset it."""

from collections.abc import Callable
from typing import Any

from gas.adapters.aws.bucket_rules import BucketSpec, lifecycle_rules
from gas_setup.buckets import ensure_bucket
from tests.support.setup_runs import account_with

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

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        """Everything else is taken, and nothing of it is set."""
        return lambda **_: {}


def test_the_sizes_that_rules_move_stay() -> None:
    """Our rules are set beside them."""
    s3 = S3()

    ensure_bucket(account_with(s3), SPEC)

    rules = {"Rules": lifecycle_rules(SPEC)}
    assert s3.put == {"Bucket": SPEC.name, "LifecycleConfiguration": rules, **SIZES}
