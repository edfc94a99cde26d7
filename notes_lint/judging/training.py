"""Training: labelled texts in, a judge out.

Every head but the first learns from scores of the heads before it, and those scores are always out of fold,
with whole authors left out: a head that has seen its own training text answered would trust it blindly. The
span head, fitted on such scores, calibrates the chain; thresholds come from them too, never from the test texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from joblib import Parallel, delayed
from sklearn.model_selection import GroupKFold
from spacy.tokens import Doc

from notes_lint.finding import CATEGORIES
from notes_lint.judging.corpus import Example, Span
from notes_lint.judging.evidence import Evidence
from notes_lint.judging.heads import Floats, LabelHead, SentenceGate, SpanHead, TokenHead
from notes_lint.judging.judge import (
    Judge,
    Proposal,
    Settings,
    neighbours,
    passes_screen,
    phrase_scores,
    propose,
)

T = TypeVar("T")

SCREEN_LOSS = 0.01
"""Share of blaming sentences that the screen may drop, measured out of fold."""

ORDINARY_RATE = 1.0
"""False findings for each 1,000 words of ordinary notes (``plain``) that all thresholds together may let through."""

PHRASE_SHARE = 0.5
"""How often a phrase of the rulebook is taken to be blame where it stands in a record, innocent signs aside."""


@dataclass
class Read:
    """One training text, read: its evidence, its labels by sentence and token, its author's fold."""

    example: Example
    evidence: Evidence
    sentence_labels: list[int]
    token_labels: list[int]


def read_example(example: Example, doc: Doc) -> Read:
    """Lay the labelled spans of ``example`` over its ``doc``."""
    evidence = Evidence(doc)
    labels = [0] * len(doc)
    for span in example.spans:
        for token in doc:
            if token.idx < span.end and span.start < token.idx + len(token):
                labels[token.i] = 1
    return Read(example, evidence, [max(labels[s.start : s.end]) for s in evidence.sentences], labels)


def _phrase_counts(reads: Sequence[Read]) -> Counter[tuple[str, int]]:
    """How often the phrase of each rule code stands there as blame (1) and innocently (0)."""
    return Counter(
        (span.label_, max(read.token_labels[span.start : span.end])) for read in reads for span in read.evidence.phrases
    )


def phrase_weights(reads: Sequence[Read]) -> dict[tuple[str, int], float]:
    """Weights, by rule code and label, that make each phrase blame in ``PHRASE_SHARE`` of its places.

    The corpus holds innocent uses of the well-known phrases on purpose, far more often than records do. Learnt
    as they stand, those rates would teach the judge that "refuses to engage" is probably harmless.
    """
    counts = _phrase_counts(reads)
    weights = {}
    for code in {code for code, _ in counts}:
        both = counts[code, 0] + counts[code, 1] + 2
        for label, share in ((0, 1 - PHRASE_SHARE), (1, PHRASE_SHARE)):
            weights[code, label] = float(np.clip(share * both / (counts[code, label] + 1), 0.2, 5))
    return weights


def _sentence_weight(read: Read, number: int, weights: Mapping[tuple[str, int], float]) -> float:
    """Mean weight of the phrases that a sentence holds; 1 if there are none."""
    sentence = read.evidence.sentences[number]
    found = [
        weights[span.label_, max(read.token_labels[span.start : span.end])]
        for span in read.evidence.phrases
        if sentence.start <= span.start < sentence.end
    ]
    return float(np.mean(found)) if found else 1.0


def code_priors(reads: Sequence[Read]) -> dict[str, float]:
    """Log-odds, for each rule code, that its phrase is blame where it occurs; smoothed towards the average."""
    counts = _phrase_counts(reads)
    blaming = sum(count for (_, label), count in counts.items() if label)
    base = (blaming + 1) / (counts.total() + 2)
    rate = {code: (counts[code, 1] + 2 * base) / (counts[code, 0] + counts[code, 1] + 2) for code, _ in list(counts)}
    return {code: float(np.log(p / (1 - p))) for code, p in rate.items()}


def _sentence_rows(reads: Sequence[Read]) -> tuple[list[list[str]], list[int]]:
    rows = [read.evidence.sentence_features(n) for read in reads for n in range(len(read.evidence.sentences))]
    return rows, [label for read in reads for label in read.sentence_labels]


def _fit_gate(reads: Sequence[Read]) -> SentenceGate:
    weights = phrase_weights(reads)
    by_sentence = [_sentence_weight(read, n, weights) for read in reads for n in range(len(read.evidence.sentences))]
    return SentenceGate().fit(*_sentence_rows(reads), by_sentence)


def _gate_scores(gate: SentenceGate, reads: Sequence[Read]) -> list[Floats]:
    scores = gate.score_sentences(_sentence_rows(reads)[0])
    ends = np.cumsum([len(read.evidence.sentences) for read in reads])
    return list(np.split(scores, ends[:-1]))


