"""What each program needs of the container that it runs in: neither a home folder nor a user with a name."""

import socket

from flask import Flask

from gas.config import Settings
from gas_controllers.main import own_identity
from gas_web.main import Gunicorn


def test_web_writes_nothing_to_a_home_folder() -> None:
    """Gunicorn's socket for commands is off: the file system of its pod is read-only."""
    server = Gunicorn(Flask(__name__), Settings())

    assert server.cfg.control_socket_disable is True


def test_controllers_need_no_name_of_their_user() -> None:
    """They call themselves like their host, which every pod has."""
    assert own_identity() == socket.gethostname()
