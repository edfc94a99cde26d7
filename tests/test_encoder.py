"""The encoder: windows cover what they should, vectors do not depend on company, unread words say so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notes_lint import Linter
from notes_lint.reading import Reader
from notes_lint.reading.encoder import BEGIN, LABELS, SEVERITY, UNREAD, WIDTH, Encoder, pool, to_vectors
from notes_lint.reading.windows import SIZE, cut_windows
from notes_lint.resources import model_folder
from tests.conftest import ROOT

NOTE = (
    "HV to see T. She was polite and showed me her drawings.\n- bus late\n- tea made\n"
    "School say he keeps putting himself at risk with older lads. Next visit Tuesday."
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder(model_folder())


@settings(max_examples=60, deadline=None)
@given(
    sentences=st.lists(st.integers(1, 60), min_size=1, max_size=12),
    pieces=st.integers(0, 12),
    own=st.integers(20, 100),
    data=st.data(),
)
def test_every_wanted_word_is_read_once(
    reader: Reader, sentences: list[int], pieces: int, own: int, data: st.DataObject
) -> None:
    doc = reader.read_piece(" ".join("A" + " word" * n + "." for n in sentences))
    counts = [1 + (i * 7 + pieces) % 3 for i in range(len(doc))]
    numbers = range(len(list(doc.sents)))
    wanted = data.draw(st.sets(st.sampled_from(numbers)))
    read: list[int] = []
    for window in cut_windows(doc, counts, wanted, own=own):
        assert window.start <= window.own_start < window.own_end <= window.end
        assert sum(counts[window.start : window.end]) <= SIZE - 2
        read += range(window.own_start, window.own_end)
    expected = [i for n, s in enumerate(doc.sents) if n in wanted for i in range(s.start, s.end)]
    assert sorted(read) == expected


def test_words_are_means_of_their_pieces() -> None:
    raw = np.arange(4 * WIDTH, dtype=np.float32).reshape(4, WIDTH)
    pooled = pool(raw, [1, 0, 3])
    assert (pooled[0] == raw[0]).all()
    assert (pooled[1] == UNREAD).all()
    assert np.delete(pooled[2], BEGIN) == pytest.approx(np.delete(raw[1:].mean(axis=0), BEGIN))
    assert pooled[2, BEGIN] == raw[1, BEGIN]


def test_vectors_are_log_probabilities() -> None:
    vectors = to_vectors(np.random.default_rng(0).normal(size=(5, WIDTH)).astype(np.float32))
    assert np.exp(vectors[:, :LABELS]).sum(axis=1) == pytest.approx(np.ones(5), abs=1e-3)
    assert np.exp(vectors[:, SEVERITY:]).sum(axis=1) == pytest.approx(np.ones(5), abs=1e-3)


def test_blame_is_seen_and_the_unread_is_marked(encoder: Encoder, reader: Reader) -> None:
    doc = reader.read_piece(NOTE)
    encoder([doc], [{n for n, s in enumerate(doc.sents) if "risk" in s.text}])
    assert doc.tensor.shape == (len(doc), WIDTH)
    chance = 1 - np.exp(doc.tensor[:, 0])
    at = next(t.i for t in doc if t.text == "risk")
    assert chance[at] > 0.5
    assert (doc.tensor[0] == UNREAD).all()


def test_vectors_do_not_depend_on_company(encoder: Encoder, reader: Reader) -> None:
    """A note reads the same alone and among others, fresh and remembered."""
    alone = reader.read_piece(NOTE)
    Encoder(model_folder(), remember=0)([alone])
    others = [reader.read_piece(NOTE), *(reader.read_piece("He was out. " * n) for n in range(1, 9))]
    encoder(others)
    again = reader.read_piece(NOTE)
    encoder([again])
    assert np.abs(alone.tensor - others[0].tensor).max() < 1e-3
    assert np.abs(again.tensor - others[0].tensor).max() < 1e-3


def test_shorthand_is_read_as_what_it_means(encoder: Encoder, reader: Reader) -> None:
    short, plain = (reader.read_piece(t) for t in ("YP cont. to place self @ risk.", "Weather was fine all day."))
    encoder([short, plain])
    most = [float((1 - np.exp(doc.tensor[:, 0])).max()) for doc in (short, plain)]
    assert most[0] > 0.5 > most[1]


def test_the_linter_reads_empty_and_odd_texts(linter: Linter) -> None:
    for text in ("", " ", "\n\n\n", "?", "a" * 3000, "🙂 " * 300, "ok\r\n\r\n\tok"):
        assert linter.check(text) == []


def test_nothing_is_sent_and_nothing_is_left_behind(tmp_path: Path) -> None:
    """onnxruntime's builds report their use unless told not to; a check must leave no trace in the home folder."""
    program = "from notes_lint import Linter; assert Linter().check('She puts herself at risk.')"
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": os.environ["PATH"]}
    subprocess.run([sys.executable, "-c", program], env=home, cwd=ROOT, check=True)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_what_is_remembered_holds_no_words(encoder: Encoder, reader: Reader) -> None:
    encoder([reader.read_piece(NOTE)])
    assert all(isinstance(key, bytes) and len(key) == 16 for key in encoder._known)
    assert all(value.base is None for value in encoder._known.values()), "a view would keep its whole batch alive"
