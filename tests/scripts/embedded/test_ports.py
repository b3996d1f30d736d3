"""A port that cannot be opened is named in one sentence that says what to do."""

import errno

import pytest

from scripts.embedded.ports import PortError, check_port, check_ports, listen, port_errors


def free_port() -> int:
    with listen(0) as listener:
        return int(listener.getsockname()[1])


def test_a_port_in_use_is_refused_with_the_variable_that_chooses_another() -> None:
    with listen(0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortError, match=f"port {port} is in use .* another port with AWS_PORT="):
            check_port(port, "AWS_PORT")


def test_a_closed_port_is_free_again() -> None:
    check_port(free_port(), "PORT")


def test_the_two_ports_must_differ() -> None:
    with pytest.raises(PortError, match="PORT and AWS_PORT are both 8000"):
        check_ports(8000, 8000)


@pytest.mark.parametrize("variable", ["PORT", "AWS_PORT"])
def test_both_ports_are_checked(variable: str) -> None:
    with listen(0) as listener:
        busy, free = listener.getsockname()[1], free_port()
        ports = (busy, free) if variable == "PORT" else (free, busy)
        with pytest.raises(PortError, match=f"port {busy} .* with {variable}="):
            check_ports(*ports)


def test_a_port_without_permission_says_so() -> None:
    message = r"port 80 cannot be opened \(Permission denied\).* PORT="
    with pytest.raises(PortError, match=message), port_errors(80, "PORT"):
        raise OSError(errno.EACCES, "Permission denied")


def test_a_port_that_is_taken_during_the_start_is_a_port_error_too() -> None:
    with listen(0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortError, match="in use"), port_errors(port, "PORT"):
            listen(port)
