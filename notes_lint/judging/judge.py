"""The judge: a ``Doc`` in, judged spans out.

A cheap gate scores every sentence. The token head and the encoder read the ones that pass the screen, and what both
say is weighed together; runs of likely tokens and rule candidates become proposals; the span head gives each a
calibrated probability, and a threshold for its category decides. Texts are judged in batches, since scikit-learn is
an order of magnitude faster on many rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

from notes_lint.finding import Severity
from notes_lint.judging.evidence import Evidence
from notes_lint.judging.fusion import NOTHING, begins, label_numbers, span_numbers, word_numbers
from notes_lint.judging.heads import DenseHead, Floats, LabelHead, SentenceGate, TokenHead, logit
from notes_lint.reading.encoder import Encoder

RULE_CHANCE = 0.15
"""How likely the category of a rule must be for a span that is mostly its phrase to take it."""

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
    unsure: bool = False

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
    sure: float = 0.0


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


def sentence_proposals(
    evidence: Evidence,
    number: int,
    gate: Floats,
    phrases: Floats,
    p: Floats,
    tokens: Sequence[int],
    settings: Settings,
    starts: Floats | None = None,
) -> list[Proposal]:
    """Runs of likely tokens in sentence ``number``, and the candidates that no run touches.

    Parameters:
        gate: log-odds of all sentences, shape (sentences,).
        phrases: ``phrase_scores`` of the text, shape (all tokens,).
        p: probabilities of the sentence's solid tokens, shape (tokens,); ``tokens`` are their positions.
        starts: log-odds that a span begins at each of them; a run that holds such a token is two.
    """
    found: list[tuple[int, int]] = []
    begin: int | None = None
    gap = 0
    for k in range(len(tokens) + 1):
        likely = k < len(tokens) and p[k] >= settings.run
        if likely:
            if begin is not None and starts is not None and starts[k] > 0 and k - begin > 1:
                found.append((begin, k - gap))
                begin = k
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


def word_scores(
    evidences: Sequence[Evidence], gates: Sequence[Floats], head: TokenHead, screen: float
) -> tuple[list[list[int]], list[Floats]]:
    """Which sentences pass the screen, and what the token head says of their words.

    Returns:
        for each text the numbers of those sentences, and log-odds of all tokens, ``NOTHING`` in the others.
    """
    wanted: list[list[int]] = []
    scores = [np.full(len(e.doc), NOTHING) for e in evidences]
    places: list[tuple[int, list[int]]] = []
    rows: list[list[str]] = []
    context: list[tuple[float, float, float]] = []
    for d, (evidence, gate) in enumerate(zip(evidences, gates, strict=True)):
        wanted.append([n for n in range(len(evidence.sentences)) if passes_screen(evidence, n, gate, screen)])
        for number in wanted[-1]:
            tokens, features = evidence.token_features(number)
            places.append((d, tokens))
            rows += features
            context += [neighbours(gate, number)] * len(tokens)
    if rows:
        said = logit(head.predict_proba(rows, np.asarray(context))[:, 1])
        at = 0
        for d, tokens in places:
            scores[d][tokens] = said[at : at + len(tokens)]
            at += len(tokens)
    return wanted, scores


def read_deeply(encoder: Encoder, evidences: Sequence[Evidence], wanted: Sequence[Sequence[int]]) -> None:
    """Let the encoder read the sentences ``wanted`` of each text, and give the evidence its vectors."""
    numbers = []
    for evidence, chosen in zip(evidences, wanted, strict=True):
        # evidence leaves out sentences without a word; the encoder counts them all
        starts = {evidence.sentences[n].start for n in chosen}
        numbers.append({n for n, sentence in enumerate(evidence.doc.sents) if sentence.start in starts})
    encoder([e.doc for e in evidences], numbers)
    for evidence in evidences:
        evidence.vectors = np.asarray(evidence.doc.tensor, np.float32)


def contexts(evidence: Evidence, gate: Floats) -> Floats:
    """``neighbours`` of every token's sentence, shape (tokens, 3)."""
    out = np.full((len(evidence.doc), 3), -6.0)
    for number, sentence in enumerate(evidence.sentences):
        out[sentence.start : sentence.end] = neighbours(gate, number)
    return out


@dataclass
class Stock:
    """The proposals that the span head was fitted on, as numbers: no text can be told from them.

    Kept with the model, so that a council can fit the span head anew on these and on notes of its own.

    Attributes:
        numbers: shape (proposals, numbers); ``right`` whether each met a labelled span; ``weight`` its weight.
        names: category of each; ``ordinary`` whether it stands in an ordinary note.
        chances: probabilities by heads that had not seen the text.
        ordinary_words: words in all ordinary notes.
    """

    numbers: Floats
    right: NDArray[np.int64]
    weight: Floats
    names: list[str]
    ordinary: NDArray[np.bool_]
    chances: Floats
    ordinary_words: int


@dataclass
class Fusion:
    """The heads that weigh the encoder's vectors in: for words, and for the labels of spans."""

    words: DenseHead
    labels: dict[str, DenseHead]


