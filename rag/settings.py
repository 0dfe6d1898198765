"""Settings, read once from the environment (prefix CITEPROOF_) and handed over."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.assistant import DISCLAIMER, STALENESS


class Settings(BaseSettings):
    """Everything that can be set; each field is the variable CITEPROOF_ + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="CITEPROOF_", frozen=True, extra="forbid")

    index: Path = Field(Path(".citeproof"), description="folder of the index")
    embedder: str | None = Field(
        None, description="folder or hub name of a sentence-transformers model; else the default"
    )
    allow_network: bool = Field(False, description="whether a hub model may be downloaded")
    disclaimer: str = Field(DISCLAIMER, min_length=1, max_length=500)
    staleness: str = Field(STALENESS, min_length=1, max_length=500)
    stale_after_days: int = Field(
        30, ge=1, le=3650, description="age of the newest document beyond which a report says so"
    )
    annotate: bool = Field(True, description="whether sentences are parsed when they are indexed")

    @property
    def stale_after(self) -> timedelta:
        """The same as a time span."""
        return timedelta(days=self.stale_after_days)
