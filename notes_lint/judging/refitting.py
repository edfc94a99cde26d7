"""Refitting: a council's own labelled notes teach the span head and the thresholds how its workers write.

The words, rules and encoder of the model stay; what is fitted anew is how far each is to be trusted, on the numbers
kept with the model (``Stock``) and those of the council's notes, which count for more. Whether that helps is measured
on the council's notes themselves, each group of them judged by heads that have not seen it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.model_selection import GroupKFold
from spacy.tokens import Doc

from notes_lint.judging.corpus import Example
from notes_lint.judging.evaluation import Predicted, Report, evaluate
from notes_lint.judging.heads import DenseHead
from notes_lint.judging.judge import Judge, Proposal, Stock
from notes_lint.judging.training import Read, meets_gold, proposal_weights, read_example, set_thresholds

OWN_WEIGHT = 3.0
"""How much a proposal in a council's own note counts beside one of the corpus."""

FEWEST = 40
"""Labelled spans without which there is too little to learn from."""


@dataclass(frozen=True)
class Refit:
    """A refitted judge, with measures of the old and of the new on the council's notes."""

    judge: Judge
    before: Report
    after: Report

    @property
    def gain(self) -> float:
        """Span F1 gained; below 0 the new judge is worse."""
        return self.after.values["span F1"] - self.before.values["span F1"]


@dataclass
class _Local:
    read: Read
    doc: Doc
    found: list[Proposal]
    names: list[str]


def _stock(items: Sequence[_Local], width: int) -> Stock:
    return Stock(
        numbers=np.asarray([p.numbers for item in items for p in item.found]).reshape(-1, width),
        right=np.asarray([meets_gold(item.read, p) for item in items for p in item.found], np.int64),
        weight=OWN_WEIGHT * proposal_weights([i.read for i in items], [i.found for i in items]),
        names=[name for item in items for name in item.names],
        ordinary=np.asarray([not item.read.example.spans for item in items for _ in item.found], bool),
        chances=np.zeros(sum(len(item.found) for item in items)),
        ordinary_words=sum(len(i.read.example.text.split()) for i in items if not i.read.example.spans),
    )


def _fit(stocks: Sequence[Stock]) -> DenseHead:
    return DenseHead().fit(
        np.concatenate([s.numbers for s in stocks]),
        np.concatenate([s.right for s in stocks]),
        np.concatenate([s.weight for s in stocks]),
    )


def _spans(judge: Judge, items: Sequence[_Local]) -> list[list[Predicted]]:
    """What ``judge`` finds among the proposals."""
    out = []
    for item in items:
        rows = np.asarray([p.numbers for p in item.found])
        chances = judge.spans.predict_proba(rows)[:, 1] if len(rows) else np.zeros(0)
        out.append(
            [
                Predicted(item.doc[p.start].idx, item.doc[p.start : p.end].end_char, name)
                for p, name, chance in zip(item.found, item.names, chances, strict=True)
                if chance >= judge.settings.thresholds.get(name, judge.settings.default_threshold)
            ]
        )
    return out


def refit(
    judge: Judge,
    examples: Sequence[Example],
    docs: Sequence[Doc],
    say: Callable[[str], None] = lambda message: None,
) -> Refit:
    """Fit the span head and the thresholds anew.

    Parameters:
        examples: the council's labelled notes. Those with the same ``author`` are kept in one fold; without
            authors, every note and its twin.
        docs: the same texts, read (``Reader.read_piece``).

    Raises:
        ValueError: too few labelled spans or notes, or a judge that keeps no numbers to refit on.
    """
    if judge.stock is None:
        raise ValueError("this model keeps no numbers to refit on; train one with this release")
    if sum(len(e.spans) for e in examples) < FEWEST:
        raise ValueError(f"refitting needs at least {FEWEST} labelled spans, and notes without any beside them")
    authors = {e.author for e in examples}
    groups = [e.author if len(authors) > 1 else min(e.id, e.pair or e.id) for e in examples]
    if len(set(groups)) < 2:
        raise ValueError("refitting needs notes of at least two authors, or with identifiers of their own")
    say(f"reading {len(examples)} notes")
    evidences, found = judge.propose(docs)
    flat = [(d, p.start, p.end) for d, here in enumerate(found) for p in here]
    names = iter([str(name) for name in judge.label(evidences, flat)["category"]] if flat else [])
    items = [
        _Local(read_example(example, doc), doc, here, [next(names) for _ in here])
        for example, doc, here in zip(examples, docs, found, strict=True)
    ]
    before = evaluate(examples, _spans(judge, items))

    say("fitting with each part left out in turn")
    spans: list[list[Predicted]] = [[] for _ in items]
    chances: dict[int, list[float]] = {}
    for used, held in GroupKFold(min(5, len(set(groups)))).split(groups, groups=groups):
        part = _stock([items[i] for i in used], judge.stock.numbers.shape[1])
        fold = replace(judge, settings=replace(judge.settings), spans=_fit([judge.stock, part]))
        # thresholds want chances by heads that have not seen the text; inside the fold the old head's will do
        part.chances = judge.spans.predict_proba(part.numbers)[:, 1] if len(part.right) else part.chances
        set_thresholds(fold.settings, [judge.stock, part])
        mine = [items[i] for i in held]
        for i, predicted in zip(held, _spans(fold, mine), strict=True):
            spans[i] = predicted
            rows = np.asarray([p.numbers for p in items[i].found])
            chances[int(i)] = list(fold.spans.predict_proba(rows)[:, 1]) if len(rows) else []
    after = evaluate(examples, spans)

    own = _stock(items, judge.stock.numbers.shape[1])
    own.chances = np.asarray([chance for i in range(len(items)) for chance in chances[i]])
    new = replace(judge, settings=replace(judge.settings), spans=_fit([judge.stock, own]))
    set_thresholds(new.settings, [judge.stock, own])
    return Refit(new, before, after)
