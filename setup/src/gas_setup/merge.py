"""What a bucket's settings become: ours beside those of others, which stay as they are, and nothing weaker than it was.

Pure: from what AWS answered to what is to be written. Statements are known by their ids; what lies in a bucket is known by
its id and by what it does, since a bucket's owner may have given the same id to something else.
"""

from collections.abc import Callable, Iterable
from typing import Any

from gas.adapters.aws.bucket_rules import (
    Json,
    days_of,
    has_its_id,
    is_only_ours,
    is_ours,
    prefix_of,
    span_of,
)
from gas.adapters.aws.encryption import KEY_ALGORITHMS, KMS
from gas_setup.changes import SettingChange
from gas_setup.request_parts import ENCRYPTION_ALGORITHM, PRIVATE


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
    """The lifecycle with our rules in it.

    One that its owner disabled or gave more days stays so, and so does all that it does besides. One that reaches more
    keys, as releases before wrote it, is limited to the files of GAS, unless it does more than ours. A rule of somebody else
    stays as it is, though it has an id of ours: then there is none of ours by that id. By a former id ours is only what was
    written under it; anything else by that id stays, with ours beside it.
    """
    before: list[Json] = found.get("Rules", [])
    taken = {rule.get("ID") for rule in before}
    missing = [
        rule for rule in ours if rule["ID"] not in taken and not any(is_ours(each, rule) for each in before)
    ]
    rules = [*(_no_stricter(each, ours) for each in before), *missing]
    if rules == before:
        return found
    # S3 takes no rule of the old form, with a bare prefix, beside one of the new form.
    return {"Rules": [_of_the_new_form(rule) for rule in rules]}


def with_cors_rule(found: Json, rule: Json) -> Json:
    """The CORS rules with ours in it; one of somebody else that has its former id lets pages do something else."""

    def mine(old: Json, new: Json) -> bool:
        same = set(old) <= set(new) and holds(new["AllowedMethods"], old.get("AllowedMethods"))
        return old.get("ID") == new["ID"] or (has_its_id(old, new, "ID") and same)

    return {**found, "CORSRules": merged(found.get("CORSRules", []), [rule], "ID", mine)}


def with_notice(found: Json, notice: Json) -> Json:
    """The notifications with ours in it; those to queues, functions, the event bus and the topics of others stay."""

    def mine(old: Json, new: Json) -> bool:
        same = old.get("TopicArn") == new["TopicArn"]
        return old.get("Id") == new["Id"] or (has_its_id(old, new, "Id") and same)

    topics = merged(found.get("TopicConfigurations", []), [notice], "Id", mine)
    return {**found, "TopicConfigurations": topics}


def with_statement(found: Json, ours: Json) -> Json:
    """The rights on a resource with our statements in it, by their `Sid`."""
    return {**ours, **found, "Statement": merged(_listed(found.get("Statement")), ours["Statement"], "Sid")}


def merged(
    found: list[Json], ours: list[Json], name: str, mine: Callable[[Json, Json], bool] | None = None
) -> list[Json]:
    """What was found, in its order, with ours in the place of what is ours, by the name it has there, or at the end.

    Without `mine` to tell of a part that was found whether it is one of ours, it is by its name.
    """
    mine = mine or (lambda old, new: bool(old.get(name) == new[name]))
    left, kept = list(ours), list[Json]()
    for old in found:
        new = next((each for each in left if mine(old, each)), None)
        if new is None:
            kept.append(old)
            continue
        left.remove(new)
        new = {**new, name: old[name]}
        kept.append(old if holds(new, old) else new)
    return [*kept, *left]


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


def _no_stricter(found: Json, ours: list[Json]) -> Json:
    """A rule as it was found; one of ours that acts too soon has as many days as ours, and reaches no more keys."""
    rule = next((each for each in ours if is_ours(found, each)), None)
    if rule is None:
        return found
    stays = found
    if (days_of(found, rule) or 0) < (days_of(rule, rule) or 0):
        action, unit = span_of(rule)
        stays = {**found, action: {**found[action], unit: days_of(rule, rule)}}
    if prefix_of(found) != prefix_of(rule) and is_only_ours(found, rule):
        return {**_of_the_new_form(stays), "Filter": rule["Filter"]}
    return stays
