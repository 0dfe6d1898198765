"""Finding the files of a folder and loading their documents."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from corpus.loaders.files import File, Loaded
from corpus.problems import LoadError, Problem
from corpus.text import one_line

__all__ = [
    "MAX_BYTES",
    "MEDIA_TYPES",
    "Discovery",
    "File",
    "Load",
    "LoadError",
    "Loaded",
    "Problem",
    "discover",
    "load",
    "parse",
]

Load = Callable[[Path, Path], Loaded]
"""Returns the documents of a file that lies under a folder, or raises `LoadError`."""

MAX_BYTES = 50 * 1024 * 1024
MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".htm": "text/html",
    ".html": "text/html",
    ".jsonl": "application/jsonl",
    ".markdown": "text/markdown",
    ".md": "text/markdown",
    ".ndjson": "application/jsonl",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".xhtml": "text/html",
}
_LOADERS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/html": "html",
    "application/jsonl": "jsonl",
    "text/markdown": "markdown",
    "application/pdf": "pdf",
    "text/plain": "plain",
}


@dataclass(frozen=True, slots=True)
class Discovery:
    """The files of a folder that can be loaded, sorted by path, and what was left out of it."""

    files: tuple[Path, ...]
    problems: tuple[Problem, ...]


def discover(folder: Path) -> Discovery:
    """Return the files under `folder` that have a known suffix.

    Hidden files and folders and READMEs are passed over in silence. Other suffixes, names that
    are not UTF-8, folders that cannot be listed, linked folders, links that lead out of the
    folder or nowhere, and what is neither file nor folder are problems.

    Raises:
        LoadError: `folder` is not a folder that can be read.
    """
    problems: list[Problem] = []
    files: list[Path] = []

    def unreadable(error: OSError) -> None:
        path = Path(error.filename)
        if path == folder:
            raise LoadError(
                _shown(folder), f"the folder cannot be read ({error.strerror})", "check its name"
            )
        problems.append(
            Problem(
                _relative(path, folder),
                f"the folder cannot be read ({error.strerror})",
                "give read permission",
            )
        )

    home = folder.resolve()
    for parent, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [path for name in folders if (path := Path(parent, name)).is_symlink()]
        problems += [_linked_folder(path, folder, home) for path in links]
        for name in names:
            if name.startswith(".") or name.upper().startswith("README"):
                continue
            path = Path(parent, name)
            if problem := _unfit(path, folder, home):
                problems.append(problem)
            else:
                files.append(path)
    files.sort(key=lambda path: path.relative_to(folder).as_posix())
    problems.sort(key=lambda problem: problem.path)
    return Discovery(tuple(files), tuple(problems))


def load(path: Path, root: Path, *, max_bytes: int = MAX_BYTES) -> Loaded:
    """Return the documents of the file at `path`, which lies under the folder `root`.

    Nothing is fetched, written or remembered: equal bytes at an equal relative path give equal
    documents.

    Raises:
        LoadError: the file cannot be read, is too large, empty, damaged, encrypted, or not of the
            type that its suffix says, or leads out of `root`.
    """
    name = _relative(path, root)
    media = MEDIA_TYPES.get(path.suffix.lower())
    if media is None:
        raise LoadError(name, _unknown(path), _KNOWN)
    if not path.resolve().is_relative_to(root.resolve()):
        raise LoadError(name, "it is a link out of the folder", "put a copy into the folder")
    return parse(File(name, media, _read(path, name, max_bytes)))


def parse(file: File) -> Loaded:
    """Return the documents of a file that was read already; its media type must be a known one.

    Raises:
        LoadError: it is damaged, encrypted, or not of its type.
    """
    read: Callable[[File], Loaded] = import_module(f"corpus.loaders.{_LOADERS[file.media]}").read
    try:
        return read(file)
    except LoadError:
        raise
    # Parsers of foreign formats raise almost anything on damaged files.
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:200]
        raise file.error(
            f"it cannot be read as {file.media} ({detail})", "open it, repair it and save it anew"
        ) from error


_KNOWN = f"known are {', '.join(MEDIA_TYPES)}"


def _read(path: Path, name: str, max_bytes: int) -> bytes:
    """Return the bytes of a regular file that is neither empty nor larger than `max_bytes`."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise LoadError(name, "it is not a regular file", "leave it out")
        data = b""
        if status.st_size <= max_bytes:
            with path.open("rb") as stream:
                data = stream.read(max_bytes + 1)
    except FileNotFoundError as error:
        raise LoadError(
            name, "it vanished before it was read", "sync again once the folder is at rest"
        ) from error
    except OSError as error:
        raise LoadError(
            name, f"it cannot be read ({error.strerror})", "give read permission"
        ) from error
    size = max(status.st_size, len(data))
    if size > max_bytes:
        raise LoadError(
            name,
            f"it has {size / 2**20:,.1f} MiB, more than {max_bytes / 2**20:,.1f} MiB",
            "split it, or raise the limit",
        )
    if not data:
        raise LoadError(name, "it is empty (0 bytes)", "leave it out, or restore its content")
    return data


def _unfit(path: Path, folder: Path, home: Path) -> Problem | None:
    """Return the reason not to load a file that the folder lists."""
    name = _relative(path, folder)
    if name != path.relative_to(folder).as_posix() or not name.isprintable():
        return Problem(one_line(name), "its name is not UTF-8 or not printable", "rename it")
    if path.is_symlink():
        if not path.exists():
            return Problem(name, "it is a link that leads nowhere", "remove or repair the link")
        if not path.resolve().is_relative_to(home):
            return Problem(name, "it is a link out of the folder", "put a copy into the folder")
    if path.suffix.lower() not in MEDIA_TYPES:
        return Problem(name, _unknown(path), _KNOWN)
    if not path.is_file():
        return Problem(name, "it is not a regular file", "leave it out")
    return None


def _linked_folder(path: Path, folder: Path, home: Path) -> Problem:
    name = _relative(path, folder)
    if path.resolve().is_relative_to(home):
        return Problem(name, "it is a link to a folder beside it", "nothing: its target is loaded")
    return Problem(name, "it is a link out of the folder", "sync its target as well")


def _unknown(path: Path) -> str:
    suffix = one_line(path.suffix)
    return (
        f"skipped: files with the suffix {suffix} are not read" if suffix else "skipped: no suffix"
    )


def _relative(path: Path, folder: Path) -> str:
    """Return the path within the folder, with characters that can be stored and shown."""
    return _shown(path.relative_to(folder))


def _shown(path: Path) -> str:
    return path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")
