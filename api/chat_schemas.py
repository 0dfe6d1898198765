"""The OpenAI-compatible border: what chat clients send, and what they read."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Answer, Encoding, IsoDate
from rag.question import MAX_CHARACTERS

MODEL = "citeproof"

# Parameters that cannot have their effect. Without it the answer would not be what was asked for:
REFUSED = (
    "audio",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "modalities",
    "prediction",
    "stop",
    "tool_choice",
    "tools",
    "top_logprobs",
    "web_search_options",
)
# ... and these are passed over with a warning, since clients send them by habit.
IGNORED = (
    "frequency_penalty",
    "max_completion_tokens",
    "max_tokens",
    "metadata",
    "moderation",
    "parallel_tool_calls",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "safety_identifier",
    "seed",
    "service_tier",
    "store",
    "temperature",
    "top_p",
    "user",
    "verbosity",
)


class TextPart(BaseModel):
    """A part of a message."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["text"]
    text: str = Field(max_length=MAX_CHARACTERS)


class Message(BaseModel):
    """A message of the conversation; only the last one, by the user, is answered."""

    model_config = ConfigDict(extra="forbid", strict=True)

    role: Literal["system", "developer", "user", "assistant"]
    content: str | Annotated[list[TextPart], Field(min_length=1, max_length=50)]
    name: str | None = Field(None, max_length=64)

    @property
    def text(self) -> str:
        """The message's text."""
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """What a stream ends with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    include_usage: bool = False
    include_obfuscation: bool | None = None


class ResponseFormat(BaseModel):
    """The form of the answer: text, and no other."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["text"]


class CreateChatCompletion(BaseModel):
    """A conversation whose last message is a question."""

    model_config = ConfigDict(extra="allow", strict=True)

    model: str = Field(max_length=100, examples=[MODEL])
    messages: list[Message] = Field(
        min_length=1,
        max_length=200,
        examples=[[{"role": "user", "content": "Who was charged?"}]],
    )
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Annotated[int, Field(ge=1, le=1)] | None = None
    response_format: ResponseFormat | None = None
    as_of: IsoDate | None = None
    offset_encoding: Encoding = "codepoint"


class Given(BaseModel):
    """A response; it is described by a model, and made elsewhere."""


class UrlCitation(Given):
    """The place of a mark in the content, end exclusive, and its source's title and address."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(Given):
    """A citation mark of the content."""

    type: Literal["url_citation"]
    url_citation: UrlCitation


class AssistantMessage(Given):
    """The answer as Markdown, with the report's headings; nothing of a source becomes markup."""

    role: Literal["assistant"]
    content: str
    refusal: None
    annotations: list[Annotation]


class Choice(Given):
    """The one answer."""

    index: Literal[0]
    finish_reason: Literal["stop"]
    logprobs: None
    message: AssistantMessage


class Usage(Given):
    """Tokens of language models; 0 where none is used."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class SearchResult(Given):
    """A cited source; the list is in the order of the marks' numbers."""

    title: str
    url: str
    date: str | None
    last_updated: str | None
    snippet: str
    source: Literal["document"]


class ChatCompletion(Given):
    """An answer as chat clients read it, with the whole of it in `factcheck`."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: Literal["citeproof"]
    choices: list[Choice]
    usage: Usage
    citations: list[str]
    search_results: list[SearchResult]
    factcheck: Answer


class Delta(Given):
    """What a chunk adds: a verified sentence, with its heading if it is the first under one, or at
    the end the annotations."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[Annotation] | None = None


class ChunkChoice(Given):
    """The one answer, growing."""

    index: Literal[0]
    delta: Delta
    logprobs: None
    finish_reason: Literal["stop"] | None


class Chunk(Given):
    """Data of each event; the last one before `[DONE]` has the same fields as a whole answer."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: Literal["citeproof"]
    choices: list[ChunkChoice]
    usage: Usage | None = None
    citations: list[str] | None = None
    search_results: list[SearchResult] | None = None
    factcheck: dict[str, Any] | None = None


class Model(Given):
    """The one model there is."""

    id: Literal["citeproof"]
    object: Literal["model"]
    created: int
    owned_by: Literal["citeproof"]


class ModelList(Given):
    """All models."""

    object: Literal["list"]
    data: list[Model]


class OpenAIErrorBody(Given):
    """What is wrong."""

    message: str
    type: str
    param: str | None
    code: str
    request_id: str


class OpenAIError(Given):
    """A refusal as OpenAI's clients read it."""

    error: OpenAIErrorBody
