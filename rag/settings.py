"""Settings, read once from the environment (prefix CITEPROOF_) and handed over."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.assistant import DISCLAIMER, STALENESS

PREFIX = "CITEPROOF_"
# The server reads these, and checks them.
_SERVER = "CITEPROOF_API_"

Model = TypeVar("Model", bound=BaseSettings)


class SettingsError(ValueError):
    """A setting is unknown or has a value that it cannot have; the message names it."""


class Settings(BaseSettings):
    """Everything that can be set; each field is the variable CITEPROOF_ + its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True
    )

    index: Path = Field(Path(".citeproof"), description="Folder of the index.")
    embedder: str | None = Field(
        None,
        description="Folder or hub name of a sentence-transformers model; without it the default.",
    )
    allow_network: bool = Field(
        False, description="Whether a model that is named may be downloaded from its hub."
    )
    disclaimer: str = Field(
        DISCLAIMER, min_length=1, max_length=500, description="Printed in every report."
    )
    staleness: str = Field(
        STALENESS, min_length=1, max_length=500, description="Printed in reports that may be old."
    )
    stale_after_days: int = Field(
        30, ge=1, le=3650, description="Age of the newest document from which a report may be old."
    )
    annotate: bool = Field(True, description="Whether sentences are parsed when they are indexed.")

    @property
    def stale_after(self) -> timedelta:
        """The same as a time span."""
        return timedelta(days=self.stale_after_days)


@dataclass(frozen=True, slots=True)
class Origin:
    """A setting's value, and where it comes from: an option, a variable, or the default."""

    name: str
    value: str
    origin: str


def load_settings(**given: Any) -> Settings:
    """Read the settings; what is `given` and not None comes before the environment.

    Raises:
        SettingsError: a value is out of bounds, or a variable CITEPROOF_... is no setting.
    """
    return read_settings(Settings, PREFIX, given, others=_SERVER)


def read_settings(
    kind: type[Model], prefix: str, given: Mapping[str, Any], *, others: str | None = None
) -> Model:
    """Read settings of a kind from the variables that begin with `prefix`, but not with `others`.

    Raises:
        SettingsError: a value is out of bounds, or a variable is no setting of that kind.
    """
    known = kind.model_fields
    for variable in sorted(os.environ):
        upper = variable.upper()
        if upper.startswith(prefix) and not (others and upper.startswith(others)):
            name = variable[len(prefix) :].lower()
            if name not in known:
                raise SettingsError(f"{variable} is no setting: {_nearest(name, prefix, known)}")
    try:
        return kind(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"{prefix}{'_'.join(map(str, first['loc'])).upper()}"
        raise SettingsError(f"the setting {name}: {first['msg']}") from error


def _nearest(name: str, prefix: str, known: Iterable[str]) -> str:
    if close := get_close_matches(name, known, n=1):
        return f"did you mean {prefix}{close[0].upper()}?"
    return f"known are {', '.join(f'{prefix}{n.upper()}' for n in sorted(known))}"


def origins(settings: Settings, given: Mapping[str, Any]) -> list[Origin]:
    """Return every setting with the place where its value comes from."""
    variables = {variable.upper() for variable, value in os.environ.items() if value}
    found = []
    for name, value in settings:
        variable = f"{PREFIX}{name.upper()}"
        if given.get(name) is not None:
            origin = f"option --{name}"
        else:
            origin = f"variable {variable}" if variable in variables else "default"
        found.append(Origin(name, str(value), origin))
    return found
