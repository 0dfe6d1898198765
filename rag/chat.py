"""A minimal client of servers that speak OpenAI's chat completions; nothing is streamed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


class ChatUnavailable(Exception):
    """The server cannot be reached, refuses, or answers in another form."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote, unmended, and how many tokens it read and wrote, if it was told."""

    text: str
    tokens: int | None
    finished: bool


@dataclass(frozen=True)
class ChatClient:
    """Asks one model of one server; `url` ends before `/chat/completions`.

    Nothing of the environment is used (no proxy, no key), and no redirect is followed. `transport`
    is for tests.
    """

    url: str
    model: str
    key: str | None = None
    timeout: float = 120.0
    transport: "httpx.BaseTransport | None" = None

    def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Completion:
        """Return the model's answer to the messages.

        Raises:
            ChatUnavailable: there is no such answer.
        """
        import httpx

        body: dict[str, Any] = {
            "model": self.model,
            "messages": [dict(m) for m in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
        }
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        place = f"{self.url.rstrip('/')}/chat/completions"
        try:
            with httpx.Client(
                timeout=self.timeout, trust_env=False, transport=self.transport
            ) as client:
                response = client.post(place, json=body, headers=headers)
            data = response.raise_for_status().json()
            choice = data["choices"][0]
            text = choice["message"]["content"]
            usage = data.get("usage") or {}
        except httpx.HTTPStatusError as error:
            detail = error.response.text[:200]
            raise ChatUnavailable(
                f"{place} answers with status {error.response.status_code}: {detail}"
            ) from error
        except httpx.HTTPError as error:
            raise ChatUnavailable(f"{place} cannot be reached: {error}; is it running?") from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ChatUnavailable(f"{place} answers in another form: {error!r}") from error
        if not isinstance(text, str):
            raise ChatUnavailable(f"{place} answers without a text")
        tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
        return Completion(text, tokens, choice.get("finish_reason") == "stop")
