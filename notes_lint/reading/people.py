"""Who is who: mentions of the child, of adults who harm, of family and of professionals.

Every mention is a one-token ``Span`` in ``doc.spans["people"]``, labelled ``CHILD``, ``HARMER``, ``FAMILY``,
``PROFESSIONAL``, ``WRITER`` or ``OTHER``. A pronoun takes the label of the nearest earlier mention that it can
stand for; in a child's record one that finds none means the child. This is a first reading by word lists: the
labels are evidence for the judge, never a veto.
"""

from __future__ import annotations

from spacy.tokens import Doc, Span, Token

_WORDS = {
    "CHILD": "child children girl girls boy boys yp yps daughter daughters son sons pupil pupils student students baby "
    "babies infant toddler teenager teenagers teen teens lad lass lads youngster youngsters youth youths brother "
    "brothers sister sisters sibling siblings victim victims misper adolescent minor juvenile",
    "HARMER": "perpetrator perpetrators perp perps offender offenders suspect suspects abuser abusers groomer groomers "
    "exploiter exploiters trafficker traffickers man men male males adult adults dealer dealers gang "
    "exploiters stranger strangers elder elders ex",
    "FAMILY": "mum mums mother mo mam mummy dad father daddy parent parents stepmum stepmother stepdad stepfather nan "
    "nana gran grandma granny grandmother grandad grandfather mgm pgm mgf pgf aunt auntie aunty uncle cousin family "
    "partner wife husband",
    "PROFESSIONAL": "sw worker workers officer officers police policeman teacher teachers staff school nurse nurses dr "
    "doctor doctors gp gps consultant manager managers carer carers fc placement keyworker camhs iro guardian chair "
    "psychologist psychiatrist therapist paramedic pc dc ds di sgt sergeant inspector inspectors head dsl tutor "
    "mentor tutors clinician midwife hv ssw senco yot yjs court judge magistrate coroner reviewer professionals "
    "professional practitioner practitioners service services agency agencies team unit college hospital ward "
    "counsellor solicitor author advocate interviewer supervisor",
    "WRITER": "i we me us writer myself ourselves",
    "OTHER": "friend friends peer peers neighbour neighbours passer-by public driver customer caller boyfriend "
    "girlfriend boyfriends girlfriends",
}
LABELS = {word: label for label, words in _WORDS.items() for word in words.split()}
"""Words that name a kind of person."""

_FEMALE = frozenset(
    "mum mums mother mo mam mummy stepmum stepmother nan nana gran grandma granny grandmother mgm pgm aunt auntie "
    "aunty wife girl daughter sister lass girlfriend midwife".split()
)
_MALE = frozenset(
    "dad father daddy stepdad stepfather grandad grandfather mgf pgf uncle husband boy son brother lad boyfriend man "
    "male policeman".split()
)
_PRONOUNS = {
    **dict.fromkeys("she her hers herself".split(), "f"),
    **dict.fromkeys("he him his himself".split(), "m"),
    **dict.fromkeys("they them their theirs themselves themself self".split(), "n"),
}
_TITLES = frozenset("mr mrs ms miss dr prof pc dc ds sgt insp".split())


def _gender(word: str) -> str:
    return "f" if word in _FEMALE else "m" if word in _MALE else "n"


def _looks_like_name(token: Token) -> bool:
    """A capitalised word inside a sentence, or an initial: nearly always somebody's name."""
    text = token.text
    if not text[0].isupper() or not text.isalpha() or token.is_sent_start or len(text) > 12:
        return len(text) <= 2 and text[0].isupper() and text.rstrip(".").isalpha() and text != "I"
    return text[1:].islower() or len(text) == 1


class People:
    """spaCy component: labels every mention of a person."""

    def __call__(self, doc: Doc) -> Doc:
        spans: list[Span] = []
        recent: list[tuple[str, str]] = []  # (gender, label) of earlier mentions, newest last
        for token in doc:
            word = token.norm_
            if word in _PRONOUNS:
                label = self._resolve(_PRONOUNS[word], recent)
            elif word in LABELS:
                label = LABELS[word]
                previous = doc[token.i - 1].norm_ if token.i else ""
                if word in ("adult", "adults") and previous == "young":
                    label = "CHILD"
                if label not in ("WRITER",):
                    recent.append((_gender(word), label))
            elif word in ("person", "people") and token.i and doc[token.i - 1].norm_ == "young":
                label = "CHILD"
                recent.append(("n", label))
            elif _looks_like_name(token):
                titled = token.i > 0 and doc[token.i - 1].norm_.rstrip(".") in _TITLES
                label = "PROFESSIONAL" if titled else "CHILD"
                continue_name = spans and spans[-1].end == token.i and spans[-1].label_ == label
                if not titled and not continue_name:
                    recent.append(("n", label))
                if not titled:
                    continue  # a name may be anybody's: it moves pronouns, but is no evidence by itself
            else:
                continue
            spans.append(Span(doc, token.i, token.i + 1, label=label))
        doc.spans["people"] = spans
        return doc

    @staticmethod
    def _resolve(gender: str, recent: list[tuple[str, str]]) -> str:
        for known, label in reversed(recent[-4:]):
            if label in ("PROFESSIONAL", "OTHER") and known == "n":
                continue
            if known == gender or known == "n" or gender == "n":
                return label
        return "CHILD"
