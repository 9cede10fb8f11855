"""What a bucket's settings become: ours beside those of others, which stay as they are, and nothing weaker than it was.

Pure: from what AWS answered to what is to be written. Rules and statements are known by their ids.
"""

from collections.abc import Callable, Iterable
from typing import Any

from gas.adapters.aws.encryption import KEY_ALGORITHMS, KMS
from gas.adapters.aws.infrastructure_changes import SettingChange
from gas.adapters.aws.infrastructure_requests import ENCRYPTION_ALGORITHM, PRIVATE, Json


def private(found: Json) -> Json:
    """The block of public access with all four doors shut."""
    return {**found, **PRIVATE}


def encrypted(found: Json, kms_key_id: str) -> Json:
    """The default encryption: by our key where one is set, else as strong as it was, and at least S3's own."""
    rule: Json = next(iter(found.get("Rules", [])), {})
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    algorithm = default.get("SSEAlgorithm")
    if kms_key_id:
        if (algorithm, default.get("KMSMasterKeyID")) in {(each, kms_key_id) for each in KEY_ALGORITHMS}:
            return found
        kept = algorithm if algorithm in KEY_ALGORITHMS else KMS
        # Otherwise each object costs a call of KMS; two layers of encryption know no bucket key.
        cheap = {"BucketKeyEnabled": True} if kept == KMS else {}
        wanted = {"SSEAlgorithm": kept, "KMSMasterKeyID": kms_key_id}
        return {"Rules": [{**rule, "ApplyServerSideEncryptionByDefault": wanted, **cheap}]}
    if algorithm in {*KEY_ALGORITHMS, ENCRYPTION_ALGORITHM}:
        return found
    default = {"SSEAlgorithm": ENCRYPTION_ALGORITHM}
    return {"Rules": [{**rule, "ApplyServerSideEncryptionByDefault": default}]}


def with_lifecycle_rules(found: Json, ours: list[Json]) -> Json:
    """The lifecycle with our rules in it, by id; what others added to one of ours stays as well."""
    rules = merged(found.get("Rules", []), ours, "ID", keep=lambda old, new: {**old, **new})
    if rules == found.get("Rules"):
        return found
    # S3 takes no rule of the old form, with a bare prefix, beside one of the new form.
    return {"Rules": [_of_the_new_form(rule) for rule in rules]}


def with_cors_rule(found: Json, rule: Json) -> Json:
    """The CORS rules with ours in it, by id."""
    return {**found, "CORSRules": merged(found.get("CORSRules", []), [rule], "ID")}


def with_notice(found: Json, notice: Json) -> Json:
    """The notifications with ours in it, by id; those to queues, functions and the event bus stay."""
    topics = merged(found.get("TopicConfigurations", []), [notice], "Id")
    return {**found, "TopicConfigurations": topics}


def with_statement(found: Json, ours: Json) -> Json:
    """A resource's policy with our statements in it, by their `Sid`."""
    return {**ours, **found, "Statement": merged(_listed(found.get("Statement")), ours["Statement"], "Sid")}


def merged(
    found: list[Json],
    ours: list[Json],
    name: str,
    keep: Callable[[Json, Json], Json] = lambda _, new: new,
) -> list[Json]:
    """What was found, in its order, with ours in the place of those of the same name, or at the end."""
    wanted = {each[name]: each for each in ours}
    kept = []
    for each in found:
        mine = wanted.pop(each.get(name), None)
        kept.append(each if mine is None or holds(mine, each) else keep(each, mine))
    return [*kept, *wanted.values()]


def holds(wanted: Any, found: Any) -> bool:
    """True when everything wanted is found; AWS adds defaults, and reorders lists, which is no difference."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(k in found and holds(v, found[k]) for k, v in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(wanted) == len(found)
            and all(any(holds(w, f) for f in found) for w in wanted)
        )
    return bool(str(wanted).lower() == str(found).lower())


def changes(title: str, before: Json, after: Json) -> tuple[SettingChange, ...]:
    """Each part of a setting that differs: of a list of named parts, each part; of anything else, each field."""
    told: list[SettingChange] = []
    for field in dict.fromkeys((*before, *after)):
        old, new = before.get(field), after.get(field)
        if holds(new, old):
            continue
        if isinstance(new, list) and all(isinstance(each, dict) for each in new):
            told += _of_list(title, _listed(old), new)
        else:
            told.append(SettingChange(f"{title} {field}", old, new))
    return tuple(told)


def _of_list(title: str, before: list[Json], after: list[Json]) -> Iterable[SettingChange]:
    old, new = _by_name(before), _by_name(after)
    for name in dict.fromkeys((*old, *new)):
        if not holds(new.get(name), old.get(name)):
            yield SettingChange(f"{title} {name}".rstrip(), old.get(name), new.get(name))


def _listed(found: Any) -> list[Json]:
    """What AWS takes as a list of one as well."""
    return [found] if isinstance(found, dict) else found or []


def _by_name(parts: list[Json]) -> dict[str, Json]:
    """The parts by their own names; those without one by their place, and a lone one by none."""
    return {
        str(part.get("ID") or part.get("Id") or part.get("Sid") or (place or "")): part
        for place, part in enumerate(parts)
    }


def _of_the_new_form(rule: Json) -> Json:
    if "Filter" in rule or "Prefix" not in rule:
        return rule
    return {
        **{name: value for name, value in rule.items() if name != "Prefix"},
        "Filter": {"Prefix": rule["Prefix"]},
    }
