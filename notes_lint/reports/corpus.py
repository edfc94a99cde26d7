"""The corpus in numbers: what ``data/README.md`` says of it, counted from the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sklearn.metrics import cohen_kappa_score

from notes_lint.finding import CATEGORIES, SEVERITIES
from notes_lint.judging.corpus import NEGATIVE_TYPES, SETTINGS, Example, problems, read_folder, read_second
from notes_lint.judging.evaluation import Predicted, evaluate
from notes_lint.reading import Reader

SPLITS = ("train", "dev", "test")

GENRES = {
    "missing and return": ("missing", "return", "rhi", "misper", "welfare check"),
    "AI-drafted summaries": ("ai ", "ai-", "magic", "transcri", "auto"),
    "court and legal": (
        "court",
        "threshold",
        "position",
        "welfare checklist",
        "legal",
        "judg",
        "hearing",
        "section 7",
        "guardian",
        "statement of facts",
        "advocates",
        "case direction",
        "sentenc",
        "prosecut",
    ),
    "published prose": (
        "inspection",
        "report to parliament",
        "coroner",
        "inquest",
        "thematic",
        "news",
        "press",
        "headline",
        "annual",
        "ombudsman",
        "practice review",
        "scrutiny",
        "strategy document",
        "overview",
        "commissioner",
        "peer review",
        "audit",
    ),
    "intelligence and crime": (
        "intel",
        "crime",
        "custody",
        "pocket",
        "stop and search",
        "beat",
        "asb",
        "cad",
        "ppn",
        "detention",
        "nrm",
        "mapping",
        "dash",
        "interview plan",
        "victim",
    ),
    "letters and emails": ("letter", "email", "whatsapp", "text to", "message", "e-mail"),
    "chronologies": ("chronolog", "timeline"),
    "minutes and conferences": ("minute", "conference", "core group", "strategy", "panel", "marac", "meeting", "forum"),
    "reviews": ("review", "iro"),
    "supervision": ("supervision", "oversight", "reflective"),
    "assessments and reports": ("assess", "report", "analysis", "profile", "plan", "proforma", "form"),
    "handovers and shift logs": (
        "handover",
        "night",
        "shift",
        "house log",
        "daily",
        "incident",
        "diary",
        "foster log",
        "carer log",
        "behaviour log",
        "abc",
    ),
    "clinical notes": (
        "gp",
        "clinic",
        "ward",
        "triage",
        "nurs",
        "a&e",
        "ed ",
        "camhs",
        "consult",
        "health",
        "therap",
        "discharge",
        "ambulance",
        "antenatal",
        "paediatric",
        "midwi",
    ),
    "school entries": ("cpoms", "school", "attend", "exclusion", "class", "pastoral", "head of year", "dsl", "tutor"),
    "visits and contacts": (
        "visit",
        "contact",
        "call",
        "phone",
        "duty",
        "direct work",
        "key work",
        "session",
        "case note",
        "mentor",
        "outreach",
        "detached",
    ),
    "other notes and logs": ("note", "log", "record", "entry", "diary", "summary", "update", "sheet"),
}
"""What kind of record a text is, by words of its ``genre``; the first kind that fits counts."""

OTHER_GENRE = "other"


def genre_of(example: Example) -> str:
    """The kind of record, a key of ``GENRES`` or ``OTHER_GENRE``."""
    genre = example.genre.lower() + " "
    return next((kind for kind, words in GENRES.items() if any(word in genre for word in words)), OTHER_GENRE)


def _table(title: str, names: Iterable[str], columns: Sequence[tuple[str, Counter[str]]]) -> list[str]:
    lines = ["", f"{title:<24}" + "".join(f"{name:>9}" for name, _ in columns) + f"{'all':>9}"]
    for name in names:
        row = [counts[name] for _, counts in columns]
        lines.append(f"{name:<24}" + "".join(f"{n:9,}" for n in row) + f"{sum(row):9,}")
    return lines


def _basics(examples: Sequence[Example]) -> Counter[str]:
    return Counter(
        {
            "texts": len(examples),
            "whole notes": sum(e.is_note for e in examples),
            "single sentences": sum(not e.is_note for e in examples),
            "words": sum(len(e.text.split()) for e in examples),
            "authors": len({e.author for e in examples}),
            "blaming texts": sum(bool(e.spans) for e in examples),
            "clean texts": sum(not e.spans for e in examples),
            "spans": sum(len(e.spans) for e in examples),
            "spans reported": sum(s.reported for e in examples for s in e.spans),
            "pairs of twins": sum(e.pair is not None and bool(e.spans) for e in examples),
            "child's own words": sum(e.child_voice for e in examples),
        }
    )


def _agreement(folder: Path, texts: Mapping[str, Example]) -> list[str]:
    """How far second, blind readers agree with the labels as they stood when they read; 95% intervals for spans."""
    second = [example for path in sorted(folder.glob("reader-*.tsv")) for example in read_second(path, texts)]
    labels = {example.id: example for example in read_second(folder / "first.tsv", texts)}
    first = [labels[example.id] for example in second]
    predicted = [[Predicted(s.start, s.end, s.category) for s in e.spans] for e in second]
    report = evaluate(first, predicted, repeats=500)
    kappa = cohen_kappa_score([bool(e.spans) for e in first], [bool(e.spans) for e in second])
    authors = len({e.author for e in first})
    lines = ["", f"second reading {folder.name}: {len(second):,} texts of {authors} authors, read blind"]
    lines.append(f"{'text kappa':<24}{kappa:9.3f}")
    for name in ("text F1", "span F1", "character F1", "same category"):
        low, high = report.intervals[name]
        lines.append(f"{name:<24}{report.values[name]:9.3f}   [{low:.3f}, {high:.3f}]")
    lines.append("kappa by category (does the text hold a span of it?)")
    for name in CATEGORIES:
        a, b = ([any(s.category == name for s in e.spans) for e in side] for side in (first, second))
        lines.append(f"  {name:<22}{cohen_kappa_score(a, b):9.3f}")
    return lines


def own_words(examples: Iterable[Example], reader: Reader) -> Counter[str]:
    """Spans, by category, that no phrase of the rulebook touches: blame in a writer's own words."""
    found: Counter[str] = Counter()
    for example in examples:
        if example.spans:
            doc = reader.read_piece(example.text)
            phrases = [(p.start_char, p.end_char) for p in doc.spans["candidates"]]
            found.update(s.category for s in example.spans if all(b <= s.start or s.end <= a for a, b in phrases))
    return found


