"""Evidence: what the judge's heads get to see of a ``Doc``, as feature strings and a few numbers.

Everything is derived from the ``Doc`` alone. Words are seen as norm and lemma with their neighbours; context
(quoted, reported, denied, criticised, who was mentioned last) and rule candidates come as features of their
own and crossed with each other: they are evidence, never a veto. Strings are hashed (scikit-learn's ``FeatureHasher``),
so the model holds no vocabulary and none of the words of the notes that it was trained on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from lemminflect import getAllLemmas
from numpy.typing import NDArray
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

_DIGITS = re.compile(r"\d")
_EDGE = "<>"


@lru_cache(maxsize=50_000)
def lemma(word: str) -> str:
    """The dictionary form of a lower-case word; the verb's where it could be several."""
    if not word.isalpha():
        return _DIGITS.sub("0", word)
    known = getAllLemmas(word)
    for kind in ("VERB", "NOUN", "ADJ", "ADV", "AUX"):
        if kind in known:
            return str(known[kind][0]).lower()
    return word


class Evidence:
    """The arrays behind the features of one ``Doc``; position i is token i.

    ``phrases`` are the candidates that do not overlap, the longest first to be kept; ``code`` is theirs.
    ``vectors`` are the encoder's, shape (tokens, ``encoder.WIDTH``), once it has read the doc.
    """

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.norms = [_DIGITS.sub("0", token.norm_) for token in doc]
        self.lemmas = [lemma(norm) for norm in self.norms]
        self.solid = [not token.is_space for token in doc]
        size = len(doc)
        self.quoted = self._spread(doc.spans["quoted"], size)
        self.reported = self._spread(doc.spans["reported"], size)
        self.denied = self._spread(doc.spans["denied"], size)
        self.criticised = self._spread(doc.spans["criticised"], size)
        self.phrases: list[Span] = filter_spans(doc.spans["candidates"])
        self.code = self._spread(self.phrases, size)
        self.vectors: NDArray[np.float32] | None = None
        self.sentences: list[Span] = [s for s in doc.sents if any(self.solid[s.start : s.end])]
        self.person = [""] * size
        self.next_person = [""] * size
        mentions = {span.start: span.label_ for span in doc.spans["people"]}
        for sentence in self.sentences:
            last = ""
            for i in range(sentence.start, sentence.end):
                last = mentions.get(i, last)
                self.person[i] = last
            coming = ""
            for i in range(sentence.end - 1, sentence.start - 1, -1):
                self.next_person[i] = coming
                coming = mentions.get(i, coming)

    @staticmethod
    def _spread(spans: Sequence[Span], size: int) -> list[str]:
        labels = [""] * size
        for span in spans:
            for i in range(span.start, span.end):
                labels[i] = span.label_
        return labels

    # -- sentences ---------------------------------------------------------------------------------

    def _words(self, sentence: Span) -> list[str]:
        return [self.lemmas[i] for i in range(sentence.start, sentence.end) if self.solid[i]]

    def sentence_features(self, number: int) -> list[str]:
        """Feature strings of sentence ``number``: its words, their pairs and triples, its neighbours, its context."""
        sentence = self.sentences[number]
        here = [i for i in range(sentence.start, sentence.end) if self.solid[i]]
        norms = [self.norms[i] for i in here]
        lemmas = [self.lemmas[i] for i in here]
        features = ["w=" + w for w in norms]
        features += ["l=" + w for w in lemmas]
        features += [f"2={a} {b}" for a, b in zip(lemmas, lemmas[1:], strict=False)]
        features += [f"x={a} {b}" for a, b in zip(lemmas, lemmas[2:], strict=False)]
        features += [f"3={a} {b} {c}" for a, b, c in zip(lemmas, lemmas[1:], lemmas[2:], strict=False)]
        for word in lemmas:
            if len(word) > 4 and word.isalpha():
                features.append("p=" + word[:4])
                features += ["g=" + word[k : k + 5] for k in range(len(word) - 4)]
        for side, other in (("P", number - 1), ("N", number + 1)):
            if 0 <= other < len(self.sentences):
                features += [side + "=" + w for w in self._words(self.sentences[other])]
        for i, word in zip(here, lemmas, strict=True):
            marks = self._marks(i)
            if self.code[i]:
                features.append(f"c={self.code[i]}")
                features += [f"c={self.code[i]}|{mark}" for mark in marks]
                features.append(f"c={self.code[i]}|{self.person[i]}")
            if self.person[i]:
                features.append(f"s={self.person[i]}|{word}")
            features += [f"{mark}|{word}" for mark in marks]
        features.append(f"len={min(len(here) // 4, 10)}")
        return features

    def _marks(self, i: int) -> list[str]:
        marks = []
        if self.quoted[i]:
            marks.append("q:" + self.quoted[i])
        if self.reported[i]:
            marks.append("r:" + self.reported[i])
        if self.denied[i]:
            marks.append("denied")
        if self.criticised[i]:
            marks.append("criticised")
        return marks

    # -- tokens ------------------------------------------------------------------------------------

    def token_features(self, number: int) -> tuple[list[int], list[list[str]]]:
        """Feature strings of every solid token of sentence ``number``.

        Returns:
            the tokens' positions in the ``Doc``, and for each its features.
        """
        sentence = self.sentences[number]
        here = [i for i in range(sentence.start, sentence.end) if self.solid[i]]
        norms = [_EDGE] * 3 + [self.norms[i] for i in here] + [_EDGE] * 3
        lemmas = [_EDGE] * 3 + [self.lemmas[i] for i in here] + [_EDGE] * 3
        rows = []
        for k, i in enumerate(here, 3):
            a3, a2, a1, w, b1, b2, b3 = lemmas[k - 3 : k + 4]
            person = self.person[i]
            row = [
                "w=" + norms[k],
                "l=" + w,
                "-1=" + norms[k - 1],
                "+1=" + norms[k + 1],
                "-1l=" + a1,
                "+1l=" + b1,
                "-2=" + a2,
                "+2=" + b2,
                "-3=" + a3,
                "+3=" + b3,
                f"-1,0={a1} {w}",
                f"0,1={w} {b1}",
                f"-2,0={a2} {w}",
                f"0,2={w} {b2}",
                f"-2,-1={a2} {a1}",
                f"1,2={b1} {b2}",
                f"-1,1={a1} {b1}",
                f"-2..0={a2} {a1} {w}",
                f"-1..1={a1} {w} {b1}",
                f"0..2={w} {b1} {b2}",
                f"-3..0={a3} {a2} {a1} {w}",
                f"0..3={w} {b1} {b2} {b3}",
                f"-2..1={a2} {a1} {w} {b1}",
                f"-1..2={a1} {w} {b1} {b2}",
                "pre=" + w[:4],
                "suf=" + norms[k][-3:],
                "s=" + person,
                f"s={person}|{w}",
                f"s={person}|{w} {b1}",
                f"s={person}|{a1} {w}",
                f"n={self.next_person[i]}|{w}",
            ]
            row += ["L=" + lemmas[j] for j in range(max(3, k - 8), k - 3)]
            row += ["R=" + lemmas[j] for j in range(k + 4, min(len(lemmas) - 3, k + 9))]
            row += [f"{mark}" for mark in self._marks(i)]
            row += [f"{mark}|{w}" for mark in self._marks(i)]
            if self.code[i]:
                code = self.code[i]
                row += ["c", "c=" + code, f"c={code}|{person}", f"c={code[:2]}"]
                row += [f"c|{mark}" for mark in self._marks(i)]
                row += [f"c={code}|{mark}" for mark in self._marks(i)]
            for j, name in ((-1, "c-1"), (1, "c+1")):
                if 0 <= i + j < len(self.code) and self.code[i + j]:
                    row += [name, f"{name}={self.code[i + j][:2]}"]
            rows.append(row)
        return here, rows

    # -- spans -------------------------------------------------------------------------------------

    def span_features(self, start: int, end: int) -> list[str]:
        """Feature strings of the tokens ``start`` to ``end`` as one span: its words, its rule, its context."""
        words = [self.lemmas[i] for i in range(start, end) if self.solid[i]]
        features = ["w=" + w for w in words]
        features += [f"2={a} {b}" for a, b in zip(words, words[1:], strict=False)]
        features += [f"3={a} {b} {c}" for a, b, c in zip(words, words[1:], words[2:], strict=False)]
        for word in words:
            features += ["g=" + word[k : k + 4] for k in range(len(word) - 3)]
        features += ["n=" + self.norms[i] for i in range(start, end)]
        for code in sorted({self.code[i] for i in range(start, end)} - {""}):
            features += ["c=" + code] * 3 + ["k=" + code[:2]] * 3
        return features + self.context_features(start, end)

    def context_features(self, start: int, end: int) -> list[str]:
        """Feature strings of what stands around the tokens ``start`` to ``end``; nothing of their own words."""
        features = ["L=" + self.lemmas[i] for i in range(max(0, start - 6), start)]
        features += ["R=" + self.lemmas[i] for i in range(end, min(len(self.lemmas), end + 6))]
        features.append("before=" + (self.lemmas[start - 1] if start else _EDGE))
        features.append("after=" + (self.lemmas[end] if end < len(self.lemmas) else _EDGE))
        features.append("s=" + self.person[start])
        return features + sorted({mark for i in range(start, end) for mark in self._marks(i)})

    def rule_code(self, start: int, end: int, prefix: str) -> str | None:
        """The code, of those that begin with ``prefix``, whose phrase shares most tokens with ``start`` to ``end``."""
        shared = {
            span.label_: min(span.end, end) - max(span.start, start)
            for span in self.doc.spans["candidates"]
            if span.label_.startswith(prefix) and span.start < end and start < span.end
        }
        return max(shared, key=lambda code: (shared[code], code)) if shared else None

    def coverage(self, start: int, end: int) -> float:
        """Share of the tokens that lie inside a candidate, 0 to 1."""
        return float(np.mean([bool(code) for code in self.code[start:end]]))
