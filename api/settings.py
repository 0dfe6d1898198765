"""Settings of the server, read once from the environment (prefix CITEPROOF_API_)."""

import os
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.settings import read_settings

PREFIX = "CITEPROOF_API_"
MiB = 2**20


class ApiSettings(BaseSettings):
    """Everything that can be set; each field is CITEPROOF_API_ + its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True
    )

    host: str = Field(
        "127.0.0.1", description="Address to listen on; others than loopback need keys."
    )
    port: int = Field(8380, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="Processes that answer.")
    state: Path = Field(
        Path(".citeproof/server"),
        description="Folder of answers, keys, jobs and uploads; `server` in the index's folder.",
    )
    metrics_port: int = Field(
        8381,
        ge=0,
        le=65000,
        description="Port of /metrics, of further workers the next ones; 0 for none.",
    )
    metrics_host: str = Field("127.0.0.1", description="Address of /metrics.")
    proxies: str = Field(
        "", description="Addresses of proxies whose X-Forwarded-For is believed, by commas."
    )
    page_key: str = Field(
        "",
        pattern=r"^(pk_[0-9a-z_]+)?$",
        description="Publishable key by which the server's own pages ask, once there are keys.",
    )

    max_json_bytes: int = Field(256 * 1024, ge=1024, description="Largest JSON body.")
    max_bundle_bytes: int = Field(16 * MiB, ge=1024, description="Largest bundle to verify.")
    max_batch_bytes: int = Field(4 * MiB, ge=1024, description="Largest batch of texts.")
    max_upload_bytes: int = Field(50 * MiB, ge=1024, description="Largest upload in all.")
    max_files: int = Field(100, ge=1, le=10_000, description="Most files of one upload.")
    max_header_bytes: int = Field(16 * 1024, ge=1024, le=60_000, description="Largest headers.")

    answers_at_once: int = Field(2, ge=1, le=256, description="Answers made at once by a process.")
    queue: int = Field(32, ge=0, le=10_000, description="Requests that may wait in a process.")
    queue_seconds: float = Field(10, gt=0, le=300, description="How long one waits at most.")
    degrade_at: int = Field(
        8, ge=0, description="Waiting requests from which answers are quotations only."
    )
    answer_seconds: float = Field(60, gt=0, le=600, description="Longest making of an answer.")
    ping_seconds: float = Field(15, gt=0, le=60, description="Silence before a stream is pinged.")
    send_seconds: float = Field(30, gt=0, le=300, description="How long a client may not read.")
    body_seconds: float = Field(30, gt=0, le=600, description="How long a body may take to come.")
    connections: int = Field(
        1000, ge=10, le=100_000, description="Most connections of a process, streams among them."
    )
    drain_seconds: float = Field(30, ge=0, le=300, description="Time to finish when stopped.")

    per_minute: int = Field(120, ge=1, description="Requests a minute of a new key.")
    site_per_minute: int = Field(1200, ge=1, description="Requests a minute of a site's keys.")
    address_per_minute: int = Field(
        60, ge=1, description="Requests a minute of an address with a publishable key, or none."
    )

    uploads: bool = Field(True, description="Whether documents can be uploaded.")
    parse_seconds: int = Field(60, ge=1, le=3600, description="Processor time to read one file.")
    parse_bytes: int = Field(1024 * MiB, ge=256 * MiB, description="Memory to read one file.")

    tracing: bool = Field(False, description="Whether OpenTelemetry spans are made.")
    trace_content: bool = Field(False, description="Whether spans hold questions and answers.")
    log_questions: bool = Field(False, description="Whether logs hold questions.")


def load_api_settings(index: Path, **given: Any) -> ApiSettings:
    """Read the server's settings; what is `given` and not None comes before the environment.

    The state lies in the folder of the index where nothing else is said.

    Raises:
        SettingsError: a value is out of bounds, or a variable CITEPROOF_API_... is no setting.
    """
    if not os.environ.get(f"{PREFIX}STATE"):
        given = {"state": index / "server", **given}
    return read_settings(ApiSettings, PREFIX, given)
