"""Fusion: numbers of words and spans come out in the shape that the heads expect, whatever the text."""

from __future__ import annotations

import numpy as np
import pytest

from notes_lint.judging.evidence import Evidence
from notes_lint.judging.fusion import blame, span_numbers, word_numbers
from notes_lint.reading import Reader
from notes_lint.reading.encoder import UNREAD, WIDTH


def evidence(reader: Reader, text: str) -> Evidence:
    found = Evidence(reader.read_piece(text))
    found.vectors = np.tile(UNREAD, (len(found.doc), 1))
    return found


@pytest.mark.parametrize("text", ["No", "No.", "He left", "She puts herself at risk. He did not."])
def test_every_word_has_the_same_numbers(reader: Reader, text: str) -> None:
    found = evidence(reader, text)
    size = len(found.doc)
    numbers = word_numbers(found, np.zeros((size, 3)), np.full(size, -3.0), np.full(size, -9.0))
    assert numbers.shape == (size, 30)
    assert np.isfinite(numbers).all()


def test_neighbours_are_where_they_should_be(reader: Reader) -> None:
    found = evidence(reader, "a b c d e")
    assert found.vectors is not None
    found.vectors[2, 0] = np.log(0.1)
    own = blame(found.vectors)
    numbers = word_numbers(found, np.zeros((5, 3)), np.zeros(5), np.zeros(5))
    assert own.argmax() == 2
    assert numbers[:, 0].tolist() == own.tolist()
    for column, by in ((1, -2), (2, -1), (3, 1), (4, 2)):
        assert numbers[:, column].argmax() == 2 - by


def test_spans_say_how_sure_the_encoder_is(reader: Reader) -> None:
    found = evidence(reader, "She puts herself at risk.")
    assert found.vectors is not None
    found.vectors[1:5, 0] = np.log(0.2)
    high, mean, low, *rest = span_numbers(found, (0, 6), 1, 5, np.zeros(6))
    assert high == pytest.approx(mean) == pytest.approx(low) == pytest.approx(np.log(4), abs=1e-4)
    assert len(rest) == 6


def test_a_doc_that_was_not_read_is_refused(reader: Reader) -> None:
    found = Evidence(reader.read_piece("He left."))
    with pytest.raises(ValueError, match="has not read"):
        word_numbers(found, np.zeros((3, 3)), np.zeros(3), np.zeros(3))
    assert len(UNREAD) == WIDTH
