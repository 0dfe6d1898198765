import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dates import PartialDate
from corpus.documents import Document
from corpus.loaders import markdown
from corpus.loaders.files import File
from corpus.problems import LoadError
from corpus.text import normalise

NOTE = """\
---
id: "d01"
title: "2025 National Drug Threat Assessment"
publisher: 'Drug Enforcement Administration'
published: 2025-05-15
fetched: 2026-11
url: https://www.dea.gov/documents
language: no
media: note
via:
---
The *acting* administrator names **two** cartels.
They work in [Mexico](https://x.org "title").
"""


def document(text: str) -> Document:
    return markdown.read(File("notes/a.md", "text/markdown", text.encode())).documents[0]


def headings(made: Document) -> list[tuple[int, str]]:
    return [(heading.level, heading.span.slice(made.text)) for heading in made.headings]


def test_front_matter_fills_the_source_and_the_body_is_the_text() -> None:
    made = document(NOTE)
    assert made.text == ("The acting administrator names two cartels. They work in Mexico.")
    source = made.source
    assert (source.key, source.media, source.via) == ("d01", "note", None)
    assert source.title == "2025 National Drug Threat Assessment"
    assert source.published == PartialDate(2025, 5, 15)
    assert source.fetched == PartialDate(2026, 11)


def test_norwegian_is_not_false_and_a_year_is_not_a_number() -> None:
    made = document("---\nlanguage: no\ntitle: 1984\npublished: 2020\n---\nText.")
    assert made.source.language == "no"
    assert made.source.title == "1984"
    assert made.source.published == PartialDate(2020)


def test_without_front_matter_the_first_heading_is_the_title() -> None:
    made = document("Before.\n\n## Findings & *more*\n\nAfter.")
    assert made.source.title == "Findings & more"
    assert made.source.key == "notes/a.md"
    assert headings(made) == [(2, "Findings & more")]


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("author: x", "'author' is not a field"),
        ("title: [a, b]", "'title' must be a text, not a list"),
        ("title: {a: b}", "'title' must be a text, not a mapping"),
        ("published: yesterday", "'yesterday' is not a date"),
        ("url: /etc/passwd", "'url' must begin with"),
        ("- a\n- b", "does not consist of `key: value` lines"),
        ("title: a\ntitle: b", "has 'title' twice"),
        ("title: 'a", "is not YAML"),
        ("title: a: b", "is not YAML"),
        ("? [a]\n: b", "'a list or mapping' is not a field"),
        ("<<: {title: a}", "'<<' is not a field"),
        ("title: " + "[" * 1_000, "is not YAML"),
    ],
)
def test_wrong_front_matter_is_named(head: str, reason: str) -> None:
    with pytest.raises(LoadError) as caught:
        document(f"---\n{head}\n---\nText.")
    assert caught.value.path == "notes/a.md"
    assert reason in caught.value.reason
    assert caught.value.advice


def test_aliases_and_tags_construct_nothing() -> None:
    bomb = "\n".join(
        ["a: &a0 [x]", *(f"k{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 30))]
    )
    with pytest.raises(LoadError, match="'a' is not a field"):
        document(f"---\n{bomb}\n---\nText.")
    made = document("---\ntitle: !!python/object/apply:os.system [x]\n---\nT.".replace("[x]", "x"))
    assert made.source.title == "x"


def test_front_matter_without_end_or_too_long_is_named() -> None:
    with pytest.raises(LoadError, match="has no end"):
        document("---\ntitle: a\n\nText.")
    with pytest.raises(LoadError, match="longer than 65,536"):
        document("---\ntitle: a" + " " * 70_000 + "\n---\nText.")


def test_a_body_without_text_is_named() -> None:
    with pytest.raises(LoadError, match="there is no text in it"):
        document("---\ntitle: a\n---\n")


def test_empty_front_matter_and_windows_line_ends_are_fine() -> None:
    assert document("---\r\n---\r\nText.").text == "Text."
    assert document("\ufeff---\r\ntitle: T\r\n---\r\nOne\r\ntwo.").text == "One two."


BODY = """\
# Title

Intro with `code`, an ![image of a map](map.png) and a break  \nhere.

- first item
- second item with *stress*
  - nested item
- third item

  its second paragraph

1. one
2. two

> A quotation
> of two lines.

| Country | Kilograms |
|---|---|
| Mexico | 12 |
| **China** | |

```python
x = 1
    y = 2
```

<div class="note">Raw <b>HTML</b> &amp; more<br>line<script>alert(1)</script></div>

Inline <span>tags</span> go &lt;away&gt;<!-- comment -->.

Subtitle
--------

---

~~Struck~~ <https://x.org> \\*kept\\*
"""


def test_words_and_their_order_are_kept_without_markup() -> None:
    made = document(BODY)
    assert made.text == (
        "Title\n\n"
        "Intro with code, an image of a map and a break\nhere.\n\n"
        "first item\nsecond item with stress\nnested item\nthird item\nits second paragraph\n\n"
        "one\ntwo\n\n"
        "A quotation of two lines.\n\n"
        "Country | Kilograms\nMexico | 12\nChina\n\n"
        "x = 1\n    y = 2\n\n"
        "Raw HTML & more\nline\n\n"
        "Inline tags go <away>.\n\n"
        "Subtitle\n\n"
        "Struck https://x.org *kept*"
    )
    assert headings(made) == [(1, "Title"), (2, "Subtitle")]


def test_deeply_nested_text_is_not_lost() -> None:
    assert document("> " * 60 + "deep").text == "deep"


def test_text_cannot_set_fields() -> None:
    made = document("---\ntitle: T\n---\nText.\n\n---\nid: evil\npublisher: evil\n---\n")
    assert made.source.key == "notes/a.md"
    assert made.source.publisher is None
    assert "id: evil" in made.text


@given(st.text(st.sampled_from("ab #>-*_`|[]()<&;!\n\\~.:1 \u0301\U0001f600")))
def test_any_markdown_is_a_normalised_document_whose_headings_slice(text: str) -> None:
    try:
        made = document(f"---\ntitle: t\n---\n{text}")
    except LoadError as error:
        assert error.reason == "there is no text in it"  # noqa: PT017
        return
    assert normalise(made.text) == made.text
    for heading in made.headings:
        line = heading.span.slice(made.text)
        assert line in made.text.split("\n")


@given(st.lists(st.text(st.sampled_from("abcdefg"), min_size=1, max_size=5), min_size=1))
def test_plain_words_come_back(words: list[str]) -> None:
    assert document("\n".join(words)).text == " ".join(words)
