"""A node's programs, and who they are."""

from pathlib import Path

from kube.node import programs


def test_every_program_of_a_node_is_somebody_of_its_own() -> None:
    """No program but the API server shows the administrator's certificate, and none shares another's."""
    users = [client.user for client in programs.CLIENTS]

    folders = (Path("/programs"), Path("/state"))
    started = [*programs.kubernetes(*folders), programs.policies(*folders)]
    commands = [" ".join(each.command) for each in started]

    assert len(set(users)) == len(users)
    assert not any("admin" in command for command in commands)
