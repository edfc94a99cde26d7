"""Four simple readers that every figure stands beside: if the judge does not beat them, it is not worth its weight.

========================  ==================================================================================
phrase list               every phrase of the rulebook is a finding
majority per phrase       a phrase is one if it more often was than not in the training texts
context only              a phrase is one if the words around it say so; the phrase itself is not seen
phrase and context        logistic regression on both (Harrigian et al., ACL 2023, call it anchor + context)
========================  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spacy.tokens import Doc

from notes_lint.judging.evaluation import Predicted
from notes_lint.judging.evidence import Evidence
from notes_lint.judging.heads import LabelHead

NAMES = ("phrase list", "majority per phrase", "context only", "phrase and context")


@dataclass
class Baselines:
    """The fitted part of the baselines: kept with the model, used by ``evaluate`` alone."""

    majority: Mapping[str, bool]
    context: LabelHead
    both: LabelHead

    @classmethod
    def fit(
        cls, evidences: Sequence[Evidence], labels: Sequence[Sequence[int]], majority: Mapping[str, bool]
    ) -> Baselines:
        """Fit on the candidates of all training texts.

        Parameters:
            labels: for each text, 0 or 1 for each token.
            majority: for each rule code whether its phrase is blame more often than not.
        """
        context, both, y = [], [], []
        for evidence, tokens in zip(evidences, labels, strict=True):
            for span in evidence.phrases:
                context.append(evidence.context_features(span.start, span.end))
                both.append(evidence.span_features(span.start, span.end))
                y.append(max(tokens[span.start : span.end]))
        return cls(majority, LabelHead().fit(context, y), LabelHead().fit(both, y))

    def predict(self, doc: Doc, categories: Mapping[str, str]) -> dict[str, list[Predicted]]:
        """What each baseline finds in a text, by its name.

        Parameters:
            categories: category of each rule code.
        """
        evidence = Evidence(doc)
        spans = evidence.phrases
        found = [Predicted(s.start_char, s.end_char, categories[s.label_]) for s in spans]
        if not spans:
            return {name: [] for name in NAMES}
        keep: dict[str, Sequence[int]] = {
            "phrase list": [1] * len(spans),
            "majority per phrase": [int(self.majority.get(span.label_, True)) for span in spans],
            "context only": list(self.context.predict([evidence.context_features(s.start, s.end) for s in spans])),
            "phrase and context": list(self.both.predict([evidence.span_features(s.start, s.end) for s in spans])),
        }
        return {name: [p for p, wanted in zip(found, flags, strict=True) if wanted] for name, flags in keep.items()}
