"""Wording: alternatives that fit the sentence in which the words stand.

Rules leave places open, ``{they}``, ``{them}``, ``{their}``, ``{themselves}``, ``{are}``, ``{have}``; here they are
filled with the pronoun that the sentence uses for the child and with the form of the verb that the words have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lemminflect import getAllInflections, getAllLemmas
from spacy.tokens import Doc

from notes_lint.rulebook import Rule

_PRONOUNS = {
    "she": {"they": "she", "them": "her", "their": "her", "themselves": "herself"},
    "he": {"they": "he", "them": "him", "their": "his", "themselves": "himself"},
    "they": {"they": "they", "them": "them", "their": "their", "themselves": "themselves"},
}
_WHICH = {
    **dict.fromkeys(("she", "her", "hers", "herself"), "she"),
    **dict.fromkeys(("he", "him", "his", "himself"), "he"),
    **dict.fromkeys(("they", "them", "their", "theirs", "themselves", "themself"), "they"),
}
_FORMS = {
    "VBZ": {"are": "is", "have": "has"},
    "VBP": {"are": "are", "have": "have"},
    "VBG": {"are": "being", "have": "having"},
    "VBN": {"are": "been", "have": "had"},
    "VB": {"are": "be", "have": "have"},
}
_MODALS = frozenset("to will would can could should may might must do did does not".split())
_PERFECT = frozenset("have has had having 've".split())


def _pronoun(doc: Doc, start: int, end: int) -> str:
    """The pronoun that stands for the child at tokens ``start`` to ``end``: inside them, else near them, else they."""
    sentence = doc[start].sent
    places: Iterator[int] = iter(
        [
            *range(start, end),
            *range(start - 1, sentence.start - 1, -1),
            *range(end, sentence.end),
            *range(sentence.start - 1, max(-1, sentence.start - 40), -1),
            *range(sentence.end, min(len(doc), sentence.end + 20)),
        ]
    )
    people = {span.start: span.label_ for span in doc.spans["people"]}
    for i in places:
        word = doc[i].lower_
        # a pronoun inside the words that blame means the child, whoever was mentioned before
        if word in _WHICH and (start <= i < end or people.get(i, "CHILD") == "CHILD"):
            return _WHICH[word]
    return "they"


def _verb_tag(doc: Doc, start: int, end: int) -> str:
    """Penn tag of the verb that tokens ``start`` to ``end`` begin with, told from its form and the word before it.

    An adverb may stand in front; words that begin with no verb have none ("").
    """
    for i in range(start, end):
        word = doc[i].norm_
        known = getAllLemmas(word)
        verbs = known.get("VERB") or known.get("AUX")
        if not verbs:
            if "ADV" in known or word == "not":
                continue
            return ""
        tags = {tag for tag, forms in getAllInflections(verbs[0]).items() if word in forms and tag[0] == "V"}
        before = doc[i - 1].norm_ if i else ""
        if "VBG" in tags:
            return "VBG"
        if "VBN" in tags and before in _PERFECT:
            return "VBN"
        if "VBZ" in tags:
            return "VBZ"
        if "VB" in tags and before in _MODALS:
            return "VB"
        if "VBD" in tags:
            return "VBD"
        if "VBP" in tags:
            return "VBP"
    return ""


def suggest(rule: Rule, doc: Doc, start: int, end: int) -> tuple[str, ...]:
    """The alternatives of a rule for the words at tokens ``start`` to ``end``, in the rule's order.

    Returns:
        at least two texts, each able to stand in the sentence or to be asked of it.
    """
    pronoun = _pronoun(doc, start, end)
    tag = _verb_tag(doc, start, end)
    singular = pronoun != "they" or tag == "VBZ"
    if tag == "VBD":
        forms = {"are": "was" if singular else "were", "have": "had"}
    else:
        forms = _FORMS.get(tag, _FORMS["VBZ" if singular else "VBP"])
        if tag == "VBP" and pronoun != "they":
            forms = _FORMS["VBZ"]
    words = _PRONOUNS[pronoun] | forms
    filled = (re.sub(r"\{(\w+)\}", lambda m: words[m[1]], text) for text in rule.alternatives)
    # "continues to be being harmed", "being being harmed": no one says that
    return tuple(re.sub(r"\b(be|being|been) being\b", r"\1", text) for text in filled)