@dataclass
class Judge:
    """All heads and settings of one trained model.

    ``prefixes`` are the letters with which the rule codes of each category begin. The encoder is a file of its own,
    never part of the pickle; a judge made with one needs it.
    """

    gate: SentenceGate
    tokens: TokenHead
    phrases: LabelHead
    spans: DenseHead
    labels: dict[str, LabelHead]
    settings: Settings
    prefixes: Mapping[str, str]
    fusion: Fusion | None = None
    stock: Stock | None = None
    encoder: Encoder | None = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"encoder": None}

    def judge(self, docs: Sequence[Doc]) -> list[list[Judgement]]:
        """Judge a batch of docs.

        Returns:
            for each doc its judgements in order, findings and near misses alike, not overlapping.
        """
        evidences, found = self.propose(docs)
        proposed = [(d, proposal) for d, here in enumerate(found) for proposal in here]
        out: list[list[Judgement]] = [[] for _ in docs]
        if not proposed:
            return out
        chances = self.spans.predict_proba(np.asarray([proposal.numbers for _, proposal in proposed]))[:, 1]
        labels = self.label(evidences, [(d, proposal.start, proposal.end) for d, proposal in proposed])
        for (d, proposal), chance, category, severity, reported in zip(
            proposed, chances, labels["category"], labels["severity"], labels["reported"], strict=True
        ):
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
                    unsure=bool(chance < self.settings.sure),
                )
            )
        for judgements in out:
            judgements.sort(key=lambda j: j.start)
        return out

    def propose(self, docs: Sequence[Doc]) -> tuple[list[Evidence], list[list[Proposal]]]:
        """What is worth judging in each doc, before the span head and the thresholds decide."""
        if not docs:
            return [], []
        evidences = [Evidence(doc) for doc in docs]
        rows = [e.sentence_features(n) for e in evidences for n in range(len(e.sentences))]
        ends = np.cumsum([len(e.sentences) for e in evidences])
        gates = list(np.split(self.gate.score_sentences(rows), ends[:-1]))
        wanted, words = word_scores(evidences, gates, self.tokens, self.settings.screen)
        phrases = phrase_scores(self.phrases, evidences)
        if self.fusion is not None:
            if self.encoder is None:
                raise ValueError("this judge was made with an encoder and has none")
            read_deeply(self.encoder, evidences, wanted)
        return evidences, [
            self._proposals(evidences[d], gates[d], phrases[d], words[d], wanted[d]) for d in range(len(docs))
        ]

    def _proposals(
        self, evidence: Evidence, gate: Floats, phrases: Floats, words: Floats, wanted: Sequence[int]
    ) -> list[Proposal]:
        """The proposals of one text; scores as from ``phrase_scores`` and ``word_scores``."""
        fused = None
        if self.fusion is not None and wanted:
            fused = self.fusion.words.predict_proba(word_numbers(evidence, contexts(evidence, gate), phrases, words))
        return text_proposals(
            evidence, gate, phrases, words, wanted, self.settings, None if fused is None else fused[:, 1]
        )

    def label(self, evidences: Sequence[Evidence], spans: Sequence[tuple[int, int, int]]) -> dict[str, Any]:
        """Category, severity and reported of spans, each (which evidence, start, end)."""
        if self.fusion is None:
            rows = [evidences[d].span_features(start, end) for d, start, end in spans]
            return {name: head.predict(rows) for name, head in self.labels.items()}
        numbers = label_numbers(evidences, spans, self.labels, self.prefixes)
        found: dict[str, Any] = {name: head.predict(numbers[name]) for name, head in self.fusion.labels.items()}
        found["category"] = self._by_rule(evidences, spans, self.fusion.labels["category"], numbers["category"])
        return found

    def _by_rule(
        self,
        evidences: Sequence[Evidence],
        spans: Sequence[tuple[int, int, int]],
        head: DenseHead,
        numbers: Floats,
    ) -> list[str]:
        """The likeliest category of each span; that of a rule whose phrase it is, unless that is unlikely here.

        A reader who is shown a rule's reason expects its category, and near categories shade over.
        """
        names = [str(name) for name in head.classes_]
        of_prefix = {prefix: name for name, prefix in self.prefixes.items()}
        out = []
        for (d, start, end), chances in zip(spans, head.predict_proba(numbers), strict=True):
            codes = [code for code in evidences[d].code[start:end] if code]
            ruled = {of_prefix[code[:2]] for code in codes} & set(names) if 2 * len(codes) >= end - start else set()
            likely = {name: chances[names.index(name)] for name in ruled}
            best = max(likely, key=lambda name: likely[name], default=None)
            out.append(best if best and likely[best] >= RULE_CHANCE else names[int(np.argmax(chances))])
        return out


def text_proposals(
    evidence: Evidence,
    gate: Floats,
    phrases: Floats,
    words: Floats,
    wanted: Sequence[int],
    settings: Settings,
    fused: Floats | None,
) -> list[Proposal]:
    """The proposals of one text.

    Parameters:
        fused: probability of every token with the encoder's vectors weighed in, shape (tokens,); None without one.
    """
    found: list[Proposal] = []
    p = 1 / (1 + np.exp(-words)) if fused is None else fused
    for number in wanted:
        sentence = evidence.sentences[number]
        tokens = [i for i in range(sentence.start, sentence.end) if evidence.solid[i]]
        starts = begins(evidence)[tokens] if fused is not None else None
        for proposal in sentence_proposals(evidence, number, gate, phrases, p[tokens], tokens, settings, starts):
            more: list[float] = []
            if fused is not None:
                more = span_numbers(evidence, (sentence.start, sentence.end), proposal.start, proposal.end, words)
            found.append(proposal._replace(numbers=(*proposal.numbers, *more)))
    return found
