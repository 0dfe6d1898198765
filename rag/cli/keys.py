"""`citeproof keys`: who may ask the server, for what, and how much."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.output import STDOUT, write, write_json
from rag.cli.session import Session

if TYPE_CHECKING:
    from api.keys import Key, Keys, Minted
    from api.settings import ApiSettings

_DAY = 86_400
_ONCE = "This is the only time that the key is shown; only a digest of it is kept."

AsJson = Annotated[bool, typer.Option("--json", help="Write it as JSON to stdout.")]
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id: key_...")]


def create(
    session: Session,
    site: Annotated[
        str,
        typer.Option(help="Whose answers, feedback and jobs the key sees: a-z, 0-9 and -."),
    ] = "local",
    name: Annotated[str, typer.Option(help="What the key is for, for the list.")] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="ask, read, feedback (these three without the option), ingest, eval, admin;"
            " repeat it for several."
        ),
    ] = None,
    publishable: Annotated[
        bool, typer.Option("--publishable", help="A key for web pages: pk_... instead of sk_...")
    ] = False,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="A page's scheme and host, where a publishable key may be used; repeat it."
        ),
    ] = None,
    per_minute: Annotated[int | None, typer.Option(min=1, help="Requests a minute.")] = None,
    answers_per_day: Annotated[
        int | None, typer.Option(min=1, help="Answers a day (UTC), a hard budget.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="Days until the key ends by itself.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and write it to stdout, this once.

    Origins keep other people's pages from using a publishable key in browsers; they are no
    authentication, since other programs can claim any origin. Its quotas carry that.
    """
    from api.caller import PUBLISHABLE
    from api.keys import Terms, origins_of

    with _keys(session) as (keys, settings):
        terms = Terms(
            kind="pk" if publishable else "sk",
            site=site,
            name=name,
            scopes=frozenset(map(_scope, scope)) if scope else PUBLISHABLE,
            origins=origins_of(origin or ()),
            per_minute=per_minute or settings.per_minute,
            answers_per_day=answers_per_day,
        )
        now = time.time()
        minted = keys.create(terms, now, expires=int(now) + days * _DAY if days else None)
    _show(session, minted, as_json)


def list_keys(session: Session, as_json: AsJson = False) -> None:
    """List all keys, also those that open nothing any more."""
    from api.limits import Counters

    with _keys(session) as (keys, settings):
        found = keys.all()
        counters = Counters(settings.state)
        used = counters.last_uses()
        counters.close()
    now = time.time()
    rows = [_row(key, now, used.get(key.id)) for key in found]
    if as_json:
        write_json("citeproof/keys@1", {"keys": rows})
        return
    from rich.table import Table
    from rich.text import Text

    from corpus.text import one_line

    table = Table(box=None, pad_edge=False)
    for title in ("id", "site", "scopes", "state", "used last", "name"):
        table.add_column(title, no_wrap=title == "id", overflow="fold")
    for row in rows:
        cells = (
            row["id"],
            row["site"],
            f"{row['kind']} {' '.join(row['scopes'])}",
            row["state"],
            row["used_last"] or "never",
            one_line(row["name"]),
        )
        table.add_row(*map(Text, cells))
    session.out.print(table)


def revoke(session: Session, key_id: KeyId) -> None:
    """Make a key open nothing any more, at once and for good."""
    with _keys(session) as (keys, _):
        keys.revoke(key_id, time.time())
    session.tell(f"{key_id} opens nothing any more.")


def rotate(
    session: Session,
    key_id: KeyId,
    overlap: Annotated[
        int, typer.Option(min=0, max=90 * 24, metavar="HOURS", help="How long both keys are live.")
    ] = 24,
    as_json: AsJson = False,
) -> None:
    """Make a new key on the same terms; the old one ends after the overlap."""
    with _keys(session) as (keys, _):
        minted = keys.rotate(key_id, time.time(), overlap=overlap * 3600)
    _show(session, minted, as_json)
    session.tell(f"{key_id} ends in {overlap} hours.")


def has_keys(settings: "ApiSettings") -> bool:
    """Say whether a server with these settings has a key that opens anything."""
    with _opened(settings) as keys:
        return keys.any_live(time.time())


def require_page_key(settings: "ApiSettings") -> None:
    """Return where the server's own pages ask by a key that opens answers, or by none.

    Raises:
        SettingsError: they are to ask by another.
    """
    from api.caller import Permission

    if not settings.page_key:
        return
    with _opened(settings) as keys:
        key = keys.find(settings.page_key, time.time())
    if key is None or Permission.ASK not in key.terms.scopes:
        from rag.settings import SettingsError

        raise SettingsError(
            "the key for the server's own pages is not live, or may not ask: make one with"
            " `citeproof keys create --publishable --origin` and the server's own address"
        )


@contextmanager
def _keys(session: Session) -> "Iterator[tuple[Keys, ApiSettings]]":
    from api.settings import load_api_settings

    settings = load_api_settings(session.settings.index)
    with _opened(settings) as keys:
        yield keys, settings


@contextmanager
def _opened(settings: "ApiSettings") -> "Iterator[Keys]":
    from api.keys import Keys
    from api.records import open_records
    from api.secret import server_secret

    records = open_records(settings.state)
    try:
        yield Keys(records, server_secret(settings.state))
    finally:
        records.close()


def _scope(name: str) -> Any:
    from api.caller import Permission

    try:
        return Permission(name)
    except ValueError:
        raise typer.BadParameter(
            f"{name!r} is no scope; known are {', '.join(Permission)}", param_hint="--scope"
        ) from None


def _show(session: Session, minted: "Minted", as_json: bool) -> None:
    if as_json:
        write_json(
            "citeproof/key@1", {"token": minted.token, **_row(minted.key, time.time(), None)}
        )
    else:
        write(STDOUT, f"{minted.token}\n")
    session.tell(f"{minted.key.id} is made. {_ONCE}")


def _row(key: "Key", now: float, used: int | None) -> dict[str, Any]:
    terms = key.terms
    state = "revoked" if key.revoked else "live" if key.live(now) else "expired"
    return {
        "id": key.id,
        "kind": terms.kind,
        "site": terms.site,
        "name": terms.name,
        "scopes": sorted(terms.scopes),
        "origins": sorted(terms.origins),
        "per_minute": terms.per_minute,
        "answers_per_day": terms.answers_per_day,
        "state": state,
        "created": _time(key.created),
        "expires": _time(key.expires),
        "used_last": _time(used),
        "replaced_by": key.replaced_by,
    }


def _time(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%MZ")
