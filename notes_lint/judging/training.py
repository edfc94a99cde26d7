"""Training: labelled texts in, a judge out.

Every head but the first learns from scores of the heads before it, and those scores are always out of fold,
with whole authors left out: a head that has seen its own training text answered would trust it blindly. The
span head, fitted on such scores, calibrates the chain; thresholds come from them too, never from the test texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from joblib import Parallel, delayed
from sklearn.model_selection import GroupKFold
from spacy.tokens import Doc

from notes_lint.finding import CATEGORIES
from notes_lint.judging.corpus import Example, Span
from notes_lint.judging.evidence import Evidence
from notes_lint.judging.fusion import label_numbers, word_numbers
from notes_lint.judging.heads import DenseHead, Floats, LabelHead, SentenceGate, TokenHead
from notes_lint.judging.judge import (
    Fusion,
    Judge,
    Proposal,
    Settings,
    Stock,
    contexts,
    neighbours,
    passes_screen,
    phrase_scores,
    read_deeply,
    text_proposals,
    word_scores,
)
from notes_lint.reading.encoder import Encoder

T = TypeVar("T")

SCREEN_LOSS = 0.01
"""Share of blaming sentences that the screen may drop, measured out of fold."""

ORDINARY_RATE = 1.0
"""False findings for each 1,000 words of ordinary notes (``plain``) that all thresholds together may let through."""

SURE = 0.9
"""Share of findings that must be right for the rest to be called sure, measured out of fold."""

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


def sentence_weight(read: Read, number: int, weights: Mapping[tuple[str, int], float]) -> float:
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
    by_sentence = [sentence_weight(read, n, weights) for read in reads for n in range(len(read.evidence.sentences))]
    return SentenceGate().fit(*_sentence_rows(reads), by_sentence)


def _gate_scores(gate: SentenceGate, reads: Sequence[Read]) -> list[Floats]:
    scores = gate.score_sentences(_sentence_rows(reads)[0])
    ends = np.cumsum([len(read.evidence.sentences) for read in reads])
    return list(np.split(scores, ends[:-1]))


def _fit_tokens(reads: Sequence[Read], gates: Sequence[Floats], screen: float) -> TokenHead:
    rows: list[list[str]] = []
    context: list[tuple[float, float, float]] = []
    labels: list[int] = []
    weight: list[float] = []
    weights = phrase_weights(reads)
    for read, gate in zip(reads, gates, strict=True):
        for n in range(len(read.evidence.sentences)):
            if read.sentence_labels[n] or passes_screen(read.evidence, n, gate, screen):
                tokens, features = read.evidence.token_features(n)
                rows += features
                labels += [read.token_labels[i] for i in tokens]
                context += [neighbours(gate, n)] * len(tokens)
                weight += [sentence_weight(read, n, weights)] * len(tokens)
    return TokenHead().fit(rows, np.asarray(context), labels, weight)


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


def _pick(items: Sequence[T] | Mapping[int, T], places: Sequence[int]) -> list[T]:
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
            out.append(weights.get((code, meets_gold(read, proposal)), 1.0) if code else 1.0)
    return np.asarray(out)


def meets_gold(read: Read, proposal: Proposal) -> int:
    return max(read.token_labels[proposal.start : proposal.end])


def _token_weights(read: Read, weights: Mapping[tuple[str, int], float]) -> Floats:
    out = np.ones(len(read.evidence.doc))
    for n, sentence in enumerate(read.evidence.sentences):
        out[sentence.start : sentence.end] = sentence_weight(read, n, weights)
    return out


@dataclass
class _Scored:
    """A read text with what heads that have not seen it say: gate, phrases, words, and which sentences pass."""

    read: Read
    gate: Floats
    phrases: Floats
    words: Floats
    wanted: list[int]

    def numbers(self) -> Floats:
        evidence = self.read.evidence
        return word_numbers(evidence, contexts(evidence, self.gate), self.phrases, self.words)


def _fit_fusion(scored: Sequence[_Scored]) -> DenseHead:
    """The head that weighs the encoder in, on the words of sentences that pass the screen."""
    weights = phrase_weights([s.read for s in scored])
    x, y, weight = [], [], []
    for item in scored:
        passed = np.zeros(len(item.read.evidence.doc), bool)
        for n in item.wanted:
            sentence = item.read.evidence.sentences[n]
            passed[sentence.start : sentence.end] = True
        if passed.any():
            x.append(item.numbers()[passed])
            y.append(np.asarray(item.read.token_labels)[passed])
            weight.append(_token_weights(item.read, weights)[passed])
    return DenseHead().fit(np.vstack(x), np.concatenate(y), np.concatenate(weight))


def _gold_spans(reads: Sequence[Read]) -> list[tuple[int, int, int, Span]]:
    """(which read, start, end, span) of every labelled span."""
    return [(d, start, end, span) for d, read in enumerate(reads) for start, end, span in gold_tokens(read)]


def _fit_labels(reads: Sequence[Read]) -> dict[str, LabelHead]:
    gold = _gold_spans(reads)
    rows = [reads[d].evidence.span_features(start, end) for d, start, end, _ in gold]
    return {
        "category": LabelHead(bits=18, class_weight="balanced").fit(rows, [s.category for *_, s in gold]),
        "severity": LabelHead().fit(rows, [s.severity for *_, s in gold]),
        "reported": LabelHead().fit(rows, [int(s.reported) for *_, s in gold]),
    }


def _fit_label_fusion(
    reads: Sequence[Read], folds: Sequence[tuple[list[int], list[int]]], unseen: set[int], prefixes: Mapping[str, str]
) -> dict[str, DenseHead]:
    """Heads that weigh the encoder into the labels of spans, on texts that neither it nor the label heads have seen."""
    numbers: dict[str, list[Floats]] = {"category": [], "severity": [], "reported": []}
    spans: list[Span] = []
    for used, held in folds:
        mine = [i for i in held if i in unseen]
        gold = _gold_spans(_pick(reads, mine))
        if gold:
            said = label_numbers(
                [reads[i].evidence for i in mine], [(d, a, b) for d, a, b, _ in gold], _fit_labels(_pick(reads, used)),
                prefixes,
            )  # fmt: skip
            spans += [span for *_, span in gold]
            for name, rows in said.items():
                numbers[name].append(rows)
    if not spans:
        raise ValueError("none of the authors that the encoder has not seen has a labelled span")
    return {
        name: DenseHead().fit(np.vstack(rows), [getattr(span, name) for span in spans])
        for name, rows in numbers.items()
    }


def train(
    examples: Sequence[Example],
    docs: Sequence[Doc],
    prefixes: Mapping[str, str],
    *,
    encoder: Encoder | None = None,
    seen: Collection[str] = (),
    say: Callable[[str], None] = lambda message: None,
    jobs: int = 2,
) -> Judge:
    """Fit all heads.

    Parameters:
        examples: labelled texts of at least two authors.
        docs: the same texts, read (``Reader.read_piece``).
        prefixes: letters of the rule codes of each category.
        encoder: reads what passes the screen; without one the judge goes by words and rules alone.
        seen: authors whose texts the encoder was trained on. The heads that weigh it in learn from the others.
        say: told what is being done.
        jobs: processes that fit folds side by side.

    Raises:
        ValueError: fewer than two authors, fewer than two that the encoder has not seen, or no span at all.
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
    scored: dict[int, _Scored] = {}
    for head, (used, held) in zip(heads, folds, strict=True):
        evidences = [reads[i].evidence for i in held]
        phrases = phrase_scores(_fit_phrases(_pick(reads, used)), evidences)
        wanted, words = word_scores(evidences, _pick(gates, held), head, settings.screen)
        for k, i in enumerate(held):
            scored[i] = _Scored(reads[i], gates[i], phrases[k], words[k], wanted[k])

    judged = [i for i in range(len(reads)) if encoder is None or reads[i].example.author not in seen]
    items = _pick(scored, judged)
    inner = _folds([item.read for item in items])
    fused: list[Floats | None] = [None] * len(items)
    fusion = None
    if encoder is not None:
        say(f"encoder and its fusion: {len(judged)} texts that it has not seen")
        read_deeply(encoder, [item.read.evidence for item in items], [item.wanted for item in items])
        for used, held in inner:
            words_head = _fit_fusion(_pick(items, used))
            for i in held:
                fused[i] = words_head.predict_proba(items[i].numbers())[:, 1]
        fusion = Fusion(_fit_fusion(items), _fit_label_fusion(reads, folds, set(judged), prefixes))
    found = [
        text_proposals(item.read.evidence, item.gate, item.phrases, item.words, item.wanted, settings, p)
        for item, p in zip(items, fused, strict=True)
    ]

    say("span head and thresholds")
    numbers = np.asarray([p.numbers for here in found for p in here])
    right = np.asarray([meets_gold(s.read, p) for s, here in zip(items, found, strict=True) for p in here])
    weight = proposal_weights([item.read for item in items], found)
    owner = np.asarray([i for i, here in enumerate(found) for _ in here])
    chances = np.zeros(len(right))
    for used, _ in inner:
        inside = np.isin(owner, used)
        fold = DenseHead().fit(numbers[inside], right[inside], weight[inside])
        chances[~inside] = fold.predict_proba(numbers[~inside])[:, 1]

    say("final heads on all texts")
    judge = Judge(
        gate=_fit_gate(reads),
        # out-of-fold gate scores again: the final gate has seen these sentences and would be too sure of them
        tokens=_fit_tokens(reads, gates, settings.screen),
        phrases=_fit_phrases(reads),
        spans=DenseHead().fit(numbers, right, weight),
        labels=_fit_labels(reads),
        settings=settings,
        prefixes=prefixes,
        fusion=fusion,
        encoder=encoder,
    )
    flat = [(i, p.start, p.end) for i, here in enumerate(found) for p in here]
    names = judge.label([item.read.evidence for item in items], flat)["category"]
    plain = [item.read.example.negative_type == "plain" for item in items]
    words_of = sum(len(s.read.example.text.split()) for s, yes in zip(items, plain, strict=True) if yes)
    judge.stock = Stock(
        numbers, right, weight, [str(name) for name in names],
        np.asarray([plain[i] for i, *_ in flat]), chances, words_of,
    )  # fmt: skip
    set_thresholds(settings, [judge.stock])
    return judge


def set_thresholds(settings: Settings, stocks: Sequence[Stock]) -> None:
    """Choose the thresholds by what is in ``stocks`` together."""
    settings.thresholds = choose_thresholds(
        np.concatenate([s.chances for s in stocks]),
        np.concatenate([s.right for s in stocks]),
        [name for s in stocks for name in s.names],
        np.concatenate([s.ordinary for s in stocks]),
        sum(s.ordinary_words for s in stocks),
    )
    settings.default_threshold = float(np.median(list(settings.thresholds.values())))
    settings.sure = sure_score(np.concatenate([s.chances for s in stocks]), np.concatenate([s.right for s in stocks]))


def sure_score(chances: Floats, right: Any) -> float:
    """The lowest score from which on a share of ``SURE`` of all proposals is right; 1 if there is none.

    Parameters:
        chances, right: as for ``choose_thresholds``.
    """
    order = np.argsort(-chances)
    share = np.cumsum(np.asarray(right)[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= SURE)
    return float(chances[order][enough[-1]]) if len(enough) else 1.0


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
