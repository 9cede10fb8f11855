"""How the files of a result are written in DynamoDB: one map, and beside it what an earlier release or the original reads."""

from collections.abc import Mapping
from typing import Any

from gas.adapters.wire_values import INTEGER, TEXT, Codec, Item, Shape, columns
from gas.domain.outputs import Output
from gas.domain.record import Result, StoredOutput

_STORED_OUTPUT = Shape(
    StoredOutput, columns(TEXT, "key", "sha256", "archive_id") | columns(INTEGER, "size_bytes")
)


def _outputs_to_map(outputs: Mapping[Output | str, StoredOutput]) -> Item:
    written = {
        output.value if isinstance(output, Output) else output: _STORED_OUTPUT.write(stored)
        for output, stored in outputs.items()
    }
    written[Output.RESULT.value].pop("archive_id", None)
    return written


def _outputs_from_map(written: Mapping[str, Any]) -> dict[Output | str, StoredOutput]:
    known = {output.value: output for output in Output}
    outputs = {known.get(name, name): _STORED_OUTPUT.read(each) for name, each in written.items()}
    result = outputs.get(Output.RESULT)
    if result is None or result.size_bytes is None or result.sha256 is None:
        raise ValueError("it does not say where the result is, how large, and with which SHA-256")
    return outputs


OUTPUTS = Codec(_outputs_to_map, _outputs_from_map)
"""The map: what each file is, to what is known of it."""

_ORIGINAL_KEYS = {Output.RESULT: "s3_key_result_file", Output.LOG: "s3_key_log_file"}
"""What the original service called the keys of the two files that it had: they stay beside the map."""

_EARLIER_KEYS = {
    **_ORIGINAL_KEYS,
    Output.INDEX: "s3_key_index_file",
    Output.PREVIEW: "s3_key_preview_file",
    Output.STATISTICS: "s3_key_statistics_file",
    Output.PROVENANCE: "s3_key_provenance_file",
}
"""Where 0.1.0, which knows no map, has the keys of all files that it knows. They are read for good. The release after 0.1.0
writes them beside the map, so that one can go back from it; later ones write only the original's. Nothing is added here."""

ARCHIVE_ID = "results_file_archive_id"
"""What the original called the archive id of the result, and what the index by archive id goes by. It stands here and not in
the map: it is written once, so that no two can differ, whichever release wrote it last."""

_READ_KEYS = _EARLIER_KEYS | {
    Output.TABLE: "s3_key_table_file",
    Output.PROBLEMS: "s3_key_problems_file",
    Output.SUMMARY: "s3_key_summary_file",
}
"""Where any version that wrote no map has the keys of its files: between 0.1.0 and the map there were three more of them."""

_EARLIER_FACTS = {"size_bytes": "result_size_bytes", "sha256": "result_sha256"}
"""The same of what they know of the result's bytes."""

EARLIER_ATTRIBUTES = (*_EARLIER_KEYS.values(), *_EARLIER_FACTS.values())
"""All that is written beside the map of outputs for an earlier release, or for the original's scripts."""


def beside_the_map(result: Result | None) -> Item:
    """What stands in attributes of their own: the result's archive id, and what an earlier release has to find."""
    if result is None:
        return {}
    keys = {
        name: result.outputs[output].key for output, name in _EARLIER_KEYS.items() if output in result.outputs
    }
    archive_id = result.outputs[Output.RESULT].archive_id
    keys |= {} if archive_id is None else {ARCHIVE_ID: archive_id}
    return keys | {name: getattr(result, fact) for fact, name in _EARLIER_FACTS.items()}


def with_outputs(item: Item) -> Item:
    """The record with its whole map of outputs, made of single attributes where an earlier release wrote it.

    An earlier release that deletes a job takes away the attributes that it knows: a map without these is nobody's.
    """
    name = _ORIGINAL_KEYS[Output.RESULT]
    if item.get(name) is None:
        return {name: value for name, value in item.items() if name != "outputs"}
    outputs = item.get("outputs")
    if outputs is None:
        outputs = {
            output.value: {"key": item[name]}
            for output, name in _READ_KEYS.items()
            if item.get(name) is not None
        }
        outputs[Output.RESULT.value] |= {fact: item.get(name) for fact, name in _EARLIER_FACTS.items()}
    result = outputs.get(Output.RESULT.value, {}) if isinstance(outputs, Mapping) else None
    if not isinstance(result, Mapping):
        # Whoever reads it will say what is wrong.
        return item
    result = {**result, "archive_id": item.get(ARCHIVE_ID)}
    return item | {"outputs": {**outputs, Output.RESULT.value: result}}
