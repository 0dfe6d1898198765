"""What figures of speed depend on: the processor, the versions, and the code."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from evals.systems.citeproof import code_digest

_PACKAGES = ("torch", "sentence-transformers", "onnxruntime", "faiss-cpu", "numpy", "spacy")
_FLAGS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")


def machine() -> dict[str, Any]:
    """Return the processor, its cores, the system and the versions."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    told = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    fields = {key.strip(): value.strip() for key, value in told.items()}
    flags = fields.get("flags", "").split()
    return {
        "processor": fields.get("model name", platform.processor()),
        "flags": [flag for flag in _FLAGS if flag in flags],
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def identity() -> Mapping[str, str]:
    """Return what must be the same for measurements to belong to one run, as flat text."""
    facts = machine()
    return {
        "name": "citeproof",
        "version": version("citeproof"),
        "code": code_digest(),
        "processor": facts["processor"],
        "cores": str(facts["cores"]),
        "flags": " ".join(facts["flags"]),
        "system": facts["system"],
        "python": facts["python"],
        **facts["packages"],
    }
