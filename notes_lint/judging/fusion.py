"""Fusion: what the encoder says of a word or a span, as numbers beside what rules, voices and neighbours say.

The encoder has read millions of sentences and the corpus; the rules know what is on no page of it. Heads that see
both do better than either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from notes_lint.finding import CATEGORIES, SEVERITIES
from notes_lint.judging.evidence import Evidence
from notes_lint.judging.heads import Floats, LabelHead, logit
from notes_lint.reading.encoder import BEGIN, LABELS, REPORTED, SEVERITY

LABELS_OF: dict[str, tuple[Any, ...]] = {"category": CATEGORIES, "severity": SEVERITIES, "reported": (0, 1)}
"""The labels of each label head, in the order of its columns."""

NOTHING = -9.0
"""Log-odds where nothing was said: beyond the edge of a text, in a sentence that was not read."""


def blame(vectors: NDArray[np.float32]) -> Floats:
    """Log-odds that a word carries blame, from its vector; shape (words,)."""
    return logit(np.clip(1 - np.exp(vectors[:, 0].astype(float)), 1e-4, 1 - 1e-4))


def _shifted(x: Floats, by: int) -> Floats:
    """Position i of the answer is position i + ``by`` of ``x``; ``by`` from -2 to 2."""
    padded = np.concatenate([np.full(2, NOTHING), x, np.full(2, NOTHING)])
    return padded[2 + by : 2 + by + len(x)]


def _vectors(evidence: Evidence) -> NDArray[np.float32]:
    if evidence.vectors is None:
        raise ValueError("the encoder has not read this doc")
    return evidence.vectors


def begins(evidence: Evidence) -> Floats:
    """Log-odds that a span begins at a token, shape (tokens,)."""
    return _vectors(evidence)[:, BEGIN].astype(float)


def word_numbers(evidence: Evidence, contexts: Floats, phrases: Floats, words: Floats) -> Floats:
    """Numbers of every token, shape (tokens, numbers), for the head that fuses.

    Parameters:
        contexts: log-odds of a token's sentence, the one before and the one after, shape (tokens, 3).
        phrases: log-odds of the candidate there, see ``judge.phrase_scores``; shape (tokens,).
        words: log-odds of the token head; shape (tokens,).
    """
    vectors = _vectors(evidence)
    own = blame(vectors)
    highest = np.full(len(own), NOTHING)
    for sentence in evidence.sentences:
        highest[sentence.start : sentence.end] = own[sentence.start : sentence.end].max(initial=NOTHING)
    columns = [own, *(_shifted(own, by) for by in (-2, -1, 1, 2)), highest, vectors[:, BEGIN]]
    columns += [vectors[:, 1 + n] for n in range(len(CATEGORIES))]
    columns += [words, *contexts.T, phrases, _flags(evidence.code)]
    columns += [
        _flags([x in ("CHILD", "FAMILY") for x in evidence.quoted]),
        _flags([x == "PROFESSIONAL" for x in evidence.reported]),
        _flags(evidence.denied),
        _flags(evidence.criticised),
        _flags([x == "HARMER" for x in evidence.person]),
    ]
    return np.stack(columns, axis=1)


def _flags(values: Sequence[Any]) -> Floats:
    return np.array([float(bool(value)) for value in values])


def span_numbers(evidence: Evidence, sentence: tuple[int, int], start: int, end: int, words: Floats) -> list[float]:
    """Numbers of the tokens ``start`` to ``end`` as a proposal, beside those that it has already.

    Parameters:
        sentence: first and last token of the sentence, as a slice.
        words: log-odds of the token head, shape (tokens,).
    """
    vectors = _vectors(evidence)
    own = blame(vectors[start:end])
    return [
        float(own.max()),
        float(own.mean()),
        float(own.min()),
        float(vectors[start, BEGIN]),
        float(vectors[start:end, BEGIN].max()),
        float(vectors[start:end, 1:LABELS].mean(axis=0).max()),
        float(words[start:end].max()),
        float(words[start:end].mean()),
        float(blame(vectors[slice(*sentence)]).max()),
    ]


def label_numbers(
    evidences: Sequence[Evidence],
    spans: Sequence[tuple[int, int, int]],
    heads: Mapping[str, LabelHead],
    prefixes: Mapping[str, str],
) -> dict[str, Floats]:
    """Numbers for the labels of spans: what the encoder and the label heads say, and the rules.

    Parameters:
        spans: (which evidence, start, end).
        heads: ``category``, ``severity``, ``reported``.
        prefixes: letters of the rule codes of each category.

    Returns:
        for each of the heads, shape (spans, numbers).
    """
    rows = [evidences[d].span_features(start, end) for d, start, end in spans]
    # a head that has met only some of the labels must still give a column to each
    said = {name: np.full((len(spans), len(LABELS_OF[name])), NOTHING) for name in heads}
    for name, head in heads.items():
        columns = [LABELS_OF[name].index(label) for label in head.classes_]
        said[name][:, columns] = logit(head.predict_proba(rows))
    means = np.array([_vectors(evidences[d])[start:end].mean(axis=0) for d, start, end in spans])
    kinds = means[:, 1:LABELS]
    kinds = kinds - kinds.max(axis=1, keepdims=True)
    codes = [{code[:2] for code in evidences[d].code[start:end] if code} for d, start, end in spans]
    ruled = np.array([[float(prefixes[name] in found) for name in CATEGORIES] for found in codes])
    told = np.array([[float("PROFESSIONAL" in evidences[d].reported[start:end])] for d, start, end in spans])
    return {
        "category": np.hstack([kinds, said["category"], ruled]),
        "severity": np.hstack([means[:, SEVERITY:], said["severity"]]),
        "reported": np.hstack([means[:, [REPORTED]], said["reported"], told]),
    }
