"""The `settings` of values.yaml, computed from the settings classes: names, order, defaults, bounds and sentences."""

import json
import textwrap
from enum import Enum
from typing import Any

from pydantic import BaseModel

from dev.write.docs.settings import sentences
from gas.config import Settings

BEGIN, END = "# settings begin", "# settings end"

SET_BY_THE_CHART = {
    "instance": "the release's namespace",
    "web.host": "all addresses of the pod",
    "web.port": "the port that the Service leads to",
    "web.probe_host": "all addresses of the pod",
    "web.probe_port": "the port that is probed",
    "web.client_secret": "the Secret web.oidc.existingSecret",
    "lines": "annotator.lines",
    "plans.premium_queue": "of the last release: annotator.lines",
    "annotator.line": "which of the Deployments it is",
    "annotator.premium": "of the last release: which of the Deployments it is",
    "annotator.work_dir": "the volume for it",
    "annotator.references_dir": "the volume for it",
    "annotator.references_bytes": "annotator.references.size",
    "annotator.probe_host": "all addresses of the pod",
    "annotator.probe_port": "the port that is probed",
    "controllers.annotator_deployment": "the annotators' Deployment",
    "controllers.premium_annotator_deployment": "of the last release: annotator.lines",
    "controllers.pod_deletion_cost": "controllers.podDeletionCost.enabled",
    "controllers.probe_host": "all addresses of the pod",
    "controllers.probe_port": "the port that is probed",
}
"""Settings that are no values, because the chart knows them; and from what."""

DERIVED = {
    "web.public_url": "Empty: `https://` and ingress.host.",
    "web.proxies": "Empty: 1 with an Ingress, else none.",
}
"""Settings whose value the chart can derive; the default then is null, and this is said."""

FORMER = ("web.references",)
"""Settings of the last release that are values still, so that an upgrade with its values is not refused; they go nowhere."""

_ADDRESS = "^https?://[^/]+"
_WIDTH = 118
_DROPPED = {"title", "default", "description", "format", "minLength"}


def camel(name: str) -> str:
    """A setting's name as values are named."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def settings_block() -> str:
    """The block, with the lines that mark its begin and end."""
    said = sentences()
    lines = [
        BEGIN,
        "",
        "# -- The settings of the programs: docs/settings.md, with `retentionSeconds` for `RETENTION_SECONDS`. null means not set.",
        "settings:",
    ]
    for name, field in Settings.model_fields.items():
        if name in SET_BY_THE_CHART:
            continue
        section = field.default
        if isinstance(section, BaseModel):
            lines += [*_comment(said["Settings", name], 2), f"  {camel(name)}:"]
            lines += _section(name, section, said)
        else:
            lines += _value(name, section, Settings.model_json_schema(), said["Settings", name], 2)
    return "\n".join([*lines, "", END])


def _section(name: str, section: BaseModel, said: dict[tuple[str, str], str]) -> list[str]:
    kind = type(section)
    lines: list[str] = []
    for each in kind.model_fields:
        path = f"{name}.{each}"
        if path in SET_BY_THE_CHART:
            continue
        default = None if path in DERIVED or path in FORMER else getattr(section, each)
        # In the environment a list is written as JSON, here as a list.
        told = said[kind.__name__, each].replace("a JSON list", "a list")
        sentence = f"{told} {DERIVED.get(path, '')}".strip()
        lines += _value(each, default, kind.model_json_schema(), sentence, 4)
    return lines


def _value(name: str, default: Any, model: dict[str, Any], sentence: str, indent: int) -> list[str]:
    constraint = _constraint(model["properties"][name], model)
    pad = " " * indent
    return [
        *_comment(sentence, indent),
        f"{pad}# @schema {json.dumps(constraint)}",
        f"{pad}{camel(name)}: {json.dumps(_plain(default))}",
    ]


def _comment(sentence: str, indent: int) -> list[str]:
    pad = " " * indent
    first, *rest = textwrap.wrap(sentence, _WIDTH - indent - 5)
    return [f"{pad}# -- {first}", *(f"{pad}# {line}" for line in rest)]


def _constraint(property_: dict[str, Any], model: dict[str, Any]) -> dict[str, Any]:
    """What pydantic checks, as JSON schema; null is always allowed and means that the setting is not set."""
    reference = property_.get("$ref")
    if reference is not None:
        property_ = model["$defs"][reference.rpartition("/")[2]]
    choices = [c for c in property_.get("anyOf", [property_]) if c.get("type") != "null"]
    [choice] = choices
    kept = {key: value for key, value in choice.items() if key not in _DROPPED}
    if (part := kept.get("items", {}).get("$ref")) is not None:
        kept["items"] = _entry(model["$defs"][part.rpartition("/")[2]])
    if choice.get("format") == "uri":
        # Helm does not look at formats.
        kept.setdefault("pattern", _ADDRESS)
    kind = kept.pop("type")
    if "enum" in kept:
        kept["enum"] = [*kept["enum"], None]
    return {"type": [kind, "null"], **kept}


def _entry(model: dict[str, Any]) -> dict[str, Any]:
    """What an entry of a list may have."""
    properties = {}
    for name, property_ in model["properties"].items():
        choices = property_.get("anyOf", [property_])
        [choice] = [choice for choice in choices if choice["type"] != "null"]
        kept = {key: value for key, value in choice.items() if key not in _DROPPED}
        properties[name] = {**kept, "type": [each["type"] for each in choices]}
    return {
        "type": "object",
        "required": model.get("required", []),
        "additionalProperties": False,
        "properties": properties,
    }


def _plain(default: Any) -> Any:
    if isinstance(default, Enum):
        return default.value
    if isinstance(default, bool | int | float | str | None):
        return default
    return list(default) if isinstance(default, tuple) else str(default)
