"""`citeproof serve`: the HTTP API on this machine, or with keys beyond it."""

import socket
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.compose import open_assistant, open_ledger
from rag.cli.keys import has_keys, require_page_key
from rag.cli.output import STDOUT, write
from rag.cli.session import Session

if TYPE_CHECKING:
    from api.settings import ApiSettings
    from api.tracing import Tracer

_KEYLESS = (
    "This machine is answered without a key, nobody else is. Before you expose the server: make a"
    " key with `citeproof keys create`, end TLS in a proxy before it, and name the address with"
    " --host."
)

_KEYED = "Every request needs a key of `citeproof keys list`. Let others in through TLS only."


def serve(
    session: Session,
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address to listen on (else CITEPROOF_API_HOST)."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="PORT", help="Port to listen on, 0 a free one."),
    ] = None,
    page_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="Publishable key (pk_...) by which the server's own pages, / and /embed, ask once"
            " there are keys; its origins name the server's own address (else"
            " CITEPROOF_API_PAGE_KEY).",
        ),
    ] = None,
) -> None:
    """Answer questions over HTTP until stopped; the URL is written to stdout.

    On loopback this machine is answered without a key; on any other address keys are needed.
    Settings are the variables CITEPROOF_API_..., see docs/api.md. SIGTERM or Ctrl-C ends the
    server when the answers in hand are finished, a second one at once.
    """
    from api.app import create_app
    from api.errors import AddressRefused
    from api.logs import log_to_stderr
    from api.ports import Ingest
    from api.server import is_loopback, listen, url_of
    from api.server import serve as run
    from api.settings import load_api_settings
    from api.workers import run_workers
    from index.index import Index
    from rag.write.verbatim import VerbatimWriter

    settings = load_api_settings(session.settings.index, host=host, port=port, page_key=page_key)
    keyless = not has_keys(settings)
    if keyless and not is_loopback(settings.host):
        raise AddressRefused(
            f"on {settings.host} others can reach the server, and there is no key: make one with"
            " `citeproof keys create`, or listen on 127.0.0.1"
        )

    require_page_key(settings)

    def writing() -> Index:
        return Index.open(
            session.settings.index, session.models.for_questions(session.settings), writable=True
        )

    def work(listener: socket.socket, number: int) -> None:
        with open_assistant(session.settings, session.models) as assistant:
            plain = VerbatimWriter()
            degraded = None
            if assistant.writer.name != plain.name:
                degraded = replace(assistant, writer=plain)
            app = create_app(
                assistant,
                settings,
                degraded=degraded,
                keyless=is_loopback(settings.host),
                ingest=Ingest(session.program("ingest"), writing),
                tracer=_tracer(settings),
            )
            run(app, settings, listener, worker=number)

    # Whether there is an index at all is told before anything is listened to.
    with open_ledger(session.settings):
        pass
    with listen(settings.host, settings.port) as listener:
        if not session.quiet:
            log_to_stderr()
        url = url_of(listener)
        write(STDOUT, f"{url}\n")
        sys.stdout.flush()
        session.tell(f"Citeproof answers at {url}; press Ctrl-C to stop.")
        session.tell(_KEYLESS if keyless else _KEYED)
        if settings.workers == 1:
            work(listener, 0)
        else:
            run_workers(settings.workers, lambda number: work(listener, number))


def _tracer(settings: "ApiSettings") -> "Tracer | None":
    """Return what makes spans, if they are wanted; whoever starts the process exports them."""
    if not settings.tracing:
        return None
    from opentelemetry import trace

    from api.tracing import GenAiTracer

    return GenAiTracer(trace.get_tracer("citeproof"), content=settings.trace_content)
