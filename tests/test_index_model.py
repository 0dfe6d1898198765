"""The index against a dictionary: whatever is done to both, they agree."""

import shutil
import tempfile
from pathlib import Path

import pytest
from fakes import HoardingBackend, WordHashEmbedder
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from notes import write_note

from corpus.dates import PartialDate
from index.errors import DocumentNotFound, EmptyFolder
from index.index import Index
from index.vectors import FaissBackend, VectorBackend

KEYS = st.sampled_from(["a", "b", "c", "d"])
SUBJECTS = st.sampled_from(["gold", "tin", "nile", "rhine", "copper", "iron"])
YEARS = st.sampled_from([None, "2020", "2025"])


class IndexMachine(RuleBasedStateMachine):
    """`files` is the folder, `live` what a reader must see, `ids` every id ever seen by key."""

    def __init__(self) -> None:
        super().__init__()
        self.backend: VectorBackend = FaissBackend()
        self.home = Path(tempfile.mkdtemp())
        self.files: dict[str, tuple[str, str | None]] = {}
        self.live: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.versions: dict[tuple[str, str], str] = {}
        self.index: Index | None = None

    @initialize()
    def open(self) -> None:
        self.index = Index.open(
            self.home / "index", WordHashEmbedder(), writable=True, backend=self.backend
        )

    @rule(key=KEYS, subject=SUBJECTS, other=SUBJECTS, year=YEARS)
    def write(self, key: str, subject: str, other: str, year: str | None) -> None:
        text = f"The {subject} is here. It meets {other}."
        dated = {"published": year} if year else {}
        write_note(self.home / "notes", f"{key}.md", text, id=key, title="T", **dated)
        self.files[key] = (text, year)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.files)))
        (self.home / "notes" / f"{key}.md").unlink()
        del self.files[key]

    @rule(until=st.sampled_from([None, 2022]))
    def sync(self, until: int | None) -> None:
        (self.home / "notes").mkdir(exist_ok=True)
        date = PartialDate(until) if until else None
        if not self.files:
            with pytest.raises(EmptyFolder):
                self.index.sync([self.home / "notes"], published_until=date)
            return
        before = dict(self.live)
        summary = self.index.sync([self.home / "notes"], published_until=date)
        self.live = {
            key: text
            for key, (text, year) in self.files.items()
            if key not in self.deleted and not (until and year == "2025")
        }
        assert summary.removed + summary.skipped_by_date >= len(before.keys() - self.live.keys())
        assert summary.added == len(self.live.keys() - before.keys())

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.live)))
        self.index.delete(self.ids[key])
        del self.live[key]
        self.deleted.add(key)

    @precondition(lambda self: self.deleted)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.deleted)))
        self.index.restore(self.ids[key])
        self.deleted.remove(key)

    @precondition(lambda self: self.deleted)
    @rule(data=st.data())
    def purge(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.deleted)))
        self.index.purge(self.ids[key])
        for document_id, sha256 in [v for v in self.versions if v[0] == self.ids[key]]:
            del self.versions[document_id, sha256]
            with self.index.snapshot() as snapshot, pytest.raises(DocumentNotFound):
                snapshot.document_at(document_id, sha256)

    @rule()
    def reopen(self) -> None:
        self.index.close()
        self.open()

    @rule(subject=SUBJECTS)
    def search(self, subject: str) -> None:
        with self.index.snapshot() as snapshot:
            hits = snapshot.search(subject, k=10)
            texts = {hit.document_id: snapshot.document(hit.document_id).text for hit in hits}
            assert sorted(texts.values()) == sorted(self.live.values())
            for hit in hits:
                assert hit.span.slice(texts[hit.document_id])
            matching = {hit.document_id for hit in hits if hit.lexical_rank}
            assert matching == {i for i, text in texts.items() if subject in text}

    @invariant()
    def readers_see_the_live_documents_alone(self) -> None:
        if self.index is None:
            return
        with self.index.snapshot() as snapshot:
            seen = {}
            for document_id, source in snapshot.sources():
                document = snapshot.document(document_id)
                seen[source.key] = document.text
                assert self.ids.setdefault(source.key, document_id) == document_id
                self.versions[document_id, document.sha256] = document.text
            assert seen == self.live
            assert snapshot.stats.documents == len(self.live)
            for (document_id, sha256), text in self.versions.items():
                assert snapshot.document_at(document_id, sha256).text == text

    def teardown(self) -> None:
        if self.index is not None:
            problems = self.index.check()
            if isinstance(self.backend, FaissBackend):
                assert problems == []
            self.index.close()
        shutil.rmtree(self.home)


class HoardingMachine(IndexMachine):
    """The same promises over a vector backend that brings deleted chunks back."""

    def __init__(self) -> None:
        super().__init__()
        self.backend = HoardingBackend()


_SETTINGS = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)

TestIndex = IndexMachine.TestCase
TestIndex.settings = _SETTINGS
TestHoardingIndex = HoardingMachine.TestCase
TestHoardingIndex.settings = _SETTINGS
