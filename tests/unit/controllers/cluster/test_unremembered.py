"""What kopf is spared: it keeps nothing of an object, in memory or in the cluster."""

import kopf

from gas_controllers.main import watch_settings

BODY = kopf.Body({"metadata": {"name": "job-1", "labels": {"a": "b"}}, "spec": {"suspend": True}})


def test_nothing_of_an_object_is_kept() -> None:
    """No object has an essence, so none differs from what it was, and no annotation is written."""
    storage = watch_settings().persistence.diffbase_storage
    patch = kopf.Patch()

    essence = storage.build(body=BODY)
    storage.store(body=BODY, patch=patch, essence=essence)

    assert essence == {}
    assert storage.fetch(body=BODY) is None
    assert patch == {}
