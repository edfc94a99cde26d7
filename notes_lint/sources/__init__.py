"""Sources: notes in, from files and folders, with every input accounted for.

What cannot be read is never taken for clean: it comes out as a ``Problem`` that names the file, the row and the
remedy, in its place among the notes, and the reading goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from notes_lint.sources.note import Note, Problem, decode
from notes_lint.sources.tables import Columns, read_csv, read_jsonl
from notes_lint.sources.word import read_docx

__all__ = ["SUFFIXES", "Columns", "Note", "Problem", "find_files", "read_data", "read_file", "read_paths"]


def _read_text(data: bytes, name: str) -> Iterator[Note | Problem]:
    """One plain text as one note."""
    try:
        text = decode(data)
    except ValueError as error:
        yield Problem(name, "", str(error), "save it again as UTF-8")
        return
    if text.strip():
        yield Note(name, text, name)
    else:
        yield Problem(name, "", "the file is empty", "check that the export worked")


_FORMATS: dict[str, Callable[[bytes, str, Columns], Iterator[Note | Problem]]] = {
    ".txt": lambda data, name, _: _read_text(data, name),
    ".md": lambda data, name, _: _read_text(data, name),
    ".docx": lambda data, name, _: read_docx(data, name),
    ".csv": read_csv,
    ".jsonl": read_jsonl,
}
SUFFIXES = tuple(_FORMATS)


def find_files(paths: Iterable[Path]) -> Iterator[Path | Problem]:
    """Files to read: the paths given, and in folders everything of a known kind, in order of name.

    Hidden files and folders and Word's lock files (``~$...``) are passed over inside folders.
    """
    for path in paths:
        if path.is_dir():
            inside = [p for p in sorted(path.rglob("*")) if p.is_file() and _wanted(p, path)]
            if not inside:
                kinds = ", ".join(SUFFIXES)
                yield Problem(str(path), "", "the folder holds no notes", f"notes-lint reads {kinds}")
            yield from inside
        else:
            yield path


def _wanted(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    return path.suffix.lower() in SUFFIXES and not any(part.startswith((".", "~$")) for part in parts)


def read_data(data: bytes, name: str, columns: Columns) -> Iterator[Note | Problem]:
    """The notes of one file's bytes, by the ending of its name."""
    suffix = Path(name).suffix.lower()
    if suffix not in _FORMATS:
        yield Problem(
            name,
            "",
            f"notes-lint does not read {suffix or 'files without an ending'}",
            f"convert it to one of {', '.join(SUFFIXES)}, or pipe plain text to 'notes-lint check -'",
        )
    elif not data.strip():
        yield Problem(name, "", "the file is empty", "check that the export worked")
    else:
        yield from _FORMATS[suffix](data, name, columns)


def read_file(path: Path, columns: Columns) -> Iterator[Note | Problem]:
    """The notes of one file."""
    if path.exists() and path.suffix.lower() not in _FORMATS:
        yield from read_data(b"", str(path), columns)  # says so before a film is read into memory
        return
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        yield Problem(str(path), "", "no such file", "check the path")
    except OSError as error:
        yield Problem(str(path), "", f"cannot be read ({error.strerror})", "check that you may open it")
    else:
        yield from read_data(data, str(path), columns)


def read_paths(paths: Iterable[Path], columns: Columns | None = None) -> Iterator[Note | Problem]:
    """The notes of files and folders, and a problem for whatever could not be read."""
    for path in find_files(paths):
        if isinstance(path, Problem):
            yield path
        else:
            yield from read_file(path, columns or Columns())
