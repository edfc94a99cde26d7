"""The corpus in numbers: what ``data/README.md`` says of it, counted from the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sklearn.metrics import cohen_kappa_score

from notes_lint.finding import CATEGORIES, SEVERITIES
from notes_lint.judging.corpus import NEGATIVE_TYPES, SETTINGS, Example, problems, read_folder, read_second
from notes_lint.judging.evaluation import Predicted, evaluate

SPLITS = ("train", "dev", "test")


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
    """How far a second, blind reader agrees with the labels, with 95% intervals for the measures of spans."""
    second = [example for path in sorted(folder.glob("*.tsv")) for example in read_second(path, texts)]
    if not second:
        return []
    first = [texts[example.id] for example in second]
    predicted = [[Predicted(s.start, s.end, s.category) for s in e.spans] for e in second]
    report = evaluate(first, predicted, repeats=500)
    kappa = cohen_kappa_score([bool(e.spans) for e in first], [bool(e.spans) for e in second])
    lines = ["", f"second reading: {len(second):,} texts of {len({e.author for e in first})} authors, read blind"]
    lines.append(f"{'text kappa':<24}{kappa:9.3f}")
    for name in ("text F1", "span F1", "character F1", "same category"):
        low, high = report.intervals[name]
        lines.append(f"{name:<24}{report.values[name]:9.3f}   [{low:.3f}, {high:.3f}]")
    lines.append("kappa by category (does the text hold a span of it?)")
    for name in CATEGORIES:
        a, b = ([any(s.category == name for s in e.spans) for e in side] for side in (first, second))
        lines.append(f"  {name:<22}{cohen_kappa_score(a, b):9.3f}")
    return lines


def corpus_table(folder: Path) -> tuple[str, list[str]]:
    """Counts of every split of a corpus, and what is wrong with it.

    Parameters:
        folder: holds ``train/``, ``dev/`` and ``test/``, or .jsonl files itself.

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
    lines += _table(
        "spans by severity", SEVERITIES, [(n, Counter[str](s.severity for s in found)) for n, found in spans]
    )
    kinds = [(n, Counter(e.negative_type or "" for e in examples)) for n, examples in splits.items()]
    lines += _table("clean texts by kind", NEGATIVE_TYPES, kinds)
    places = [(n, Counter(e.setting for e in examples)) for n, examples in splits.items()]
    lines += _table("texts by setting", SETTINGS, places)
    everything = [e for examples in splits.values() for e in examples]
    lines += _agreement(folder / "second", {e.id: e for e in everything})
    faults = list(problems(everything))
    authors = Counter(author for examples in splits.values() for author in {e.author for e in examples})
    faults += [f"author {name} stands in more than one split" for name, count in authors.items() if count > 1]
    return "\n".join(lines), faults
