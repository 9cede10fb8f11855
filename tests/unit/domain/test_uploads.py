"""What a user may have open in uploads at a time."""

from datetime import timedelta

import pytest

from gas.domain.own_file import MAX_OWN_BYTES
from gas.domain.uploads import PLAIN_BYTES, OpenUpload, OpenUploads, UploadQuota
from tests.support.jobs import NOW


def holding(*sizes: int) -> OpenUploads:
    """Open uploads of these sizes."""
    uploads = {
        f"up-{n}": OpenUpload(f"k{n}", NOW, size, NOW + timedelta(hours=20)) for n, size in enumerate(sizes)
    }
    return OpenUploads(uploads)


@pytest.mark.parametrize(
    ("quota", "largest", "most"),
    [
        (UploadQuota(5), 100, 5 * PLAIN_BYTES),
        (UploadQuota(5, 350), 100, 350),
        (UploadQuota(5, 150), 100, 200),
        (UploadQuota(5, 1), 2 * MAX_OWN_BYTES, 3 * MAX_OWN_BYTES),
    ],
    ids=["as-many-of-the-largest", "said", "said-too-little", "an-own-file-has-a-bound"],
)
def test_a_job_may_always_be_sent_whole(quota: UploadQuota, largest: int, most: int) -> None:
    """However few bytes an owner allows: the largest input fits, and the largest file of one's own beside it."""
    own = min(largest, MAX_OWN_BYTES)

    assert quota.most_bytes(largest) == most
    assert quota.refusal(holding(largest), own, largest) is None
    assert quota.refusal(holding(own), largest, largest) is None
    assert quota.refusal(holding(*[largest] * 5), 1, largest) is not None


@pytest.mark.parametrize(
    ("quota", "through"),
    [
        (UploadQuota(5), PLAIN_BYTES),
        (UploadQuota(5, 100 * PLAIN_BYTES), PLAIN_BYTES),
        (UploadQuota(5, 5000), 1000),
        (UploadQuota(5, 350), 100),
    ],
    ids=["as-many", "said", "said-little", "said-too-little"],
)
def test_forms_that_a_browser_sends_by_itself_share_what_may_be_open(
    quota: UploadQuota, through: int
) -> None:
    """Each lets through more than the plan takes, if there is so much, and one that is given up keeps nobody from the next."""
    fit = min(quota.uploads, quota.most_bytes(100) // through)

    assert quota.plain_bytes(100) == through
    assert [quota.refusal(holding(*[through] * n), through, 100) is None for n in range(6)] == [
        *[True] * fit,
        *[False] * (6 - fit),
    ]
    assert fit == (3 if through == 100 else 5)
