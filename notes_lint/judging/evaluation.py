"""How good the findings are: the measures, their intervals, and four baselines to stand beside.

Measures follow the usual definitions for span detection: a predicted span is right when it shares a character
with a labelled span, one to one; characters are scored as sets (as in SemEval-2021 task 5). Intervals are
percentile bootstraps over texts, twins kept together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from notes_lint.finding import CATEGORIES
from notes_lint.judging.corpus import Example


class Predicted(NamedTuple):
    """A predicted span: offsets in characters, and its category."""

    start: int
    end: int
    category: str


@dataclass
class Counts:
    """What one text adds to every measure; sums of these are what the measures are made of."""

    hits: int = 0
    misses: int = 0
    false: int = 0
    same_category: int = 0
    chars_hit: int = 0
    chars_missed: int = 0
    chars_false: int = 0
    text: tuple[bool, bool] = (False, False)
    clean_words: int = 0
    clean_false: int = 0
    by_category: dict[str, tuple[int, int]] = field(default_factory=dict)


def count(example: Example, predicted: Sequence[Predicted]) -> Counts:
    """Compare the prediction for one text with its labels."""
    c = Counts(text=(bool(example.spans), bool(predicted)))
    used: set[int] = set()
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for span in example.spans:
        match = next(
            (i for i, p in enumerate(predicted) if i not in used and p.start < span.end and span.start < p.end),
            None,
        )
        found[span.category][1] += 1
        if match is None:
            c.misses += 1
            continue
        used.add(match)
        c.hits += 1
        found[span.category][0] += 1
        c.same_category += predicted[match].category == span.category
    c.by_category = {name: (hit, of) for name, (hit, of) in found.items()}
    c.false = len(predicted) - len(used)
    gold = {i for span in example.spans for i in range(span.start, span.end)}
    marked = {i for p in predicted for i in range(p.start, p.end)}
    c.chars_hit, c.chars_missed, c.chars_false = (
        len(gold & marked),
        len(gold - marked),
        len(marked - gold),
    )
    if not example.spans:
        c.clean_words, c.clean_false = len(example.text.split()), len(predicted)
    return c


def _f1(hits: float, false: float, misses: float) -> float:
    return 2 * hits / (2 * hits + false + misses) if hits else 0.0


def measures(counts: Sequence[Counts]) -> dict[str, float]:
    """The measures of a set of texts, by name; each between 0 and 1 but the last, a rate."""
    hits = sum(c.hits for c in counts)
    false = sum(c.false for c in counts)
    misses = sum(c.misses for c in counts)
    both = sum(c.text == (True, True) for c in counts)
    only_found = sum(c.text == (False, True) for c in counts)
    only_gold = sum(c.text == (True, False) for c in counts)
    return {
        "text F1": _f1(both, only_found, only_gold),
        "span F1": _f1(hits, false, misses),
        "span precision": hits / max(1, hits + false),
        "span recall": hits / max(1, hits + misses),
        "character F1": _f1(
            sum(c.chars_hit for c in counts),
            sum(c.chars_false for c in counts),
            sum(c.chars_missed for c in counts),
        ),
        "same category": sum(c.same_category for c in counts) / max(1, hits),
        "false per 1,000 clean words": 1000
        * sum(c.clean_false for c in counts)
        / max(1, sum(c.clean_words for c in counts)),
    }


def pairs_right(examples: Sequence[Example], predictions: Sequence[Sequence[Predicted]]) -> list[bool]:
    """For every pair of twins present: is the blaming one flagged and the child-centred one not?"""
    right = {e.id: bool(e.spans) == bool(p) for e, p in zip(examples, predictions, strict=True) if e.pair is not None}
    return [right[e.id] and right[e.pair] for e in examples if e.pair is not None and e.pair in right and e.id < e.pair]


@dataclass(frozen=True)
class Report:
    """Measures of one reader on one set, each with its 95% interval."""

    texts: int
    values: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    recall: Mapping[str, tuple[int, int]]
    clean_ok: Mapping[str, tuple[int, int]]


def evaluate(
    examples: Sequence[Example],
    predictions: Sequence[Sequence[Predicted]],
    *,
    repeats: int = 500,
    seed: int = 0,
) -> Report:
    """Score predictions against labels.

    Parameters:
        repeats: bootstrap samples; 0 for no intervals.
    """
    counts = [count(e, p) for e, p in zip(examples, predictions, strict=True)]
    pairs = pairs_right(examples, predictions)
    values = measures(counts)
    if pairs:
        values["pairs right"] = sum(pairs) / len(pairs)
    clusters: dict[str, list[int]] = defaultdict(list)
    for number, example in enumerate(examples):
        clusters[min(example.id, example.pair or example.id)].append(number)
    groups = list(clusters.values())
    rng = np.random.default_rng(seed)
    samples: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeats):
        drawn = [counts[i] for g in rng.integers(0, len(groups), len(groups)) for i in groups[g]]
        for name, value in measures(drawn).items():
            samples[name].append(value)
        if pairs:
            samples["pairs right"].append(float(np.mean(rng.choice(pairs, len(pairs)))))
    intervals = {name: (float(np.quantile(v, 0.025)), float(np.quantile(v, 0.975))) for name, v in samples.items()}
    recall = {
        name: (
            sum(c.by_category.get(name, (0, 0))[0] for c in counts),
            sum(c.by_category.get(name, (0, 0))[1] for c in counts),
        )
        for name in CATEGORIES
    }
    clean: dict[str, tuple[int, int]] = {}
    for example, c in zip(examples, counts, strict=True):
        if not example.spans:
            ok, of = clean.get(example.negative_type or "none", (0, 0))
            clean[example.negative_type or "none"] = (ok + (not c.clean_false), of + 1)
    return Report(len(examples), values, intervals, recall, dict(sorted(clean.items())))
