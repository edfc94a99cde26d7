"""Phrases of the rulebook, found in a ``Doc`` as candidates.

A candidate is not yet a finding: the same words are innocent about an adult who harms, in a child's own
mouth, or in another sense. Each candidate is a ``Span`` in ``doc.spans["candidates"]``, labelled with its code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

from lemminflect import getAllInflections, getAllInflectionsOOV
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from notes_lint.rulebook import Element, Rulebook, parse_pattern

_IRREGULAR = {"be": {"'s", "'re", "'m", "is", "are", "was", "were", "been", "being", "am", "be"}}
_NEVER_ANCHORS = frozenset(
    "a an the to of at in on by for with and or not no is was be been has have had do does did he she they him her "
    "them his their it as that this from up out so will would could should himself herself themselves who what "
    "own more very child girl boy yp person people young".split()
)


@lru_cache(maxsize=4096)
def inflections(lemma: str) -> frozenset[str]:
    """Every form of a word, in lower case; itself included."""
    if lemma in _IRREGULAR:
        return frozenset(_IRREGULAR[lemma])
    known = getAllInflections(lemma)
    forms = {form.lower() for group in known.values() for form in group}
    if not any(tag.startswith("V") for tag in known) and not forms:
        forms = {form for group in getAllInflectionsOOV(lemma, "VERB").values() for form in group}
    return frozenset(forms | {lemma})


def _forms(element: Element) -> frozenset[str]:
    return frozenset().union(element.words, *(inflections(lemma) for lemma in element.lemmas))


def _spelt_out(elements: tuple[Element, ...]) -> Iterator[tuple[Element, ...]]:
    """The pattern with each hyphenated word, which is several tokens, in a pattern of its own."""
    choices = []
    for element in elements:
        hyphened = sorted(word for word in element.words if "-" in word)
        plain = replace(element, words=element.words - set(hyphened))
        alone = [replace(element, words=frozenset({word}), lemmas=frozenset()) for word in hyphened]
        choices.append(([plain] if element.is_gap or not plain.is_gap else []) + alone)
    yield from product(*choices)


def _matcher_pattern(elements: tuple[Element, ...]) -> list[dict[str, Any]]:
    tokens: list[dict[str, Any]] = []
    for element in elements:
        if element.is_gap:
            tokens.append({"IS_PUNCT": False, "IS_SPACE": False, "OP": f"{{0,{element.most}}}"})
            continue
        optional = {} if element.least else {"OP": "?"}
        words = _forms(element)
        hyphened = next((word for word in words if "-" in word), None)
        if hyphened is None:
            tokens.append({"NORM": {"IN": sorted(words)}, **optional})
        else:  # "risk-taking": the hyphen may be missing, or stand between spaces
            parts = hyphened.split("-")
            for number, part in enumerate(parts):
                if number:
                    tokens.append({"ORTH": {"IN": ["-", "–", "‑"]}, "OP": "?"})
                tokens.append({"NORM": part, **optional})
    return tokens


def _anchor(elements: tuple[Element, ...]) -> frozenset[str]:
    """The words of which one must be present for the pattern to match: the rarest-looking required place."""
    required = [
        frozenset(part for word in _forms(e) for part in word.split("-")[:1])
        for e in elements
        if not e.is_gap and e.least
    ]
    return min(required, key=lambda forms: (len(forms & _NEVER_ANCHORS), len(forms) > 12, -max(map(len, forms))))


class PhraseFinder:
    """spaCy component: finds every phrase of a rulebook; of one category it keeps the longest where two overlap.

    Phrases of two categories may overlap ("went back to him" of a child, or of her mother): the judge chooses.

    A ``Matcher`` tries each of its patterns at each token, which is slow for hundreds of patterns. So each
    pattern names one anchor word, and only the matchers whose anchor a sentence holds are run on it.
    """

    def __init__(self, nlp: Language, rulebook: Rulebook) -> None:
        self._anchors: dict[int, set[int]] = defaultdict(set)
        self._matchers: list[tuple[str, Matcher]] = []
        for rule in rulebook:
            for pattern in rule.patterns:
                elements = parse_pattern(pattern)
                matcher = Matcher(nlp.vocab)
                matcher.add(rule.code, [_matcher_pattern(spelt) for spelt in _spelt_out(elements)])
                for word in _anchor(elements):
                    self._anchors[nlp.vocab.strings.add(word)].add(len(self._matchers))
                self._matchers.append((rule.code, matcher))

    def __call__(self, doc: Doc) -> Doc:
        found = [span for sentence in doc.sents for span in self._in_sentence(doc, sentence)]
        by_category: dict[str, list[Span]] = defaultdict(list)
        for span in found:
            by_category[span.label_[:2]].append(span)
        kept = [span for spans in by_category.values() for span in filter_spans(spans)]
        doc.spans["candidates"] = sorted(kept, key=lambda span: (span.start, span.end, span.label_))
        return doc

    def _in_sentence(self, doc: Doc, sentence: Span) -> Iterable[Span]:
        wanted: set[int] = set()
        for token in sentence:
            if token.norm in self._anchors:
                wanted |= self._anchors[token.norm]
        for number in sorted(wanted):
            code, matcher = self._matchers[number]
            for _, start, end in matcher(sentence):
                yield Span(doc, sentence.start + start, sentence.start + end, label=code)