def corpus_table(folder: Path, reader: Reader) -> tuple[str, list[str]]:
    """Counts of every split of a corpus, and what is wrong with it.

    Parameters:
        folder: holds ``train/``, ``dev/`` and ``test/``, or .jsonl files itself.
        reader: reads the texts, to tell phrases of its rulebook from a writer's own words.

    Raises:
        CorpusError: a file cannot be read.
    """
    splits = {name: read_folder(folder / name) for name in SPLITS if (folder / name).is_dir()}
    if not splits:
        splits = {"": read_folder(folder)}
    basics = [(name, _basics(examples)) for name, examples in splits.items()]
    lines = _table("", basics[0][1], basics)[1:]
    spans = [(n, [s for e in examples for s in e.spans]) for n, examples in splits.items()]
    lines += _table("spans by category", CATEGORIES, [(n, Counter(s.category for s in found)) for n, found in spans])
    lines += _table("in own words (no rule)", CATEGORIES, [(n, own_words(e, reader)) for n, e in splits.items()])
    lines += _table(
        "spans by severity", SEVERITIES, [(n, Counter[str](s.severity for s in found)) for n, found in spans]
    )
    kinds = [(n, Counter(e.negative_type or "" for e in examples)) for n, examples in splits.items()]
    lines += _table("clean texts by kind", NEGATIVE_TYPES, kinds)
    places = [(n, Counter(e.setting for e in examples)) for n, examples in splits.items()]
    lines += _table("texts by setting", SETTINGS, places)
    kinds = [(n, Counter(genre_of(e) for e in examples)) for n, examples in splits.items()]
    lines += _table("texts by kind of record", (*GENRES, OTHER_GENRE), kinds)
    everything = [e for examples in splits.values() for e in examples]
    for reading in sorted(path.parent for path in (folder / "second").glob("*/first.tsv")):
        lines += _agreement(reading, {e.id: e for e in everything})
    faults = list(problems(everything))
    authors = Counter(author for examples in splits.values() for author in {e.author for e in examples})
    faults += [f"author {name} stands in more than one split" for name, count in authors.items() if count > 1]
    return "\n".join(lines), faults
