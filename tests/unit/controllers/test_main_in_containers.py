"""What each program needs of the container that it runs in: neither a home folder nor a user with a name."""

import socket

from gas_controllers.main import own_identity


def test_controllers_need_no_name_of_their_user() -> None:
    """They call themselves like their host, which every pod has."""
    assert own_identity() == socket.gethostname()
