"""The process that serves the application: it listens, and stops without losing an answer."""

import ipaddress
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from api.errors import AddressRefused
from api.runs import Runs
from api.services import Services
from api.settings import ApiSettings

# What a client needs to read the last event of an answer that was stopped.
_FLUSH_SECONDS = 3


class Server(uvicorn.Server):
    """Serves until SIGTERM or SIGINT; then answers in the making are finished, and no new begun.

    What is not finished after `drain` seconds ends in an error that says to ask again. A second
    signal ends everything at once.
    """

    def __init__(self, config: uvicorn.Config, runs: Runs, drain: float) -> None:
        super().__init__(config)
        self._runs = runs
        self._drain = drain

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop, or stop at once where that was begun before."""
        del sig, frame
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and return when the last response is out."""
        self._runs.drain(0 if self.force_exit else self._drain)
        await super().shutdown(sockets)


def serve(app: FastAPI, settings: ApiSettings, *, listening: Callable[[str], None]) -> None:
    """Serve the application until a signal ends it; `listening` is told the URL.

    Raises:
        AddressRefused: it cannot be listened on.
    """
    services: Services = app.state.services
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies or None,
        timeout_graceful_shutdown=round(settings.drain_seconds) + _FLUSH_SECONDS,
    )
    server = Server(config, services.runs, settings.drain_seconds)
    with listen(settings.host, settings.port) as listener:
        listening(url_of(listener))
        # Signals end the server; afterwards they must not end the process as well.
        before = {s: signal.signal(s, lambda *_: None) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            server.run([listener])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one.

    Raises:
        AddressRefused: the address is not this machine's, or the port is taken or not allowed.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise AddressRefused(f"{host!r} is no address of this machine: {error}") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        raise AddressRefused(
            f"cannot listen on {host} port {port}: {error}; name another with --port or --host"
        ) from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
