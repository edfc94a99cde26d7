"""Labelled texts: the records of ``data/``, how they are written by hand, and what makes them valid.

A record is one JSON object a line (``data/README.md`` has the fields). People write texts with the labels in
place, ``{{words|category/severity|alternative}}``, and :func:`read_marked` computes the offsets, so that no offset
is ever typed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from notes_lint.finding import CATEGORIES, SEVERITIES, Severity

SETTINGS = (
    "social care",
    "police",
    "health",
    "education",
    "residential",
    "youth justice",
    "inspection report",
)
NEGATIVE_TYPES = ("quote", "adult_subject", "other_sense", "negated_or_criticised", "child_centred", "plain")
NOTE_WORDS = 40
"""From this many words on, a text counts as a whole note; so does a shorter one of several lines."""


class CorpusError(ValueError):
    """A labelled text that cannot be used; the message names the file, the line and the remedy, never the text."""


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled run of words: offsets in characters of the text, and what a person said of it."""

    start: int
    end: int
    category: str
    severity: Severity
    reported: bool = False
    alternative: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text."""

    id: str
    text: str
    spans: tuple[Span, ...]
    setting: str = ""
    genre: str = ""
    negative_type: str | None = None
    pair: str | None = None
    author: str = ""
    source: str = ""
    child_voice: bool = False

    @property
    def is_note(self) -> bool:
        return len(self.text.split()) >= NOTE_WORDS or "\n" in self.text.strip()

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "text": self.text,
            "setting": self.setting,
            "genre": self.genre,
            "spans": [
                {
                    "start": span.start,
                    "end": span.end,
                    "text": self.text[span.start : span.end],
                    "category": span.category,
                    "severity": span.severity,
                    "reported": span.reported,
                    "alternative": span.alternative,
                }
                for span in self.spans
            ],
            "negative_type": self.negative_type,
            "pair": self.pair,
            "child_voice": self.child_voice,
            "author": self.author,
            "source": self.source,
        }


def _span(entry: Any, text: str) -> Span:
    if not isinstance(entry, dict):
        raise ValueError("a span must be an object")
    start, end = entry.get("start"), entry.get("end")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
        raise ValueError("span offsets do not lie inside the text")
    if "text" in entry and entry["text"] != text[start:end]:
        raise ValueError(f"span {start}-{end}: 'text' is not what stands there; offsets count characters")
    if entry.get("category") not in CATEGORIES:
        raise ValueError(f"span {start}-{end}: category is not one of {', '.join(CATEGORIES)}")
    severity = entry.get("severity", "medium")
    if severity not in SEVERITIES:
        raise ValueError(f"span {start}-{end}: severity is not one of {', '.join(SEVERITIES)}")
    return Span(
        start,
        end,
        entry["category"],
        severity,
        bool(entry.get("reported", False)),
        str(entry.get("alternative") or ""),
    )


def example_from(entry: Any) -> Example:
    """Read one record.

    Raises:
        ValueError: it is not one; the message does not repeat the text.
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        raise ValueError("a record must be an object with a 'text'")
    text = entry["text"]
    spans = tuple(sorted((_span(span, text) for span in entry.get("spans") or ()), key=lambda s: (s.start, s.end)))
    for before, after in zip(spans, spans[1:], strict=False):
        if after.start < before.end:
            raise ValueError(f"spans {before.start}-{before.end} and {after.start}-{after.end} overlap")
    return Example(
        id=str(entry.get("id", "")),
        text=text,
        spans=spans,
        setting=str(entry.get("setting") or ""),
        genre=str(entry.get("genre") or ""),
        negative_type=entry.get("negative_type"),
        pair=entry.get("pair"),
        author=str(entry.get("author") or ""),
        source=str(entry.get("source") or ""),
        child_voice=bool(entry.get("child_voice", False)),
    )


def read_examples(path: Path) -> list[Example]:
    """Read a JSONL file of labelled texts.

    Raises:
        CorpusError: a line is no record; the message names file and line.
    """
    examples = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CorpusError(f"{path}: not UTF-8; save it again as UTF-8") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            examples.append(example_from(json.loads(line)))
        except json.JSONDecodeError as error:
            raise CorpusError(f"{path}: line {number}: not JSON ({error.msg})") from None
        except ValueError as error:
            raise CorpusError(f"{path}: line {number}: {error}") from None
    return examples


def read_folder(folder: Path) -> list[Example]:
    """Every record of the JSONL files of a folder, in the order of file names.

    Raises:
        CorpusError: the folder holds none, or a file is wrong.
    """
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise CorpusError(f"{folder}: no .jsonl file of labelled texts here")
    return [example for path in paths for example in read_examples(path)]


