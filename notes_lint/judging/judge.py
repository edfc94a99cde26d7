"""The judge: a ``Doc`` in, judged spans out.

A cheap gate scores every sentence; the token head reads the ones that pass the screen; runs of likely tokens and
rule candidates become proposals; the span head gives each a calibrated probability, and a threshold for its
category decides. Texts are judged in batches, since scikit-learn is an order of magnitude faster on many rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from spacy.tokens import Doc

from notes_lint.finding import Severity
from notes_lint.judging.evidence import Evidence
from notes_lint.judging.heads import Floats, LabelHead, SentenceGate, SpanHead, TokenHead, logit

NO_PHRASE = -3.0
_TRIM = frozenset(
    "the a an and but or that which who to of in on at as is was are were be been has have had with for from by this "
    "he she they it i we very so 's".split()
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judged span of a ``Doc``: token offsets, what it is, and how sure the judge is."""

    start: int
    end: int
    code: str | None
    category: str
    severity: Severity
    reported: bool
    score: float
    threshold: float

    @property
    def is_finding(self) -> bool:
        return self.score >= self.threshold


class Proposal(NamedTuple):
    """A run of tokens worth judging, with the numbers that the span head sees."""

    start: int
    end: int
    numbers: tuple[float, ...]


@dataclass
class Settings:
    """What training decides beside the heads: log-odds and probabilities, see ``training``."""

    screen: float = -5.0
    run: float = 0.3
    thresholds: Mapping[str, float] = field(default_factory=dict)
    default_threshold: float = 0.5


def neighbours(gate: Floats, number: int) -> tuple[float, float, float]:
    """Log-odds of a sentence, the one before and the one after."""
    before = gate[number - 1] if number else -6.0
    after = gate[number + 1] if number + 1 < len(gate) else -6.0
    return float(gate[number]), float(before), float(after)


def passes_screen(evidence: Evidence, number: int, gate: Floats, screen: float) -> bool:
    """Whether the token head should read sentence ``number``: it scores high enough, or holds a known phrase."""
    sentence = evidence.sentences[number]
    return bool(gate[number] >= screen) or any(evidence.code[sentence.start : sentence.end])


def phrase_scores(head: LabelHead, evidences: Sequence[Evidence]) -> list[Floats]:
    """For each text the log-odds, token by token, that the candidate there is blame; ``NO_PHRASE`` elsewhere."""
    spans = [(e, s.start, s.end) for e in evidences for s in e.phrases]
    scores = {id(e): np.full(len(e.doc), NO_PHRASE) for e in evidences}
    if spans:
        chances = logit(head.predict_proba([e.span_features(a, b) for e, a, b in spans])[:, 1])
        for (e, a, b), chance in zip(spans, chances, strict=True):
            scores[id(e)][a:b] = chance
    return [scores[id(e)] for e in evidences]