@dataclass
class _Tokens:
    rows: list[list[str]]
    gates: Floats
    labels: list[int]
    weights: list[float]
    places: list[tuple[int, int, list[int]]]


def _token_rows(reads: Sequence[Read], gates: Sequence[Floats], screen: float, *, learn: bool) -> _Tokens:
    out = _Tokens([], np.zeros((0, 3)), [], [], [])
    context = []
    weights = phrase_weights(reads) if learn else {}
    for d, (read, gate) in enumerate(zip(reads, gates, strict=True)):
        for n in range(len(read.evidence.sentences)):
            if not (learn and read.sentence_labels[n]) and not passes_screen(read.evidence, n, gate, screen):
                continue
            tokens, rows = read.evidence.token_features(n)
            out.places.append((d, n, tokens))
            out.rows += rows
            out.labels += [read.token_labels[i] for i in tokens]
            context += [neighbours(gate, n)] * len(tokens)
            if learn:
                out.weights += [_sentence_weight(read, n, weights)] * len(tokens)
    out.gates = np.asarray(context).reshape(-1, 3)
    return out


def _fit_tokens(reads: Sequence[Read], gates: Sequence[Floats], screen: float) -> TokenHead:
    data = _token_rows(reads, gates, screen, learn=True)
    return TokenHead().fit(data.rows, data.gates, data.labels, data.weights)


def _proposals(
    reads: Sequence[Read], gates: Sequence[Floats], head: TokenHead, phrases: LabelHead, settings: Settings
) -> list[list[Proposal]]:
    data = _token_rows(reads, gates, settings.screen, learn=False)
    out: list[list[Proposal]] = [[] for _ in reads]
    if not data.rows:
        return out
    p = head.predict_proba(data.rows, data.gates)[:, 1]
    scores = phrase_scores(phrases, [read.evidence for read in reads])
    at = 0
    for d, n, tokens in data.places:
        here = p[at : at + len(tokens)]
        out[d] += propose(reads[d].evidence, n, gates[d], scores[d], here, tokens, settings)
        at += len(tokens)
    return out


def _fit_phrases(reads: Sequence[Read]) -> LabelHead:
    rows, labels, weight = [], [], []
    weights = phrase_weights(reads)
    for read in reads:
        for span in read.evidence.phrases:
            rows.append(read.evidence.span_features(span.start, span.end))
            labels.append(max(read.token_labels[span.start : span.end]))
            weight.append(weights[span.label_, labels[-1]])
    return LabelHead().fit(rows, labels, weight)


def _folds(reads: Sequence[Read]) -> list[tuple[list[int], list[int]]]:
    authors = [read.example.author for read in reads]
    count = min(5, len(set(authors)))
    if count < 2:
        raise ValueError("training needs texts by at least two authors, so that one can be left out")
    return [
        (list(map(int, a)), list(map(int, b))) for a, b in GroupKFold(count).split(np.zeros(len(reads)), groups=authors)
    ]


def _pick(items: Sequence[T], places: Sequence[int]) -> list[T]:
    return [items[i] for i in places]


def gold_tokens(read: Read) -> list[tuple[int, int, Span]]:
    """The labelled spans as token offsets of the doc."""
    found = []
    for span in read.example.spans:
        inside = [t.i for t in read.evidence.doc if t.idx < span.end and span.start < t.idx + len(t) and not t.is_space]
        if inside:
            found.append((inside[0], inside[-1] + 1, span))
    return found


def proposal_weights(reads: Sequence[Read], proposals: Sequence[Sequence[Proposal]]) -> Floats:
    """Weights of all proposals: those of the phrases that they hold, 1 without one."""
    weights = phrase_weights(reads)
    out = []
    for read, found in zip(reads, proposals, strict=True):
        for proposal in found:
            code = next((c for c in read.evidence.code[proposal.start : proposal.end] if c), None)
            out.append(weights.get((code, _overlaps_gold(read, proposal)), 1.0) if code else 1.0)
    return np.asarray(out)


def _overlaps_gold(read: Read, proposal: Proposal) -> int:
    return max(read.token_labels[proposal.start : proposal.end])


