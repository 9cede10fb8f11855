"""What the logs look like, and what they never hold."""

import io
import json
import logging
from typing import Any

import pytest

from gas.logs import _without_secrets, configure_logging, log_line
from tests.support.stopwatch import thread_seconds


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Say that it is one."""
        return True


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """The JSON lines that were written."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_line_is_json_with_its_fields() -> None:
    """A canonical line is one JSON object with event, level, time and fields."""
    stream = io.StringIO()
    configure_logging("info", stream)

    log_line("job claimed", job_id="job-1", duration_ms=12)

    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "job claimed", "level": "info", "job_id": "job-1", "duration_ms": 12}


def test_terminal_gets_text() -> None:
    """On a terminal a line is for people, not JSON."""
    stream = Terminal()
    configure_logging("info", stream)

    log_line("job claimed", job_id="job-1")

    assert "job claimed" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_libraries_use_the_same_form() -> None:
    """A library's own logger ends up in the same JSON lines, with its name."""
    stream = io.StringIO()
    configure_logging("info", stream)

    logging.getLogger("kopf.x").warning("%d resources", 3)

    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["level"]) == ("3 resources", "kopf.x", "warning")


def test_level_is_kept_and_the_sdk_is_quiet() -> None:
    """Lines below the level are not written, and the SDK never says less than a warning even at debug."""
    stream = io.StringIO()
    configure_logging("debug", stream)
    log_line("details", level="debug")
    logging.getLogger("botocore.auth").debug("StringToSign")
    configure_logging("warning", stream)

    log_line("unimportant")

    assert [line["event"] for line in lines(stream)] == ["details"]


def test_configuring_twice_writes_once() -> None:
    """A second call replaces the first."""
    stream = io.StringIO()
    configure_logging("info", stream)
    configure_logging("info", stream)

    log_line("once")

    assert len(lines(stream)) == 1


def test_unknown_level_is_refused() -> None:
    """A wrong level is refused with those that there are."""
    with pytest.raises(ValueError, match="use debug"):
        configure_logging("loud")


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["json", "terminal"])
def test_no_secret_is_written(stream: io.StringIO) -> None:
    """Secrets are hidden by name, inside values, in texts of libraries and in tracebacks."""
    configure_logging("info", stream)

    log_line(
        "request",
        client_secret="s3cr3t",
        headers={"Authorization": "s3cr3t", "Set-Cookie": ["s3cr3t"]},
        url="https://s3/bucket/key?X-Amz-Signature=s3cr3t&X-Amz-Date=1",
        said="Bearer s3cr3t",
    )
    failure = RuntimeError("GET http://s3/key?a=b&X-Amz-Credential=s3cr3t failed")
    logging.getLogger("library").error("it failed with Basic s3cr3t", exc_info=failure)

    assert "https://s3/bucket/key" in stream.getvalue()
    assert "RuntimeError" in stream.getvalue()
    assert "s3cr3t" not in stream.getvalue()


def test_nobody_is_named() -> None:
    """Neither a field, nor what a library says, nor a traceback holds an address, or what somebody calls a file."""
    stream = io.StringIO()
    configure_logging("info", stream)
    key = f"gas/{'u' * 26}/job-1~f1~patient smith.vcf"

    log_line("effect failed", job_id="job-1", error=f"object s3://b/{key}", also=[{"key": key}])
    logging.getLogger("some").warning("no mail to %s", "ada@example.org")
    log_line("pass made", level="error", exc_info=ValueError(f"{key} of ada@example.org"))

    assert "smith" not in stream.getvalue()
    assert "ada@" not in stream.getvalue()
    assert [line["event"] for line in lines(stream)] == ["effect failed", "no mail to [hidden]", "pass made"]
    assert "job-1~f1~" in lines(stream)[0]["error"]


def test_a_line_full_of_question_marks_takes_no_longer() -> None:
    """All other threads wait meanwhile: sixteen times as much takes about sixteen times as long."""

    def seconds(length: int) -> float:
        text = "?" * length
        return thread_seconds(lambda: _without_secrets(text))

    assert seconds(32_000) < 16 * 5 * seconds(2_000) + 0.05
