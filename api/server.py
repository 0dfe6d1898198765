"""The process that serves the application: it listens, and stops without losing an answer."""

import ipaddress
import resource
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, start_http_server

from api.connections import Connection
from api.errors import AddressRefused
from api.runs import Runs
from api.services import Services
from api.settings import ApiSettings

# What a client needs to read the last event of an answer that was stopped.
_FLUSH_SECONDS = 3
# Beside connections: the index, the records, the libraries.
_OTHER_FILES = 256


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


def serve(app: FastAPI, settings: ApiSettings, listener: socket.socket, *, worker: int = 0) -> None:
    """Serve the application on a socket until a signal ends it.

    Of several workers each has its measures on a port of its own, from `metrics_port` on.

    Raises:
        AddressRefused: the port of the measures cannot be listened on.
    """
    services: Services = app.state.services
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",
        http=Connection,
        limit_concurrency=settings.connections,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies or None,
        timeout_graceful_shutdown=round(settings.drain_seconds) + _FLUSH_SECONDS,
    )
    server = Server(config, services.runs, settings.drain_seconds)
    _allow_files(settings.connections)
    with measured(services.metrics.registry, settings, worker):
        # Signals end the server; afterwards they must not end the process as well.
        before = {s: signal.signal(s, lambda *_: None) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            server.run([listener])
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def measured(registry: CollectorRegistry, settings: ApiSettings, worker: int) -> Iterator[None]:
    """Serve the measures on a port of their own, if they have one.

    Raises:
        AddressRefused: it cannot be listened on.
    """
    if not settings.metrics_port:
        yield
        return
    port = settings.metrics_port + worker
    try:
        server, thread = start_http_server(port, settings.metrics_host, registry)
    except OSError as error:
        raise AddressRefused(
            f"cannot listen on {settings.metrics_host} port {port} for /metrics: {error}; name"
            " another by CITEPROOF_API_METRICS_PORT, or 0 for none"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _allow_files(connections: int) -> None:
    """Let the process open as many files as it may have connections, as far as it is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


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