def _join(runs: list[tuple[int, int]], phrases: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs and phrases together: a run grows by the phrase it touches, and gives way where it touches several."""
    joined = []
    for start, end in runs:
        touched = [(a, b) for a, b in phrases if a < end and start < b]
        if len(touched) <= 1:
            joined.append((min([start, *(a for a, _ in touched)]), max([end, *(b for _, b in touched)])))
    apart: list[tuple[int, int]] = []
    for start, end in sorted(joined):
        if apart and start < apart[-1][1]:  # two runs that grew by the same phrase
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((start, end))
    alone = [(a, b) for a, b in phrases if not any(a < end and start < b for start, end in apart)]
    return sorted(apart + alone)


def propose(
    evidence: Evidence,
    number: int,
    gate: Floats,
    phrases: Floats,
    p: Floats,
    tokens: Sequence[int],
    settings: Settings,
) -> list[Proposal]:
    """Runs of likely tokens in sentence ``number``, and the candidates that no run touches.

    Parameters:
        gate: log-odds of all sentences, shape (sentences,).
        phrases: ``phrase_scores`` of the text, shape (all tokens,).
        p: probabilities of the sentence's solid tokens, shape (tokens,); ``tokens`` are their positions.
    """
    found: list[tuple[int, int]] = []
    begin: int | None = None
    gap = 0
    for k in range(len(tokens) + 1):
        likely = k < len(tokens) and p[k] >= settings.run
        if likely:
            begin = k if begin is None else begin
            gap = 0
        elif begin is not None:
            gap += 1
            # one unlikely word inside a run does not end it, a mark of punctuation does
            ends = k == len(tokens) or gap > 1 or evidence.doc[tokens[k]].is_punct
            if ends:
                found.append((begin, k - gap + 1))
                begin = None
    trimmed = []
    for first, last in found:
        while last - first > 1 and (evidence.norms[tokens[first]] in _TRIM or evidence.doc[tokens[first]].is_punct):
            first += 1
        while last - first > 1 and (
            evidence.norms[tokens[last - 1]] in _TRIM or evidence.doc[tokens[last - 1]].is_punct
        ):
            last -= 1
        trimmed.append((tokens[first], tokens[last - 1] + 1))
    position = {token: k for k, token in enumerate(tokens)}
    sentence = evidence.sentences[number]
    phrased = [(s.start, s.end) for s in evidence.phrases if sentence.start <= s.start < sentence.end]
    trimmed = _join(trimmed, phrased)
    here, before, after = neighbours(gate, number)
    highest = float(logit(np.asarray(p.max()))) if len(p) else -6.0
    proposals = []
    for start, end in trimmed:
        inner = logit(np.asarray([p[position[i]] for i in range(start, end) if i in position] or [1e-6]))
        numbers = (
            float(inner.max()),
            float(inner.mean()),
            float(inner.min()),
            here,
            before,
            after,
            highest,
            float(np.log(end - start)),
            float(any(evidence.code[start:end])),
            evidence.coverage(start, end),
            float(phrases[start:end].max()),
            float("CHILD" in evidence.quoted[start:end] or "FAMILY" in evidence.quoted[start:end]),
            float("PROFESSIONAL" in evidence.reported[start:end]),
            float("DENIED" in evidence.denied[start:end]),
            float("CRITICISED" in evidence.criticised[start:end]),
            float(evidence.person[start] == "HARMER"),
        )
        proposals.append(Proposal(start, end, numbers))
    return proposals


@dataclass
class Judge:
    """All heads and settings of one trained model.

    ``prefixes`` are the letters with which the rule codes of each category begin.
    """

    gate: SentenceGate
    tokens: TokenHead
    phrases: LabelHead
    spans: SpanHead
    category: LabelHead
    severity: LabelHead
    reported: LabelHead
    settings: Settings
    prefixes: Mapping[str, str]

    def judge(self, docs: Sequence[Doc]) -> list[list[Judgement]]:
        """Judge a batch of docs.

        Returns:
            for each doc its judgements in order, findings and near misses alike, not overlapping.
        """
        evidences = [Evidence(doc) for doc in docs]
        rows = [e.sentence_features(n) for e in evidences for n in range(len(e.sentences))]
        scores = self.gate.score_sentences(rows)
        gates: list[Floats] = []
        at = 0
        for evidence in evidences:
            gates.append(scores[at : at + len(evidence.sentences)])
            at += len(evidence.sentences)
        return self._judge_sentences(evidences, gates)

    def _judge_sentences(self, evidences: Sequence[Evidence], gates: Sequence[Floats]) -> list[list[Judgement]]:
        places: list[tuple[int, int, list[int]]] = []
        rows: list[list[str]] = []
        context: list[tuple[float, float, float]] = []
        for d, (evidence, gate) in enumerate(zip(evidences, gates, strict=True)):
            for number in range(len(evidence.sentences)):
                if passes_screen(evidence, number, gate, self.settings.screen):
                    tokens, features = evidence.token_features(number)
                    places.append((d, number, tokens))
                    rows += features
                    context += [neighbours(gate, number)] * len(tokens)
        out: list[list[Judgement]] = [[] for _ in evidences]
        if not rows:
            return out
        p = self.tokens.predict_proba(rows, np.asarray(context))[:, 1]
        phrases = phrase_scores(self.phrases, evidences)
        proposed: list[tuple[int, Proposal]] = []
        at = 0
        for d, number, tokens in places:
            here = p[at : at + len(tokens)]
            at += len(tokens)
            proposed += [
                (d, proposal)
                for proposal in propose(evidences[d], number, gates[d], phrases[d], here, tokens, self.settings)
            ]
        if not proposed:
            return out
        chances = self.spans.predict_proba(np.asarray([proposal.numbers for _, proposal in proposed]))[:, 1]
        features = [evidences[d].span_features(proposal.start, proposal.end) for d, proposal in proposed]
        labels = zip(
            self.category.predict(features),
            self.severity.predict(features),
            self.reported.predict(features),
            strict=True,
        )
        for (d, proposal), chance, (category, severity, reported) in zip(proposed, chances, labels, strict=True):
            out[d].append(
                Judgement(
                    start=proposal.start,
                    end=proposal.end,
                    code=evidences[d].rule_code(proposal.start, proposal.end, self.prefixes[str(category)]),
                    category=str(category),
                    severity=severity,
                    reported=bool(reported),
                    score=float(chance),
                    threshold=self.settings.thresholds.get(str(category), self.settings.default_threshold),
                )
            )
        for judgements in out:
            judgements.sort(key=lambda j: j.start)
        return out
