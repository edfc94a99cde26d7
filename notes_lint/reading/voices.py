"""Whose words, and in what spirit: quoted, reported, denied, criticised.

Four span groups, each over whole tokens:

- ``doc.spans["quoted"]``: the words between quotation marks, labelled with the speaker (``CHILD``, ``FAMILY``,
  ``HARMER``, ``PROFESSIONAL``, ``OTHER``) or ``SCARE`` for the writer's own word in inverted commas;
- ``doc.spans["reported"]``: indirect speech, from the verb of saying to the end of the clause, with the speaker;
- ``doc.spans["denied"]``: what a negation covers;
- ``doc.spans["criticised"]``: a sentence about wording that is challenged, corrected or advised against.

Speakers come from ``doc.spans["people"]``. As in ConText (Harkema et al. 2009) a scope runs forward to a
terminator and never past the sentence; the judge weighs it, it vetoes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from spacy.tokens import Doc, Span

_SAYING = frozenset(
    "say says said saying tell tells told telling state states stated stating report reports reported "
    "reporting describe describes described describing feel feels felt think thinks thought believe believes "
    "believed view views viewed comment comments commented note notes noted explain explains explained add "
    "adds added reply replied replies ask asked asks shout shouted shouts write wrote writes written text "
    "texted texts messaged whispered insisted considers considered suggests suggested suggesting argues argued "
    "advised advises informed informs mentioned confirmed admitted disclosed discloses recorded records "
    "alleges alleged claims claimed quote quoted saw called calls".split()
)
_ACCORDING = frozenset({"according", "per"})
_NEGATIONS = frozenset("not never no nor without neither cannot rather".split())
_NEGATION_ENDS = frozenset("but however although though yet except because which who when".split())
_WORDING = frozenset(
    "term terms phrase phrases wording word words worded language label labels labelled labelling described "
    "describing recorded record records entry entries note notes recording".split()
)
_CHALLENGE = frozenset(
    "blaming victim-blaming challenged challenge challenging reword reworded rewording rephrase rephrased "
    "avoid avoided avoiding unhelpful inappropriate replace replaced remove removed removing delete deleted "
    "amend amended amending wrong incorrect inaccurate unacceptable corrected correct instead stop stopped "
    "struck criticised criticise criticism disagree disagreed reminded judgemental judgmental outdated "
    "discouraged never should".split()
)
_OPENERS = {'"': '"', "“": "”", "‘": "’", "'": "'", "``": "''", "«": "»"}
_LONGEST_QUOTE = 700
_FORWARD = 9


class _Quote(NamedTuple):
    start: int  # token after the opening mark
    end: int  # token of the closing mark, or the first after the quoted words
    closed: bool


def _quotes(doc: Doc) -> Iterator[_Quote]:
    """Pairs of quotation marks, in order; an unclosed double quote runs to the end of its paragraph."""
    number, size = 0, len(doc)
    while number < size:
        token = doc[number]
        closer = _OPENERS.get(token.text)
        if closer is None or not _can_open(doc, number):
            number += 1
            continue
        stop = number + 1
        end = None
        while stop < size and doc[stop].idx - token.idx < _LONGEST_QUOTE:
            text = doc[stop].text
            if doc[stop].is_space and text.count("\n") > 1:
                break
            if text == closer and (closer not in ("'", "’") or _can_close(doc, stop)):
                end = stop
                break
            stop += 1
        if end is not None and end > number + 1:
            yield _Quote(number + 1, end, True)
            number = end + 1
        else:
            if token.text in ('"', "“") and stop > number + 1:
                sentence_end = token.sent.end
                yield _Quote(number + 1, sentence_end, False)
            number += 1


def _can_open(doc: Doc, number: int) -> bool:
    if number + 1 >= len(doc) or doc[number].whitespace_ or doc[number + 1].is_space:
        return False
    if number == 0:
        return True
    before = doc[number - 1]
    return bool(before.whitespace_) or before.is_space or before.text in "([-–—:/,"


def _can_close(doc: Doc, number: int) -> bool:
    return (
        number + 1 >= len(doc) or bool(doc[number].whitespace_) or doc[number + 1].is_punct or doc[number + 1].is_space
    )


class Voices:
    """spaCy component: finds quoted, reported, denied and criticised words."""

    def __call__(self, doc: Doc) -> Doc:
        who = {span.start: span.label_ for span in doc.spans["people"]}
        quotes = list(_quotes(doc))
        doc.spans["quoted"] = [
            Span(doc, q.start, q.end, label=self._speaker(doc, q, who)) for q in quotes if q.end > q.start
        ]
        inside = {i for q in quotes for i in range(q.start, q.end)}
        reported: list[Span] = []
        denied: list[Span] = []
        criticised: list[Span] = []
        for sentence in doc.sents:
            norms = [token.norm_ for token in sentence]
            present = set(norms)
            if present & _SAYING or present & _ACCORDING:
                reported.extend(self._reported(doc, sentence, norms, who, inside))
            if present & _NEGATIONS:
                denied.extend(self._denied(doc, sentence, norms))
            if "blaming" in present or (present & _WORDING and present & _CHALLENGE):
                criticised.append(Span(doc, sentence.start, sentence.end, label="CRITICISED"))
        doc.spans["reported"] = reported
        doc.spans["denied"] = denied
        doc.spans["criticised"] = criticised
        return doc

    @staticmethod
    def _speaker(doc: Doc, quote: _Quote, who: dict[int, str]) -> str:
        sentence = doc[quote.start].sent
        before = range(max(sentence.start, quote.start - 14), quote.start - 1)
        after = range(quote.end + 1, min(len(doc), quote.end + 7))
        for places in (reversed(before), after):
            for place in places:
                if doc[place].norm_ in _SAYING:
                    near = [*range(place - 1, max(sentence.start, place - 6) - 1, -1), place + 1, place + 2]
                    for i in near:
                        if i in who:
                            return "OTHER" if who[i] == "WRITER" else who[i]
        short = quote.end - quote.start <= 3 and quote.closed
        if short:
            return "SCARE"
        first_person = {"i", "my", "me", "i'm", "im"} & {t.lower_ for t in doc[quote.start : quote.end]}
        mentioned = [who[i] for i in before if i in who and who[i] != "WRITER"]
        return mentioned[-1] if mentioned else "CHILD" if first_person else "OTHER"

    @staticmethod
    def _reported(doc: Doc, sentence: Span, norms: list[str], who: dict[int, str], inside: set[int]) -> Iterator[Span]:
        for offset, word in enumerate(norms):
            place = sentence.start + offset
            if place in inside or (word not in _SAYING and word not in _ACCORDING):
                continue
            if word in _ACCORDING:
                near = list(range(place + 1, min(sentence.end, place + 6)))
            else:
                near = list(range(place - 1, max(sentence.start, place - 6) - 1, -1))
                if offset + 1 < len(norms) and norms[offset + 1] == "by":
                    near = list(range(place + 1, min(sentence.end, place + 6)))
            speaker = next((who[i] for i in near if i in who), None)
            if speaker and place + 1 < sentence.end:
                yield Span(doc, place + 1, sentence.end, label=speaker)

    @staticmethod
    def _denied(doc: Doc, sentence: Span, norms: list[str]) -> Iterator[Span]:
        for offset, word in enumerate(norms):
            if word not in _NEGATIONS:
                continue
            stop = offset + 1
            while (
                stop < len(norms)
                and stop - offset <= _FORWARD
                and norms[stop] not in _NEGATION_ENDS
                and norms[stop] not in (",", ";", ":", ".", "-", "–", "—")
            ):
                stop += 1
            if stop > offset + 1:
                yield Span(doc, sentence.start + offset + 1, sentence.start + stop, label="DENIED")
