"""Alternatives agree with the sentence in which the words stand."""

from __future__ import annotations

import pytest

from notes_lint.reading import Reader
from notes_lint.rulebook import Rule
from notes_lint.wording import suggest


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Jade puts herself at risk.", "puts herself at risk", "is being put at risk by others near her"),
        ("He put himself at risk.", "put himself at risk", "was being put at risk by others near him"),
        ("They put themselves at risk.", "put themselves at risk", "were being put at risk by others near them"),
        ("She is putting herself at risk.", "putting herself at risk", "being put at risk by others near her"),
        ("She continues to put herself at risk.", "put herself at risk", "be put at risk by others near her"),
        ("She has put herself at risk.", "put herself at risk", "been put at risk by others near her"),
        ("YP cont. to place self @ risk.", "place self @ risk", "be put at risk by others near them"),
        ("Nan says he lied. Jo puts herself at risk.", "puts herself at risk", "is being put at risk by others near her"),  # noqa: E501
        ("Streetwise. Told her so.", "Streetwise", "is being put at risk by others near her"),
        ("He is in a relationship with Dale.", "in a relationship", "being put at risk by others near him"),
        ("Demi (15) AWOL from unit.", "AWOL", "is being put at risk by others near them"),
        ("He won't take our help.", "won't take our help", "is being put at risk by others near him"),
        ("She can also be very rude.", "be very rude", "be put at risk by others near her"),
    ],
)  # fmt: skip
def test_person_number_and_tense(reader: Reader, text: str, words: str, expected: str) -> None:
    rule = Rule("ZZ001", "n", "agency", "low", (), "w", ("{are} being put at risk by others near {them}", "y"), None)
    doc = reader.read_piece(text)
    span = doc.char_span(text.index(words), text.index(words) + len(words))
    assert suggest(rule, doc, span.start, span.end)[0] == expected


def test_verbs_follow_a_singular_child(reader: Reader) -> None:
    alternatives = ("the help {they} need, if {they} may say so", "what {they} {are} afraid of; {they} said so")
    rule = Rule("ZZ001", "n", "agency", "low", (), "w", alternatives, None)
    doc = reader.read_piece("She refuses help.")
    assert suggest(rule, doc, 1, 3) == ("the help she needs, if she may say so", "what she is afraid of; she said so")
    doc = reader.read_piece("They refuse help.")
    assert suggest(rule, doc, 1, 3) == (
        "the help they need, if they may say so",
        "what they are afraid of; they said so",
    )
