"""The lines of jobs, and the channels that there are."""

import pytest

from gas.domain.line import EVERYBODY, Line, channels_of
from gas.domain.names import Channel


def test_each_line_has_a_channel_of_its_own() -> None:
    """Everybody's is the one that every installation has; another's ends with its name."""
    team = Line("team")

    assert EVERYBODY.channel == Channel.JOB_REQUESTS
    assert team.channel == Channel("job-requests-team")
    assert channels_of((EVERYBODY, team)) == (Channel.JOB_REQUESTS, team.channel, *Channel.OTHERS)


@pytest.mark.parametrize(
    "name", ["", "Team", "of-a-team", "2nd", "a" * 21, "dead", "é"], ids=lambda name: name or "empty"
)
def test_a_name_that_would_not_fit_is_refused(name: str) -> None:
    """Queues and Deployments are called by it, and one name is that of the queue for unreadable messages."""
    with pytest.raises(ValueError, match="use at most 20 characters"):
        Line(name)
