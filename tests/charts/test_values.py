"""The chart's values: described, checked, used, and refused with a sentence when they cannot work."""

import json
import re
import textwrap
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from dev.run.helm.chart import HelmError, Release, Rendered, lint, render, render_many
from dev.write.charts.files import CHART, computed_files
from dev.write.charts.settings_block import SET_BY_THE_CHART, camel
from dev.write.charts.values_file import Value, ValuesError, read_values
from gas.config import Settings
from tests.support.charts import TABLE, Json, chart, merged, values

CHART_FILE = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
VALUES = read_values((CHART / "values.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", computed_files(), ids=lambda path: path.name)
def test_computed_files_are_fresh(path: Any) -> None:
    """Settings, schema, README and the CRD's copy are what `make charts` would write."""
    assert path.read_text(encoding="utf-8") == computed_files()[path]


def test_a_value_without_a_description_is_refused() -> None:
    """Nothing can be added in silence: the value and what to do are named."""
    with pytest.raises(ValuesError, match=r"web\.replicas: put one line that starts with `# --`"):
        read_values("# -- The web.\nweb:\n  replicas: 1\n")


def test_every_setting_is_a_value_or_the_charts_own() -> None:
    """No setting is forgotten, and none of those that the chart knows can be set twice."""
    paths: set[str] = set()
    for name, field in Settings.model_fields.items():
        section = field.default
        inner = type(section).model_fields if isinstance(section, BaseModel) else None
        paths |= {name} if inner is None else {f"{name}.{each}" for each in inner}
    [settings] = [value for value in VALUES if value.name == "settings"]

    given = {leaf.name.removeprefix("settings.") for leaf in settings.leaves()}

    assert given == {".".join(map(camel, path.split("."))) for path in paths - set(SET_BY_THE_CHART)}


def test_lint_finds_nothing() -> None:
    """`helm lint --strict` is content, with the least values and with all."""
    assert {name: lint(values(name)) for name in TABLE} == {name: [] for name in TABLE}


def changed(leaf: Value) -> Any:
    """Another value of the same kind, which the schema allows."""
    if leaf.name in OTHERS:
        return OTHERS[leaf.name]
    allowed = [each for each in leaf.constraint.get("enum", []) if each not in (leaf.default, None)]
    if allowed:
        return allowed[0]
    if "pattern" in leaf.constraint:
        return "https://changed"
    match leaf.default:
        case bool():
            return not leaf.default
        case int() | float():
            return leaf.default - 1 if leaf.default == leaf.constraint.get("maximum") else leaf.default + 1
        case str() | None:
            kinds = leaf.constraint.get("type", ["string"])
            return "changed" if "string" in kinds else 3
        case []:
            return (
                ["changed"]
                if "items" in leaf.constraint and leaf.path[0] == "settings"
                else [{"name": "changed"}]
            )
        case [*_]:
            return []
        case {}:
            return {"example.org/changed": "changed"}
        case _:
            return {**leaf.default, "changed": "changed"}


OTHERS: dict[str, Any] = {
    "rbac.viewers": [{"kind": "User", "name": "changed"}],
    "rbac.editors": [{"kind": "User", "name": "changed"}],
    "settings.env": "local",
    "settings.aws.kmsKeyId": "arn:aws:kms:eu-central-1:123456789012:key/changed",
    "settings.web.references": ["rCRS"],
    "settings.plans.more": [
        {"name": "changed", "word": "changed", "maxInputBytes": 1, "maxActiveJobs": 1, "maxCpuSeconds": 1}
    ],
    "annotator.references.size": "2Gi",
    "alerts.disabled": ["GasDeadLetters"],
    "alerts.thresholds.webErrorBudget": 0.002,
    "alerts.thresholds.premiumOldestSeconds": 60,
    "extraObjects": [{"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "changed"}}],
    **{f"{part}.podDisruptionBudget.maxUnavailable": 2 for part in ("web", "annotator", "controllers")},
    **{f"{part}.topologySpreadConstraints": [] for part in ("web", "annotator", "controllers")},
    **{
        f"{part}.resources": {"requests": {"cpu": "1"}}
        for part in ("web", "annotator", "controllers", "setup")
    },
}

ALL_ON: Json = {
    "settings": {"env": "local"},
    "annotator": {"premium": {"enabled": True}, "autoscaling": {"authentication": {}}},
    "setup": {"enabled": True},
    "monitoring": {"kind": "PodMonitor"},
    "tests": {"tokenSecret": "token"},
}
NEEDS: dict[str, Json] = {
    "web.replicas": {"web": {"autoscaling": {"enabled": False}}},
    "annotator.replicas": {"annotator": {"autoscaling": {"enabled": False}}},
    "annotator.premium.replicas": {"annotator": {"autoscaling": {"enabled": False}}},
    "setup.serviceAccount.annotations": {"setup": {"serviceAccount": {"create": True}}},
    **{
        f"{part}.priorityClass.name": {part: {"priorityClass": {"create": False}}}
        for part in ("web", "annotator", "controllers")
    },
    "annotator.references.accessMode": {"annotator": {"references": {"storageClass": "efs"}}},
    "nameOverride": {"fullnameOverride": ""},
    # They are long, and three hundred renders of all of them take their time.
    **{f"dashboards.{name}": {"dashboards": {"enabled": True}} for name in ("labels", "annotations")},
    **{
        leaf.name: {"alerts": {"enabled": True}}
        for value in VALUES
        for leaf in value.leaves()
        if leaf.path[0] == "alerts" and leaf.name != "alerts.enabled"
    },
}
"""Values that count only when another one is so."""


OFF = {
    "settings.env",
    "ingress.enabled",
    "setup.enabled",
    "annotator.premium.enabled",
    "monitoring.kind",
    "tests.tokenSecret",
}
"""What is on for the sake of the others is itself changed from its default."""

ASKED_OF_A_CLUSTER = {"checkSecrets"}
"""What counts where there is a cluster: test_release.py."""


def at(path: tuple[str, ...], value: Any) -> Json:
    """Values that hold one value."""
    return {path[0]: value if len(path) == 1 else at(path[1:], value)}


def differs(before: Rendered, after: Rendered) -> bool:
    """Whether anything that is installed, or told, is different."""
    return before.texts != after.texts


def test_every_value_changes_something() -> None:
    """No value is a dead letter: each, changed alone, changes what is rendered."""
    leaves = [leaf for value in VALUES for leaf in value.leaves() if leaf.name not in ASKED_OF_A_CLUSTER]
    bases = [
        merged(
            values("minimal", ALL_ON, NEEDS.get(leaf.name, {})),
            at(leaf.path, leaf.default) if leaf.name in OFF else {},
        )
        for leaf in leaves
    ]
    tried = [merged(base, at(leaf.path, changed(leaf))) for base, leaf in zip(bases, leaves, strict=True)]

    # Nearly all have the same base.
    keys = [json.dumps(base) for base in bases]
    rendered = dict(zip(dict.fromkeys(keys), render_many(map(json.loads, dict.fromkeys(keys))), strict=True))
    before, after = [rendered[key] for key in keys], render_many(tried)

    dead = [
        leaf.name for leaf, one, other in zip(leaves, before, after, strict=True) if not differs(one, other)
    ]
    assert dead == []
    assert len(leaves) > 180


BAD: dict[str, tuple[Json, str]] = {
    "unknown": ({"webb": {}}, "additional properties 'webb' not allowed"),
    "unknown below": ({"web": {"replica": 3}}, "additional properties 'replica' not allowed"),
    "unknown setting": ({"settings": {"lifecycle": {"retention": 3}}}, "'retention' not allowed"),
    "set by the chart": ({"settings": {"web": {"port": 1}}}, "additional properties 'port' not allowed"),
    "type": ({"web": {"replicas": "three"}}, "got string, want integer"),
    "bound of a setting": ({"settings": {"web": {"uploadSeconds": 900}}}, "maximum: got 900, want 300"),
    "one web pod": ({"web": {"autoscaling": {"minReplicas": 1}}}, "minimum: got 1, want 2"),
    "enumeration": (
        {"monitoring": {"kind": "Both"}},
        "value must be one of '', 'ServiceMonitor', 'PodMonitor'",
    ),
    "no level": (
        {"settings": {"logLevel": "loud"}},
        "value must be one of 'debug', 'info', 'warning', 'error', <nil>",
    ),
    "issuer without scheme": ({"settings": {"web": {"issuerUrl": "foo"}}}, "'foo' does not match pattern"),
    "public address with a path": (
        {"settings": {"web": {"publicUrl": "https://gas.org/lab"}}},
        "does not match pattern",
    ),
    "public address with a user": (
        {"settings": {"web": {"publicUrl": "https://ada@gas.org"}}},
        "does not match pattern",
    ),
    "address without scheme": ({"settings": {"web": {"publicUrl": "gas.org"}}}, "does not match pattern"),
    "misspelt limits": (
        {"web": {"resources": {"limit": {"cpu": 1}}}},
        "additional properties 'limit' not allowed",
    ),
    "cold premium": ({"annotator": {"premium": {"minReplicas": 0}}}, "minimum: got 0, want 1"),
    "a line without a name": ({"annotator": {"lines": [{"plans": ["team"]}]}}, "missing property 'name'"),
    "a line that no queue could be called": (
        {"annotator": {"lines": [{"name": "of-a-team"}]}},
        "'of-a-team' does not match pattern",
    ),
    "a line of everybody's name": (
        {"annotator": {"lines": [{"name": "everybody"}]}},
        "annotator.lines has everybody twice, or a name that is taken",
    ),
    "a line twice": (
        {"annotator": {"lines": [{"name": "team"}, {"name": "team"}]}},
        "annotator.lines has team twice, or a name that is taken",
    ),
    "a line of a plan that is not there": (
        {"annotator": {"lines": [{"name": "vip", "plans": ["gold"]}]}},
        "annotator.lines has plan gold: there is no such plan, but free, premium.",
    ),
    "a plan in two lines": (
        {"annotator": {"lines": [{"name": "a", "plans": ["free"]}, {"name": "b", "plans": ["free"]}]}},
        "annotator.lines has plan free twice: it stands in one line.",
    ),
    "a setup from before its image": (
        {"setup": {"enabled": True, "image": None}},
        "setup.image is missing: these are the values of a release that had none. Upgrade with --reset-then-reuse-values",
    ),
    "a setup's image of which only the tag is said": (
        {"setup": {"enabled": True, "image": {"repository": None, "tag": "7"}}},
        "setup.image is missing",
    ),
    "grace": (
        {"annotator": {"terminationGracePeriodSeconds": 100}},
        "annotator.terminationGracePeriodSeconds is 100: make it at least 30 s longer than settings.annotator.drainSeconds",
    ),
    "drain": ({"settings": {"annotator": {"drainSeconds": 600}}}, "terminationGracePeriodSeconds is 180"),
    "two ways to authenticate": (
        {"annotator": {"autoscaling": {"authentication": {"roleArn": "a", "existingSecret": "b"}}}},
        "set one of roleArn, existingSecret and triggerAuthentication",
    ),
    "blind": (
        {"annotator": {"autoscaling": {"cooldownSeconds": 39}}},
        "annotator.autoscaling.cooldownSeconds is 39: make it at least 40",
    ),
    "undrainable": (
        {"controllers": {"podDisruptionBudget": {"maxUnavailable": 0}}},
        "controllers.podDisruptionBudget.maxUnavailable is 0",
    ),
    "local AWS in production": (
        {"settings": {"aws": {"endpointUrl": "http://aws:5000"}}},
        "settings.aws.endpointUrl is set: production talks to AWS itself",
    ),
    "pace of load runs in production": (
        {"settings": {"annotator": {"paceSeconds": 40}}},
        "settings.annotator.paceSeconds is set: it makes annotators slow for load runs",
    ),
    "host": ({"ingress": {"host": ""}}, "ingress.enabled needs ingress.host"),
    "unknown limit": (
        {"alerts": {"thresholds": {"oldest": 3}}},
        "additional properties 'oldest' not allowed",
    ),
    "unknown alert": (
        {"alerts": {"enabled": True, "disabled": ["GasDeadLeters"]}},
        "alerts.disabled names GasDeadLeters, which is no alert: GasAbsencesPaused, ",
    ),
    "no budget": ({"alerts": {"thresholds": {"webErrorBudget": 0}}}, "exclusiveMinimum"),
}


@pytest.mark.parametrize(("wrong", "said"), BAD.values(), ids=BAD)
def test_what_cannot_work_is_refused(wrong: Json, said: str) -> None:
    """Before anything is installed, and with what to do."""
    with pytest.raises(HelmError) as refused:
        chart(wrong)

    assert said in str(refused.value)


def test_everything_that_is_missing_is_told_at_once() -> None:
    """Nobody has to try four times to learn four things."""
    with pytest.raises(HelmError) as refused:
        render({})

    told = str(refused.value)
    assert all(
        name in told
        for name in (
            "ingress.host",
            "settings.web.clientId",
            "web.oidc.existingSecret",
            "settings.aws.mailSender",
        )
    )


@pytest.mark.parametrize("namespace", ["Gas", "this-namespace-is-too-long", "7up", "gas-"], ids=str)
def test_the_namespace_has_to_be_able_to_name_an_instance(namespace: str) -> None:
    """It names buckets and queues."""
    with pytest.raises(HelmError, match="is the instance, which names buckets and queues"):
        chart(release=Release(namespace=namespace))


def test_large_numbers_stay_whole() -> None:
    """Helm reads numbers as floats: 5 GiB must not come out as 5.3687e+09."""
    [settings] = list(chart().of("web/settings.yaml"))

    assert settings["data"]["GAS_PLANS__PREMIUM_MAX_INPUT_BYTES"] == "5368709120"


def test_null_is_not_set() -> None:
    """A setting that is null is left to the program's default."""
    [settings] = chart({"settings": {"lifecycle": {"retentionSeconds": None}}}).of("web/settings.yaml")

    assert "GAS_LIFECYCLE__RETENTION_SECONDS" not in settings["data"]


def test_the_readme_describes_every_value() -> None:
    """Each value is a row."""
    readme = (CHART / "README.md").read_text(encoding="utf-8")

    assert [
        leaf.name for value in VALUES for leaf in value.leaves() if f"| `{leaf.name}` |" not in readme
    ] == []


def test_the_readmes_values_install() -> None:
    """What a new owner copies from the README renders as it stands, in a namespace of the README's name."""
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    least, watched = (yaml.safe_load(textwrap.dedent(block)) for block in blocks)

    rendered, with_more = render_many([least, merged(least, watched)], Release(namespace="gas-yourlab"))

    assert len(rendered.objects) > 20
    [web] = rendered.of("web/settings.yaml")
    assert web["data"]["GAS_WEB__PUBLIC_URL"] == "https://gas.yourlab.org"
    more = [each["kind"] for each in with_more.objects]
    assert (more.count("ServiceMonitor"), more.count("PrometheusRule")) == (3, 1)


def test_the_readme_names_what_there_is() -> None:
    """Service accounts, annotations and the policies' names are those of chart and command."""
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    accounts = {
        each["metadata"]["name"]
        for each in chart({"setup": {"enabled": True}}).objects
        if each["kind"] == "ServiceAccount"
    }

    assert {name.replace("RELEASE", "gas") for name in re.findall(r"`(RELEASE-[a-z]+)`", readme)} == accounts
    assert CHART_FILE["kubeVersion"] == ">=1.31.0-0"
    assert "| Kubernetes | 1.31 or newer |" in readme


def test_the_schema_knows_no_more_than_the_values() -> None:
    """Every property is described and every map is closed, but for those that Kubernetes defines."""
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))

    def walk(name: str, node: Json) -> list[str]:
        found = [] if "description" in node or name in {"", ".global"} else [name]
        for key, child in node.get("properties", {}).items():
            found += walk(f"{name}.{key}", child) if "default" not in node else []
        return found

    assert walk("", schema) == []
    assert schema["additionalProperties"] is False


OWN = {
    "web": {"replicas", "autoscaling", "oidc", "service"},
    "annotator": {
        "replicas",
        "autoscaling",
        "lines",
        "premium",
        "workSizeLimit",
        "references",
        "runtimeClassName",
    },
    "controllers": {"podDeletionCost"},
}
"""What a part has that the others have not: who scales it, and what only it does."""


def test_the_parts_are_alike() -> None:
    """Whoever has set something for one part knows where it is for the others, and what it may be."""
    parts = {
        value.name: {part.path[-1]: part for part in value.parts} for value in VALUES if value.name in OWN
    }
    common = {name: [key for key in parts[name] if key not in own] for name, own in OWN.items()}

    assert common["web"] == common["annotator"] == common["controllers"]
    assert len(common["web"]) >= 18
    for key in common["web"]:
        shapes = {
            name: [(leaf.path[1:], leaf.constraint.keys()) for leaf in parts[name][key].leaves()]
            for name in OWN
        }
        assert shapes["web"] == shapes["annotator"] == shapes["controllers"], key


def test_the_longest_release_still_names_its_pods() -> None:
    """A pod's host is cut to 63 characters, and the mark of busy pods finds a pod by it; names have to be shorter."""
    rendered = chart(
        {"annotator": {"lines": [{"name": "premium", "plans": ["premium"]}]}}, release=Release("r" * 53)
    )
    names = [each["metadata"]["name"] for each in rendered.objects if each["kind"] == "Deployment"]

    assert len(names) == 4
    assert max(map(len, names)) + len("-7d4b9c6f8d-x2x9z") <= 63
