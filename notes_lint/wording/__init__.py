"""Wording: alternatives that fit the sentence in which the words stand.

Rules leave places open, ``{they}``, ``{them}``, ``{their}``, ``{themselves}``, ``{are}``, ``{have}``; here they are
filled with the pronoun that the note uses for the child and with the form of the verb that the words have.
"""

from __future__ import annotations

import re
from collections import Counter

from lemminflect import getAllInflections, getAllLemmas, getInflection
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
_MODALS = frozenset("to will would can could should may might must shall do did does".split())
_HAVE = frozenset("have has had having 've".split())
_PASSED_OVER = frozenset("not also still often again never always just even then now once".split())
_BE = frozenset("am is are was were be been being 's 're 'm".split())


def _pronoun(doc: Doc, start: int, end: int) -> str | None:
    """The pronoun for the child at tokens ``start`` to ``end``: the words' own, the sentence's, else the note's."""
    people = {span.start: span.label_ for span in doc.spans["people"]}
    sentence = doc[start].sent
    # a pronoun inside the words that blame means the child, whoever was mentioned before
    for i in (*range(start, end), *range(start - 1, sentence.start - 1, -1), *range(end, sentence.end)):
        if doc[i].lower_ in _WHICH and (start <= i < end or people.get(i) == "CHILD"):
            return _WHICH[doc[i].lower_]
    used = Counter(_WHICH[doc[i].lower_] for i, who in people.items() if who == "CHILD" and doc[i].lower_ in _WHICH)
    return used.most_common(1)[0][0] if used else None


def _before(doc: Doc, i: int) -> str:
    """Norm of the word before token ``i``, adverbs and "not" passed over."""
    while i > 0:
        i -= 1
        word = doc[i].norm_
        if word not in _PASSED_OVER and not word.endswith("ly"):
            return str(word)
    return ""


def _verb_tag(doc: Doc, start: int, end: int) -> str:
    """Penn tag of the verb that tokens ``start`` to ``end`` begin with, told from its form and the word before it.

    An adverb may stand in front; words that begin with no verb, or with a modal, have none ("").
    """
    for i in range(start, end):
        word = doc[i].norm_
        known = getAllLemmas(word)
        verbs = known.get("VERB") or known.get("AUX")
        if word in _MODALS:
            return ""
        if not verbs:
            if "ADV" in known or word == "not":
                continue
            return ""
        tags = {tag for tag, forms in getAllInflections(verbs[0]).items() if word in forms and tag[0] == "V"}
        before = _before(doc, i)
        if "VBG" in tags:
            return "VBG"
        if "VBN" in tags and before in _HAVE:
            return "VBN"
        if "VBZ" in tags:
            return "VBZ"
        if "VB" in tags and (before in _MODALS or word == "be"):
            return "VB"
        return next((tag for tag in ("VBD", "VBP") if tag in tags), "")
    return ""


def _agree(text: str) -> str:
    """Verbs behind a singular "{they}": "the help {they} need" becomes "the help {they} needs"."""

    def conjugate(match: re.Match[str]) -> str:
        word = match[1]
        base = word in getAllLemmas(word).get("VERB", ()) and word not in _MODALS
        third = getInflection(word, "VBZ") if base else ()
        return "{they} " + (third[0] if third else word)

    return re.sub(r"\{they\} ([a-z]+)\b", conjugate, text)


def suggest(rule: Rule, doc: Doc, start: int, end: int) -> tuple[str, ...]:
    """The alternatives of a rule for the words at tokens ``start`` to ``end``, in the rule's order.

    Returns:
        at least two texts, each able to stand in the sentence or to be asked of it.
    """
    pronoun = _pronoun(doc, start, end)
    tag = _verb_tag(doc, start, end)
    several = pronoun == "they" and tag != "VBZ"  # a name and no pronoun is one child
    if tag == "VBD":
        forms = {"are": "were" if several else "was", "have": "had"}
    elif tag in ("VBG", "VBN", "VB"):
        forms = _FORMS[tag]
    else:
        forms = _FORMS["VBP" if several else "VBZ"]
    words = _PRONOUNS[pronoun or "they"] | forms
    before = _before(doc, start)
    filled = []
    for text in rule.alternatives:
        if before in _BE:
            text = text.removeprefix("{are} ")  # "is in a relationship" is not "is is being groomed"
        if before in _HAVE:
            text = text.removeprefix("{have} ")
        if pronoun in ("she", "he"):
            text = _agree(text)
        else:
            text = text.replace("{they} {are}", "they are").replace("{they} {have}", "they have")
        text = re.sub(r"\{(\w+)\}", lambda m: words[m[1]], text)
        # "continues to be being harmed", "being being harmed": no one says that
        filled.append(re.sub(r"\b(be|being|been) being\b", r"\1", text))
    return tuple(filled)
