"""Folders of small documents to sync."""

from pathlib import Path


def write_note(folder: Path, name: str, body: str, **fields: str) -> Path:
    """Write a Markdown file with front matter and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "".join(f'{key}: "{value}"\n' for key, value in fields.items())
    path.write_text(f"---\n{head}---\n{body}\n" if fields else f"{body}\n", encoding="utf-8")
    return path
