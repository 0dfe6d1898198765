"""The vector files of each generation: written whole or not at all, and checked before use.

`generations/g000008/` holds the files of one vector index and MANIFEST.json, which names every
file with its size and sha256. A generation's folder appears by one rename, before the ledger's
transaction makes it the current one; a folder that the ledger does not know is left over from a
process that died between the two.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.ledger import generation_name

FOLDER = "generations"
MANIFEST = "MANIFEST.json"
FORMAT = 1

# Readers that opened a generation just before the next was published still find its files.
KEPT = 2

_BLOCK = 1 << 20
_UNFINISHED = ".tmp"


class Damaged(Exception):
    """Files of a generation are missing, torn or changed."""


class Generations:
    """The vector files below an index folder."""

    def __init__(self, root: Path) -> None:
        self._root = root / FOLDER

    def path(self, number: int) -> Path:
        """Return the folder of a generation."""
        return self._root / generation_name(number)

    def write(
        self, number: int, save: Callable[[Path], None], *, embedder: str, vectors: int
    ) -> None:
        """Let `save` write files into an empty folder and make them the generation's, durably.

        Whatever stood there before is replaced.

        Raises:
            OSError: the disk refuses; the generation then has no folder.
        """
        final, temporary = self.path(number), self._root / f"{generation_name(number)}{_UNFINISHED}"
        shutil.rmtree(temporary, ignore_errors=True)
        try:
            temporary.mkdir(parents=True)
            save(temporary)
            manifest = {
                "format": FORMAT,
                "generation": generation_name(number),
                "parent": generation_name(number - 1) if number > 1 else None,
                "embedder": embedder,
                "vectors": vectors,
                "files": [_describe(path) for path in sorted(temporary.iterdir())],
            }
            (temporary / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
            for path in temporary.iterdir():
                _sync_to_disk(path)
            _sync_to_disk(temporary)
            shutil.rmtree(final, ignore_errors=True)
            temporary.rename(final)
            _sync_to_disk(self._root)
            _sync_to_disk(self._root.parent)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise

    def verify(self, number: int, *, embedder: str) -> Path:
        """Return the folder of a generation once every file in it is what was written.

        Raises:
            Damaged: it is not.
        """
        folder = self.path(number)
        manifest = _read_manifest(folder)
        expected = {"format": FORMAT, "generation": folder.name, "embedder": embedder}
        for name, value in expected.items():
            if manifest.get(name) != value:
                raise Damaged(f"{MANIFEST} says {name} {manifest.get(name)!r}, not {value!r}")
        try:
            for entry in manifest["files"]:
                if (found := _describe(folder / entry["name"])) != entry:
                    raise Damaged(f"{entry['name']} has {found}, not {entry}")
        except (OSError, KeyError, TypeError) as error:
            raise Damaged(f"{MANIFEST} cannot be followed: {error!r}") from error
        return folder

    def leftovers(self, current: int, *, kept: int = KEPT) -> list[Path]:
        """Return what lies there and belongs to none of the last `kept` generations."""
        if not self._root.is_dir():
            return []
        keep = {self.path(number) for number in range(current - kept + 1, current + 1)}
        return sorted(path for path in self._root.iterdir() if path not in keep)

    def prune(self, current: int, *, kept: int = KEPT) -> None:
        """Remove everything that belongs to none of the last `kept` generations.

        A reader that has mapped a removed file keeps what it has mapped.
        """
        for path in self.leftovers(current, kept=kept):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Damaged(f"{MANIFEST} cannot be read: {error}") from error
    if not isinstance(manifest, dict):
        raise Damaged(f"{MANIFEST} is no object")
    return manifest


def _describe(path: Path) -> dict[str, object]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return {"name": path.name, "bytes": size, "sha256": digest.hexdigest()}


def _sync_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
