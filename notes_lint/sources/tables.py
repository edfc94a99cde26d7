"""Tables: one note a row, from .csv and .jsonl."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notes_lint.sources.note import Note, Problem, decode

TEXT_NAMES = (
    "text",
    "note",
    "notes",
    "note_text",
    "case_note",
    "casenote",
    "narrative",
    "content",
    "contents",
    "body",
    "details",
    "detail",
    "description",
    "entry",
    "comments",
    "summary",
)
ID_NAMES = ("id", "note_id", "record_id", "case_note_id", "ref", "reference", "no", "number", "key")


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns that hold the text and the identifier; None: guess from the headings."""

    text: str | None = None
    id: str | None = None


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _find(wanted: str | None, guesses: Sequence[str], header: Sequence[str]) -> int | None:
    plain = [_plain(name) for name in header]
    for guess in (_plain(wanted),) if wanted is not None else guesses:
        if guess in plain:
            return plain.index(guess)
    return None


def read_csv(data: bytes, name: str, columns: Columns) -> Iterator[Note | Problem]:
    """A .csv of any dialect: a note for each row with text; rows with an empty text cell hold no note."""
    try:
        content = decode(data)
    except ValueError as error:
        yield Problem(name, "", str(error), "save it again as 'CSV UTF-8'")
        return
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        delimiter = csv.Sniffer().sniff(content[:20_000].split("\n", 1)[0], delimiters=",;\t|").delimiter
    except csv.Error:  # a single column has no delimiter to find
        delimiter = ","
    # strict: an unclosed quotation mark is an error, not one huge cell with all the notes that follow
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    header = next(rows, [])
    text_at = _find(columns.text, TEXT_NAMES, header)
    id_at = _find(columns.id, ID_NAMES, header)
    for wanted, at, option in ((columns.text, text_at, "--text-column"), (columns.id, id_at, "--id-column")):
        if at is None and (wanted is not None or option == "--text-column"):
            named = f"no column {wanted!r}" if wanted is not None else "no column that looks like the text"
            yield Problem(name, "row 1", named, f"say {option} with one of: {', '.join(header)}")
            return
    assert text_at is not None  # noqa: S101 - the loop above has returned otherwise
    number = 1
    while True:
        number += 1
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield Problem(name, f"row {number}", f"not a row of a table ({error})", "mend the row")
            continue
        if row is None:
            return
        if not any(row):
            continue
        if len(row) <= text_at:
            yield Problem(name, f"row {number}", f"{len(row)} cells, {len(header)} expected", "mend the row")
            continue
        if row[text_at].strip():
            known = row[id_at].strip() if id_at is not None and id_at < len(row) else ""
            yield Note(known or f"{name}:row {number}", row[text_at], name, f"row {number}")


def read_jsonl(data: bytes, name: str, columns: Columns) -> Iterator[Note | Problem]:
    """A .jsonl: an object a line, with "text" and "id" or the columns named."""
    try:
        content = decode(data)
    except ValueError as error:
        yield Problem(name, "", str(error), "save it again as UTF-8")
        return
    text_key, id_key = columns.text or "text", columns.id or "id"
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            entry = json.loads(line)
        except ValueError:
            yield Problem(name, place, "not JSON", "write one object a line")
            continue
        if not isinstance(entry, dict) or not isinstance(entry.get(text_key), str):
            keys = ", ".join(entry) if isinstance(entry, dict) else ""
            yield Problem(name, place, f"no text under {text_key!r}", f"say --text-column with one of: {keys}")
            continue
        if not _is_unicode(entry[text_key]):
            yield Problem(name, place, "half of a surrogate pair in the text", "save it again as UTF-8")
            continue
        known = entry.get(id_key)
        yield Note(str(known) if known is not None else f"{name}:{place}", entry[text_key], name, place)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
