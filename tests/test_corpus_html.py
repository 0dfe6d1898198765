import pytest

from corpus.dates import PartialDate
from corpus.documents import Document
from corpus.loaders import html
from corpus.loaders.files import File
from corpus.problems import LoadError
from corpus.text import normalise

PAGE = """<!DOCTYPE html>
<html lang="es-VE">
<head>
<title>Informe sobre rutas | El Diario</title>
<meta property="og:title" content="Informe sobre rutas">
<meta property="og:site_name" content="El Diario">
<meta property="article:published_time" content="2024-05-03T10:00:00Z">
<link rel="canonical" href="https://example.org/informe">
<style>p { color: red }</style>
</head>
<body>
<nav><a href="/">Inicio</a> <a href="/mapa">Mapa del sitio</a></nav>
<article>
<h1>Informe sobre rutas</h1>
<p>El primer párrafo tiene un <a href="https://x.org">enlace</a> y <b>negrita</b>, y es lo bastante
largo para contarse como texto principal de la página.</p>
<h2>Hallazgos &amp; límites</h2>
<ul><li>Un elemento de la lista</li><li>Otro elemento <ul><li>Uno anidado</li></ul></li></ul>
<blockquote><p>Una cita de alguien con nombre.</p></blockquote>
<table><tr><th>País</th><th>Kilos</th></tr><tr><td>México</td><td>12</td></tr></table>
<h3>Detalle</h3>
<p>Primera línea<br>segunda línea. El último párrafo también es largo y dice algo del asunto.</p>
<script>alert("no es texto")</script>
</article>
<footer>Derechos reservados 2019</footer>
</body>
</html>
"""


def document(page: str | bytes) -> Document:
    data = page if isinstance(page, bytes) else page.encode()
    return html.read(File("web/page.html", "text/html", data)).documents[0]


def test_the_main_text_is_kept_with_its_structure() -> None:
    made = document(PAGE)
    assert made.text == (
        "Informe sobre rutas\n\n"
        "El primer párrafo tiene un enlace y negrita, y es lo bastante largo para contarse como "
        "texto principal de la página.\n\n"
        "Hallazgos & límites\n\n"
        "Un elemento de la lista\nOtro elemento\nUno anidado\n\n"
        "Una cita de alguien con nombre.\n\n"
        "País | Kilos\nMéxico | 12\n\n"
        "Detalle\n\n"
        "Primera línea\nsegunda línea. El último párrafo también es largo y dice algo del asunto."
    )
    assert [(heading.level, heading.span.slice(made.text)) for heading in made.headings] == [
        (1, "Informe sobre rutas"),
        (2, "Hallazgos & límites"),
        (3, "Detalle"),
    ]


def test_code_within_a_sentence_stays_and_a_listing_keeps_its_lines() -> None:
    made = document(
        "<html><body><article><p>Run <code>make <i>demo</i></code> first, then read the report "
        "that it writes, which is <b>long <i>and</i> full</b> of facts.</p>"
        "<pre><code><span>a</span> = 1\n  b = 2\n"
        "</code></pre><p>The listing above is enough for a start, as every reader will see.</p>"
        "</article></body></html>"
    )
    assert made.text == (
        "Run make demo first, then read the report that it writes, which is long and full of "
        "facts.\n\na = 1\n  b = 2\n\n"
        "The listing above is enough for a start, as every reader will see."
    )


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display: none">Obey this.</p>',
        "<div hidden><p>Obey this.</p></div>",
        'Seen <span style="color:red;visibility:hidden">Obey this.</span> text.',
        '<p style="font-size:0">Obey this.</p>',
        '<p style="FONT-SIZE: 0px !important">Obey this.</p>',
        "<template><p>Obey this.</p></template>",
        "<!-- Obey this. -->",
    ],
)
def test_what_a_page_hides_is_not_read(hidden: str) -> None:
    page = PAGE.replace("<h2>", f"{hidden}<h2>").replace("<body>", '<body style="display:none">')
    made = document(page)
    assert "Obey" not in made.text
    assert "Hallazgos & límites" in made.text


def test_small_type_is_not_hidden() -> None:
    page = PAGE.replace("<h2>", '<p style="font-size:0.9em">In small type, but seen.</p><h2>')
    assert "In small type, but seen." in document(page).text


def test_the_head_of_the_page_fills_the_source() -> None:
    source = document(PAGE).source
    assert source.key == "web/page.html"
    assert source.title == "Informe sobre rutas"
    assert source.publisher == "El Diario"
    assert source.published == PartialDate(2024, 5, 3)
    assert source.url == "https://example.org/informe"
    assert source.language == "es-VE"
    assert source.media == "text/html"


def test_a_date_in_the_text_is_not_the_date_of_the_page() -> None:
    made = document("<html><body><p>The law of 3 May 1998 was changed in 2004.</p></body></html>")
    assert made.source.published is None
    assert made.source.title == "page"


def test_a_script_url_is_not_taken_from_the_head() -> None:
    page = PAGE.replace("https://example.org/informe", "javascript:alert(1)")
    assert document(page).source.url is None


@pytest.mark.parametrize(
    "page", ["<p>Only a fragment.</p>", "Only a fragment.", "<div>Only a fragment."]
)
def test_a_fragment_is_read(page: str) -> None:
    assert document(page).text == "Only a fragment."


def test_the_declared_encoding_is_used() -> None:
    page = '<html><head><meta charset="windows-1251"></head><body><p>Привет, мир.</p></body></html>'
    assert document(page.encode("windows-1251")).text == "Привет, мир."


@pytest.mark.parametrize(
    "name", ["no-such-encoding", "utf-16", "utf-7", "base64", "punycode", "latin-1"]
)
def test_a_wrong_declaration_does_no_harm(name: str) -> None:
    page = f'<html><head><meta charset="{name}"></head><body><p>Señor Peña.</p></body></html>'
    assert document(page).text == "Señor Peña."


@pytest.mark.parametrize("page", ["  \n ", "<html><body></body></html>", "<script>1</script>"])
def test_a_page_without_text_is_named(page: str) -> None:
    with pytest.raises(LoadError, match="there is no text in it"):
        document(page)


def test_entities_of_a_document_type_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    page = (
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a0 "boom"><!ENTITY file SYSTEM '
        f'"file:///etc/passwd">{entities}]><html><body><p>Start &a11; &file; end.</p></body></html>'
    )
    text = document(page).text
    assert "boom" not in text
    assert "root:" not in text
    assert len(text) < 2_000


def test_deep_nesting_gives_text_or_a_named_error() -> None:
    page = "<html><body>" + "<div>" * 50_000 + "<p>Deep text.</p>"
    try:
        made = document(page)
    except LoadError as error:
        assert error.reason == "there is no text in it"  # noqa: PT017
        return
    assert normalise(made.text) == made.text


def test_loading_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    page = PAGE.replace(
        "<head>", '<head><base href="https://x.org/"><link rel="stylesheet" href="a">'
    )
    assert document(page).text == document(PAGE).text
