"""The corpus: every record is valid, texts are written and not copied, splits keep authors apart."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from notes_lint.finding import CATEGORIES
from notes_lint.judging.corpus import (
    NEGATIVE_TYPES,
    CorpusError,
    Example,
    problems,
    read_examples,
    read_folder,
    read_marked,
    read_second,
)
from notes_lint.reading import Reader
from notes_lint.reports.corpus import own_words
from tests.conftest import ROOT

SPLITS = {name: read_folder(ROOT / "data" / name) for name in ("train", "dev", "test")}
EXAMPLES = [example for examples in SPLITS.values() for example in examples]
EVAL = ROOT.parent / "shared" / "eval"


def grams(text: str, size: int) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z0-9']+", text.lower())
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def test_every_record_is_valid() -> None:
    assert list(problems(EXAMPLES)) == []


def test_the_corpus_is_what_its_datasheet_says() -> None:
    spans = [span for e in EXAMPLES for span in e.spans]
    kinds = Counter(e.negative_type for e in EXAMPLES)
    assert len(EXAMPLES) >= 19_000
    assert sum(e.is_note for e in EXAMPLES) >= 3_000
    assert sum(not e.is_note for e in EXAMPLES) >= 9_000
    assert sum(e.pair is not None and bool(e.spans) for e in EXAMPLES) >= 3_000
    assert sum(not e.spans for e in EXAMPLES) - kinds["plain"] >= 4_500
    assert min(kinds[kind] for kind in NEGATIVE_TYPES) >= 500
    assert kinds["plain"] >= 1_500
    assert sum(span.reported for span in spans) >= 600
    assert sum(e.child_voice for e in EXAMPLES) >= 400
    assert min(Counter(span.category for span in spans)[name] for name in CATEGORIES) >= 500
    assert len({e.author for e in EXAMPLES}) >= 50


def test_most_blame_is_in_the_writers_own_words(reader: Reader) -> None:
    own = own_words(EXAMPLES, reader)
    every = Counter(span.category for e in EXAMPLES for span in e.spans)
    assert own.total() >= 0.55 * every.total()
    # at least 60% of the 500 spans that every category must have
    assert min(own[name] for name in CATEGORIES) >= 300


def test_every_second_reading_has_its_first_labels() -> None:
    texts = {e.id: e for e in EXAMPLES}
    rounds = sorted(path for path in (ROOT / "data" / "second").iterdir() if path.is_dir())
    assert len(rounds) >= 2
    for folder in rounds:
        first = {e.id for e in read_second(folder / "first.tsv", texts)}
        second = {e.id for path in folder.glob("reader-*.tsv") for e in read_second(path, texts)}
        assert first == second


def test_authors_stay_in_their_split() -> None:
    where = defaultdict(set)
    for name, examples in SPLITS.items():
        for example in examples:
            where[example.author].add(name)
    assert [author for author, names in where.items() if len(names) > 1] == []


def test_no_two_texts_are_alike() -> None:
    """At most 1% of texts, twins aside, share more than 0.8 (Jaccard, word 5-grams) with another."""
    owners = defaultdict(list)
    sets = [grams(e.text, 5) for e in EXAMPLES]
    for number, found in enumerate(sets):
        for gram in found:
            owners[gram].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in owners.values():
        for i, a in enumerate(numbers):
            for b in numbers[i + 1 :]:
                shared[a, b] += 1
    alike = {
        a
        for (a, b), both in shared.items()
        if both / len(sets[a] | sets[b]) > 0.8 and EXAMPLES[a].pair != EXAMPLES[b].id
    }
    texts = Counter(e.text.strip().lower() for e in EXAMPLES)
    assert [t for t, n in texts.items() if n > 1] == []
    assert len(alike) <= 0.01 * len(EXAMPLES)


@pytest.mark.skipif(not EVAL.is_dir(), reason="the evaluation sets are not part of the repository")
def test_nothing_comes_from_the_evaluation_sets() -> None:
    seen = set()
    for path in EVAL.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            seen |= grams(json.loads(line)["text"], 8)
    assert [e.id for e in EXAMPLES if grams(e.text, 8) & seen] == []


MARKED = """=== p1-1 | police | log | twin:p1-2
She {{puts herself at risk|self_risk/high|is at risk}} and SW says
he {{won't engage|engagement/low/reported|was not met}}.

=== p1-2 | police | log | neg:child_centred | twin:p1-1 | voice:child
"No," she said.
"""


def test_marked_texts_become_records(tmp_path: Path) -> None:
    path = tmp_path / "p1.txt"
    path.write_text(MARKED)
    blaming, clean = read_marked(path, "w99")
    assert blaming.text == "She puts herself at risk and SW says\nhe won't engage."
    assert [blaming.text[s.start : s.end] for s in blaming.spans] == ["puts herself at risk", "won't engage"]
    assert [(s.category, s.severity, s.reported) for s in blaming.spans] == [
        ("self_risk", "high", False),
        ("engagement", "low", True),
    ]
    assert (blaming.id, blaming.pair, clean.pair) == ("w99-p1-1", "w99-p1-2", "w99-p1-1")
    assert clean.negative_type == "child_centred"
    assert clean.child_voice
    assert list(problems([blaming, clean])) == []


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("self_risk/high", "self_risk/awful", "record at line 1"),
        ("{{won't engage", "{won't engage", "belongs to no label"),
        ("=== p1-1 | police | log | twin:p1-2", "=== p1-1 | police", "line 1"),
    ],
)
def test_bad_marks_are_named(tmp_path: Path, old: str, new: str, named: str) -> None:
    path = tmp_path / "p1.txt"
    path.write_text(MARKED.replace(old, new))
    with pytest.raises(CorpusError, match=r"p1\.txt") as error:
        list(read_marked(path, "w99"))
    assert named in str(error.value)
    assert "herself" not in str(error.value)


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        '{"id": "1"}',
        '{"text": "secret", "spans": [{"start": 0, "end": 99, "category": "agency"}]}',
        '{"text": "secret", "spans": [{"start": 0, "end": 2, "category": "weather"}]}',
        '{"text": "secret", "spans": [{"start": 0, "end": 2, "category": "agency", "text": "xx"}]}',
        '{"text": "secret", "spans": [{"start": 0, "end": 3, "category": "agency"},'
        ' {"start": 2, "end": 4, "category": "agency"}]}',
    ],
)
def test_bad_records_are_named_without_their_text(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"id": "0", "text": "fine", "spans": []}\n' + line)
    with pytest.raises(CorpusError, match=r"x\.jsonl: line 2") as error:
        read_examples(path)
    assert "secret" not in str(error.value)


def test_problems_are_found() -> None:
    good = EXAMPLES[0]
    from dataclasses import replace

    def faults(*examples: Example) -> str:
        return " ".join(problems(examples))

    alone = replace(good, pair=None)
    assert faults(alone) == ""
    assert "used twice" in faults(alone, alone)
    assert "setting" in faults(replace(alone, setting="moon"))
    assert "either spans or" in faults(replace(alone, spans=(), negative_type=None))
    assert "twin" in faults(replace(alone, pair="nobody"))


def test_second_readings_are_laid_over_the_texts(tmp_path: Path) -> None:
    text = "She lied.\nHe says she\nlied again."
    texts = {"a": Example("a", text, ()), "b": Example("b", "Fine.", ())}
    path = tmp_path / "r.tsv"
    path.write_text("a\tlied#2\tcredibility/high\na\tsays she lied\tcredibility/low/reported\nb\t-\n")
    first, second = read_second(path, texts)
    assert [text[s.start : s.end] for s in first.spans] == ["says she\nlied", "lied"]
    assert [s.reported for s in first.spans] == [True, False]
    assert second.spans == ()
    path.write_text("a\tlied#3\tcredibility/high\n")
    with pytest.raises(CorpusError, match="line 1"):
        read_second(path, texts)
