"""What crosses the border as JSON: requests, which are checked, and responses, which are told."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.jobs import JobStatus
from api.offsets import OffsetEncoding
from api.parsing import Isolation
from api.problems import Code
from api.store import Reason, Vote
from corpus.dates import PartialDate
from rag.events import GapsFound, PlanMade
from rag.question import MAX_CHARACTERS
from rag.report import CorpusCard, Report, SourceCard, Statement


def _date(value: str) -> str:
    PartialDate.parse(value)
    return value


IsoDate = Annotated[
    str,
    AfterValidator(_date),
    Field(
        pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$",
        description="A date as precise as known: YYYY, YYYY-MM or YYYY-MM-DD.",
        examples=["2025-06"],
    ),
]
Encoding = Annotated[
    OffsetEncoding,
    Field(
        description="The unit of every `start` and `end`: Unicode code points, UTF-16 code units"
        " (JavaScript) or UTF-8 bytes. Ends are exclusive."
    ),
]
Asked = Annotated[
    str, Field(min_length=1, max_length=MAX_CHARACTERS, examples=["Who was charged?"])
]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Sent(BaseModel):
    """A request: unknown fields are refused and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Given(BaseModel):
    """A response; it is described by a model, and made elsewhere."""


class CreateAnswer(Sent):
    """A question to be answered."""

    question: Asked
    as_of: IsoDate | None = Field(
        None, description="Use only what was published until this date; undated sources stay."
    )
    stream: bool = Field(False, description="Send server-sent events instead of one object.")
    offset_encoding: Encoding = "codepoint"


class GiveFeedback(Sent):
    """What a reader thought of an answer, or of one statement or citation of it."""

    vote: Vote
    reason: Reason | None = None
    comment: str | None = Field(None, max_length=2000)
    statement: str | None = Field(None, max_length=40, description="Id of a statement: `s4`.")
    citation: int | None = Field(None, ge=1, le=10_000, description="Number of a citation: 3.")


class Search(Sent):
    """A search for passages."""

    query: Asked
    k: int = Field(10, ge=1, le=100)
    as_of: IsoDate | None = None
    offset_encoding: Encoding = "codepoint"


class NewDocument(Sent):
    """A text with what is known about its source; `id` is the site's own name for it."""

    id: str = Field(min_length=1, max_length=150, pattern=r"^[^/\\\x00-\x1f\x7f]+$")
    text: str = Field(min_length=1, max_length=2_000_000)
    title: str = Field(min_length=1, max_length=1000)
    publisher: str | None = Field(None, max_length=1000)
    published: IsoDate | None = None
    fetched: IsoDate | None = None
    url: str | None = Field(None, max_length=1000, pattern=r"^https?://")
    doc_type: str | None = Field(None, max_length=1000)
    licence: str | None = Field(None, max_length=1000)
    evidence_role: str | None = Field(None, max_length=1000)
    language: str | None = Field(None, max_length=40)


class AddDocuments(Sent):
    """Texts to be indexed."""

    documents: list[NewDocument] = Field(min_length=1, max_length=1000)


class Caveat(Given):
    """Something that the reader of an answer should know."""

    code: str
    detail: str


class Answer(Given):
    """A report in its envelope; `created` is in seconds since 1970."""

    id: str
    object: Literal["answer"]
    created: int
    slug: str
    version: int
    offset_encoding: OffsetEncoding
    report: Report
    usage: dict[str, int]
    timings_ms: dict[str, int]
    warnings: list[Caveat]


class ListedAnswer(Given):
    """An answer in a list, without its report."""

    id: str
    object: Literal["answer"]
    created: int
    slug: str
    status: str
    question: str


class Page(Given):
    """One page of a list; `next_after` is the cursor of the next one."""

    object: Literal["list"]
    first_id: str | None
    last_id: str | None
    has_more: bool
    next_after: str | None


class AnswerPage(Page):
    """Answers, newest first."""

    data: list[ListedAnswer]


class StoredFeedback(Given):
    """Feedback as it was stored."""

    id: str
    object: Literal["feedback"]
    created: int
    answer: str
    vote: Vote
    reason: Reason | None
    comment: str | None
    statement: str | None
    citation: int | None


class FeedbackList(Given):
    """All feedback on an answer."""

    object: Literal["list"]
    data: list[StoredFeedback]


