"""Markdown with YAML front matter: the words of the body, without its markup."""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from corpus.loaders.blocks import Block, build_document, table_row
from corpus.loaders.fields import FieldError, declared_fields
from corpus.loaders.files import File, Loaded
from corpus.loaders.plain import decode

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_FRONT_MATTER = 64 * 1024
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<head>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)
_ADVICE = "begin the file with `---`, `key: value` lines and `---`"


def read(file: File) -> Loaded:
    """Return the body as one document, with the fields of its front matter.

    Headings, paragraphs, list items, table rows, quotations and code stand on their own lines in
    their order. Links leave their text, images their description, raw HTML its text.

    Raises:
        LoadError: the front matter is wrong, the content is binary, or there is no text.
    """
    from markdown_it import MarkdownIt

    head, body = _split(file, re.sub(r"\r\n?", "\n", decode(file)))
    fields = _front_matter(file, head)
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    return Loaded((build_document(file, _blocks(parser.parse(body)), fields),))


def _split(file: File, text: str) -> tuple[str, str]:
    """Return the front matter and the body."""
    text = text.removeprefix("\ufeff")
    if not re.match(r"---[ \t]*\n", text):
        return "", text
    match = _FRONT_MATTER.match(text)
    if not match:
        raise file.error("its front matter has no end", _ADVICE)
    if len(match["head"]) > MAX_FRONT_MATTER:
        raise file.error(
            f"its front matter is longer than {MAX_FRONT_MATTER:,} characters", "shorten it"
        )
    return match["head"], text[match.end() :]


def _front_matter(file: File, head: str) -> dict[str, str]:
    """Return the fields of the front matter.

    Every value is taken as it is written, never as YAML's booleans or numbers: the language `no`
    is Norwegian, and the title `1984` is a text. Nothing is constructed, so aliases and tags do
    nothing.
    """
    import yaml

    try:
        node = yaml.compose(head, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise file.error(f"its front matter is not YAML ({str(error)[:200]})", _ADVICE) from error
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise file.error("its front matter does not consist of `key: value` lines", _ADVICE)
    raw: dict[str, object] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "a list or mapping"
        if name in raw:
            raise file.error(f"its front matter has {name!r} twice", "keep one of the two")
        raw[name] = _scalar(value)
    try:
        return declared_fields(raw)
    except FieldError as error:
        raise file.error(f"its front matter is wrong: {error}", "correct these fields") from error


def _scalar(node: object) -> object:
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return None if node.tag == "tag:yaml.org,2002:null" else node.value
    return [] if isinstance(node, yaml.SequenceNode) else {}


def _blocks(tokens: Sequence["Token"]) -> Iterator[Block]:
    level: int | None = None
    lists, listed = 0, False
    cells: list[str] = []
    rows = 0
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                lists += 1
            case "bullet_list_close" | "ordered_list_close":
                lists -= 1
                listed = listed and lists > 0
            case "heading_open":
                level = int(token.tag[1:])
            case "heading_close":
                level = None
            case "table_open":
                rows = 0
            case "tr_open":
                cells = []
            case "th_open" | "td_open":
                cells.append("")
            case "inline" if cells:
                cells[-1] = _inline(token.children or [])
            case "tr_close":
                yield table_row(cells, first=rows == 0)
                rows, cells = rows + 1, []
            case "inline":
                yield Block(_inline(token.children or []), level, close=listed)
                listed = lists > 0
            case "fence" | "code_block":
                yield Block(token.content, close=listed)
                listed = lists > 0
            case "html_block":
                yield Block(strip_tags(token.content), close=listed)


def _inline(tokens: Sequence["Token"]) -> str:
    """Return the words of a line of text."""
    parts = []
    for token in tokens:
        match token.type:
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "image":
                parts.append(_inline(token.children or []))
            case "html_inline":
                parts.append("\n" if re.match(r"<br\b", token.content, re.IGNORECASE) else "")
            case _:
                parts.append(token.content)
    return "".join(parts)


def strip_tags(html: str) -> str:
    """Return the text of a piece of HTML, a line for each of its blocks."""
    stripper = _Stripper()
    stripper.feed(html)
    stripper.close()
    return "".join(stripper.parts)


class _Stripper(HTMLParser):
    _LINES = frozenset(
        {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "dt", "dd"}
    )
    _UNREAD = frozenset({"script", "style", "template", "noscript"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self._unread += tag in self._UNREAD
        if tag in self._LINES:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNREAD:
            self._unread = max(0, self._unread - 1)

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.parts.append(" ".join(data.split("\n")))
