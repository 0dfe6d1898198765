"""`citeproof serve`: the HTTP API on this machine, or with keys beyond it."""

import sys
from typing import Annotated

import typer

from rag.cli.compose import open_assistant
from rag.cli.keys import has_keys
from rag.cli.output import STDOUT, write
from rag.cli.session import Session

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
) -> None:
    """Answer questions over HTTP until stopped; the URL is written to stdout.

    On loopback this machine is answered without a key; on any other address keys are needed.
    Settings are the variables CITEPROOF_API_..., see docs/api.md. SIGTERM or Ctrl-C ends the
    server when the answers in hand are finished, a second one at once.
    """
    from api.app import create_app
    from api.errors import AddressRefused
    from api.ports import Ingest
    from api.server import is_loopback
    from api.server import serve as run
    from api.settings import load_api_settings
    from index.index import Index

    settings = load_api_settings(session.settings.index, host=host, port=port)
    keyless = not has_keys(settings)
    if keyless and not is_loopback(settings.host):
        raise AddressRefused(
            f"on {settings.host} others can reach the server, and there is no key: make one with"
            " `citeproof keys create`, or listen on 127.0.0.1"
        )

    def writing() -> Index:
        return Index.open(
            session.settings.index, session.models.for_questions(session.settings), writable=True
        )

    with open_assistant(session.settings, session.models) as assistant:
        app = create_app(
            assistant,
            settings,
            keyless=is_loopback(settings.host),
            ingest=Ingest(session.program("ingest"), writing),
        )

        def listening(url: str) -> None:
            write(STDOUT, f"{url}\n")
            sys.stdout.flush()
            session.tell(f"Citeproof answers at {url}; press Ctrl-C to stop.")
            session.tell(_KEYLESS if keyless else _KEYED)

        run(app, settings, listening=listening)