def write_examples(examples: Iterable[Example], path: Path) -> None:
    """Write records as JSONL."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for example in examples:
            out.write(json.dumps(example.as_dict(), ensure_ascii=False) + "\n")


_MARK = re.compile(r"\{\{([^{}|]+)\|([^{}|]+)\|([^{}|]+)\}\}")


def _unmark(marked: str) -> tuple[str, tuple[Span, ...]]:
    parts: list[str] = []
    spans: list[Span] = []
    at = length = 0
    for match in _MARK.finditer(marked):
        words, label, alternative = match.groups()
        category, severity, *rest = label.split("/")
        before = marked[at : match.start()]
        start = length + len(before)
        if category not in CATEGORIES or severity not in SEVERITIES or rest not in ([], ["reported"]):
            raise ValueError(f"label {label!r} is not category/severity or category/severity/reported")
        spans.append(Span(start, start + len(words), category, severity, bool(rest), alternative.strip()))
        parts += [before, words]
        length = start + len(words)
        at = match.end()
    text = "".join(parts) + marked[at:]
    if re.search(r"[{}|]", text):
        raise ValueError("a '{', '}' or '|' that belongs to no label")
    return text, tuple(spans)


def read_marked(path: Path, author: str) -> Iterator[Example]:
    """Read a file of hand-marked texts: header lines ``=== ID | SETTING | GENRE | neg:TYPE | twin:ID | voice:child``.

    Identifiers get the author's name in front. The text of a record is everything up to the next header,
    outer blank lines taken off.

    Raises:
        CorpusError: a header or a label is wrong; the message names file, line and remedy.
    """
    head: list[str] = []
    body: list[str] = []
    at = 0

    def record() -> Example:
        tags = dict(tag.split(":", 1) for tag in head[3:])
        try:
            text, spans = _unmark("\n".join(body).strip("\n"))
        except ValueError as error:
            raise CorpusError(f"{path}: record at line {at}: {error}") from None
        return Example(
            id=f"{author}-{head[0]}",
            text=text,
            spans=spans,
            setting=head[1],
            genre=head[2],
            negative_type=tags.get("neg"),
            pair=f"{author}-{tags['twin']}" if "twin" in tags else None,
            author=author,
            source="written",
            child_voice="voice" in tags,
        )

    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.startswith("=== "):
            if head:
                yield record()
            head = [field.strip() for field in line[4:].split("|")]
            body, at = [], number
            if len(head) < 3 or not all(":" in tag for tag in head[3:]):
                raise CorpusError(f"{path}: line {number}: write '=== ID | SETTING | GENRE | tag:value ...'")
        else:
            body.append(line)
    if head:
        yield record()


def read_second(path: Path, texts: Mapping[str, Example]) -> list[Example]:
    """Read a second reader's labels: a line for each span, ``ID<tab>words<tab>category/severity[/reported]``.

    ``ID<tab>-`` is a text with nothing to mark. ``words#2`` means the second place where the words stand.

    Parameters:
        texts: the first reader's records by id.

    Returns:
        the same texts with the second reader's spans, in the order of the file.

    Raises:
        CorpusError: a line fits no text; the message names file and line.
    """
    found: dict[str, list[Span]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        name, *rest = line.split("\t")
        spans = found.setdefault(name, [])
        if rest == ["-"]:
            continue
        try:
            words, label = rest
            category, severity, *reported = label.split("/")
            words, _, nth = words.partition("#")
            pattern = r"\s+".join(re.escape(word) for word in words.split())
            match = list(re.finditer(pattern, texts[name].text))[int(nth or 1) - 1]
            entry = {"start": match.start(), "end": match.end(), "category": category, "severity": severity}
            spans.append(_span(entry | {"reported": bool(reported)}, texts[name].text))
        except (KeyError, IndexError, ValueError):
            raise CorpusError(f"{path}: line {number}: no such text, words or label") from None
    return [replace(texts[name], spans=tuple(sorted(spans, key=lambda s: s.start))) for name, spans in found.items()]


def problems(examples: Iterable[Example]) -> Iterator[str]:
    """What the corpus rules forbid, one line for each fault: identifiers, settings, labels, twins."""
    examples = list(examples)
    by_id: dict[str, Example] = {}
    for example in examples:
        if not example.id or example.id in by_id:
            yield f"{example.id or '(no id)'}: identifier missing or used twice"
        by_id[example.id] = example
    for example in examples:
        if example.setting not in SETTINGS:
            yield f"{example.id}: unknown setting {example.setting!r}"
        if not example.author:
            yield f"{example.id}: no author"
        if not example.text.strip():
            yield f"{example.id}: empty text"
        if bool(example.spans) == (example.negative_type is not None):
            yield f"{example.id}: a text has either spans or a negative_type"
        if example.negative_type is not None and example.negative_type not in NEGATIVE_TYPES:
            yield f"{example.id}: unknown negative_type {example.negative_type!r}"
        for span in example.spans:
            words = example.text[span.start : span.end]
            if words != words.strip():
                yield f"{example.id}: span {span.start}-{span.end} begins or ends with space"
            if not span.alternative:
                yield f"{example.id}: span {span.start}-{span.end} has no alternative"
        if example.pair is not None:
            twin = by_id.get(example.pair)
            if twin is None or twin.pair != example.id:
                yield f"{example.id}: its twin is missing or does not point back"
            elif bool(twin.spans) == bool(example.spans):
                yield f"{example.id}: of twins, one must blame and one must not"