def train(
    examples: Sequence[Example],
    docs: Sequence[Doc],
    prefixes: Mapping[str, str],
    *,
    say: Callable[[str], None] = lambda message: None,
    jobs: int = 2,
) -> Judge:
    """Fit all heads.

    Parameters:
        examples: labelled texts of at least two authors.
        docs: the same texts, read (``Reader.read_piece``).
        prefixes: letters of the rule codes of each category.
        say: told what is being done.
        jobs: processes that fit folds side by side.

    Raises:
        ValueError: fewer than two authors, or no span at all.
    """
    reads = [read_example(example, doc) for example, doc in zip(examples, docs, strict=True)]
    if not any(read.example.spans for read in reads):
        raise ValueError("training needs labelled spans")
    folds = _folds(reads)
    settings = Settings()

    say(f"sentence gate: {sum(len(r.sentence_labels) for r in reads)} sentences, {len(folds)} folds by author")
    gates: list[Floats] = [np.zeros(0)] * len(reads)
    fitted = Parallel(n_jobs=jobs, prefer="threads")(delayed(_fit_gate)(_pick(reads, a)) for a, _ in folds)
    for gate, (_, held) in zip(fitted, folds, strict=True):
        for i, scores in zip(held, _gate_scores(gate, _pick(reads, held)), strict=True):
            gates[i] = scores
    blaming = np.concatenate([g[np.asarray(r.sentence_labels, bool)] for g, r in zip(gates, reads, strict=True)])
    settings.screen = float(np.quantile(blaming, SCREEN_LOSS))

    say(f"token head: sentences above log-odds {settings.screen:.2f}")
    heads = Parallel(n_jobs=jobs, prefer="threads")(
        delayed(_fit_tokens)(_pick(reads, a), _pick(gates, a), settings.screen) for a, _ in folds
    )
    proposals: list[list[Proposal]] = [[] for _ in reads]
    for head, (used, held) in zip(heads, folds, strict=True):
        phrases = _fit_phrases(_pick(reads, used))
        for i, found in zip(
            held, _proposals(_pick(reads, held), _pick(gates, held), head, phrases, settings), strict=True
        ):
            proposals[i] = found

    say("span head, category, severity, reported")
    numbers = np.asarray([p.numbers for found in proposals for p in found])
    right = np.asarray([_overlaps_gold(r, p) for r, found in zip(reads, proposals, strict=True) for p in found])
    weight = proposal_weights(reads, proposals)
    owner = np.asarray([i for i, found in enumerate(proposals) for _ in found])
    chances = np.zeros(len(right))
    for used, _ in folds:
        inside = np.isin(owner, used)
        fold = SpanHead().fit(numbers[inside], right[inside], weight[inside])
        chances[~inside] = fold.predict_proba(numbers[~inside])[:, 1]

    rows, spans = [], []
    for read in reads:
        for start, end, span in gold_tokens(read):
            rows.append(read.evidence.span_features(start, end))
            spans.append(span)
    category = LabelHead(bits=18, class_weight="balanced").fit(rows, [s.category for s in spans])
    severity = LabelHead().fit(rows, [s.severity for s in spans])
    reported = LabelHead().fit(rows, [int(s.reported) for s in spans])

    flat = [(i, p) for i, found in enumerate(proposals) for p in found]
    labels = category.predict([reads[i].evidence.span_features(p.start, p.end) for i, p in flat])
    ordinary = np.asarray([reads[i].example.negative_type == "plain" for i, _ in flat])
    words = sum(len(r.example.text.split()) for r in reads if r.example.negative_type == "plain")
    settings.thresholds = choose_thresholds(chances, right, labels, ordinary, words)
    settings.default_threshold = float(np.median(list(settings.thresholds.values())))

    say("final gate and token head on all texts")
    final_gate = _fit_gate(reads)
    # out-of-fold gate scores again: the final gate has seen these sentences and would be too sure of them
    final_tokens = _fit_tokens(reads, gates, settings.screen)
    return Judge(
        gate=final_gate,
        tokens=final_tokens,
        phrases=_fit_phrases(reads),
        spans=SpanHead().fit(numbers, right, weight),
        category=category,
        severity=severity,
        reported=reported,
        settings=settings,
        prefixes=prefixes,
    )


def choose_thresholds(
    chances: Floats, right: Any, labels: Any, ordinary: Any, ordinary_words: int
) -> Mapping[str, float]:
    """A threshold for each category: where its F1 is best, but no lower than the rate of false findings allows.

    Parameters:
        chances: out-of-fold probabilities of all proposals, shape (proposals,); ``right`` whether each meets a
            labelled span, ``labels`` their categories, ``ordinary`` whether they stand in an ordinary note.
        ordinary_words: words in all ordinary notes.
    """
    names = np.asarray(labels)
    allowed = ORDINARY_RATE * ordinary_words / 1000
    false = np.sort(chances[ordinary])[::-1]
    floor = float(false[min(int(allowed), len(false) - 1)]) if len(false) else 0.0
    out = {}
    for name in CATEGORIES:
        mine = names == name
        best = floor
        if right[mine].sum() >= 50:
            order = np.argsort(-chances[mine])
            hits = np.cumsum(right[mine][order])
            f1 = 2 * hits / (np.arange(1, len(hits) + 1) + right[mine].sum())
            best = float(chances[mine][order][int(np.argmax(f1))])
        out[name] = max(best, floor)
    return out