class Selector(Given):
    """W3C TextQuoteSelector: the quote, and up to 32 code points before and after it."""

    exact: str
    prefix: str
    suffix: str


class Locator(Given):
    """Where a quote stands in the stored text; `page` counts from 1."""

    type: Literal["char"]
    start: int
    end: int
    page: int | None


class Source(Given):
    """A stored version of a source; `text` only for secret keys, `length` in code points."""

    id: str
    object: Literal["source"]
    card: SourceCard
    sha256: str
    live: bool
    length: int
    disclaimer: str
    text: str | None


class Passage(Given):
    """A span of a stored source with what surrounds it."""

    object: Literal["passage"]
    source: SourceCard
    sha256: str
    live: bool
    offset_encoding: OffsetEncoding
    start: int
    end: int
    before: str
    exact: str
    after: str
    headings: list[str]
    selector: Selector
    locator: Locator
    disclaimer: str


class FoundPassage(Given):
    """A passage that a search found; `scores` only for keys with the scope `eval`."""

    source: SourceCard
    start: int
    end: int
    quote: str
    sha256: str
    selector: Selector
    locator: Locator
    scores: dict[str, float | int | None] | None = None


class SearchResult(Given):
    """Passages, best first."""

    object: Literal["search"]
    query: str
    corpus: CorpusCard
    offset_encoding: OffsetEncoding
    disclaimer: str
    data: list[FoundPassage]


class CheckedStatement(Given):
    """The outcome of one statement; `statement` is empty for the report itself."""

    statement: str
    outcome: Literal["ok", "changed", "could_not_judge"]
    findings: list[str]


class CheckResult(Given):
    """What came of checking a report anew."""

    object: Literal["check"]
    passed: bool
    disclaimer: str
    report_id: str
    checked: list[CheckedStatement]


class Document(Given):
    """A document that the site sent; `key` is its own name for it, `length` in code points."""

    id: str
    object: Literal["document"]
    key: str
    card: SourceCard
    sha256: str
    length: int


class DocumentPage(Page):
    """Documents, oldest first."""

    data: list[Document]


class DocumentVersion(Given):
    """A version that was in the index since a time (ISO 8601, UTC)."""

    object: Literal["version"]
    sha256: str
    title: str
    length: int
    since: str
    live: bool


class VersionList(Given):
    """All versions, oldest first."""

    object: Literal["list"]
    data: list[DocumentVersion]


class FileError(Given):
    """Why a file was left out, and what to do about it."""

    reason: str
    advice: str


class FileOfJob(Given):
    """A file of a job, and the ids of the documents that were made of it."""

    name: str
    size: int
    status: Literal["waiting", "indexed", "failed", "left_out"]
    error: FileError | None
    documents: list[str]


class Job(Given):
    """A job: `done` of `total` steps of its stage; times in seconds since 1970.

    `isolation` says how the network was kept from the process that read the files.
    """

    id: str
    object: Literal["job"]
    status: JobStatus
    created: int
    started: int | None
    finished: int | None
    stage: str | None
    done: int
    total: int
    per_second: float | None
    seconds_left: int | None
    isolation: Isolation | None
    generation: str | None
    error: str | None
    files: list[FileOfJob]


class JobPage(Page):
    """Jobs, newest first."""

    data: list[Job]


class FieldError(Given):
    """A wrong field: JSON pointer into the body, `?name` of the query, or `@name` of a header."""

    pointer: str
    detail: str


class ProblemDocument(Given):
    """A refusal, as in RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: Code
    request_id: str
    retryable: bool
    errors: list[FieldError]
    retry_after: int | None = None


class Understood(Given):
    """Data of `question.understood`, the first event."""

    id: str
    created: int
    request_id: str
    disclaimer: str
    offset_encoding: OffsetEncoding
    question: str
    understood_as: str
    kind: str
    language: str


class Found(Given):
    """Data of `sources.found`."""

    searches: list[str]
    sources: list[SourceCard]


class Verified(Given):
    """Data of `statement.verified`; `section` is a place in `plan.made`, null for the summary."""

    section: int | None
    statement: Statement
    sources: list[SourceCard]


EVENTS: dict[str, Any] = {
    "question.understood": Understood,
    "sources.found": Found,
    "plan.made": PlanMade,
    "statement.verified": Verified,
    "gaps.found": GapsFound,
    "answer.completed": Answer,
    "error": ProblemDocument,
}
"""The data of each server-sent event by its name."""
