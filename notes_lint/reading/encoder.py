"""The encoder: a small transformer that leaves a vector on every word that it reads, in ``doc.tensor``.

It was fine-tuned on the corpus (``judging.finetuning``) and runs as int8 ONNX through onnxruntime, on
batches of windows of like length. A vector holds the log-probabilities of what the word may be:

=========  ==========================================================
0          no part of any blame
1 to 12    part of a span of that category, in the order of ``CATEGORIES``
13         log-odds that a span begins here
14         log-odds that it is a professional's reported view
15 to 17   log-probabilities of severity low, medium, high
=========  ==========================================================
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections import OrderedDict
from collections.abc import Collection, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc
from tokenizers import Tokenizer

from notes_lint.finding import CATEGORIES, SEVERITIES
from notes_lint.reading.windows import Vocabulary, Window, cut_windows

# onnxruntime's official builds send usage events unless they are told not to before they are imported
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

onnxruntime.disable_telemetry_events()

Vectors = NDArray[np.float32]

LABELS = 1 + len(CATEGORIES)
BEGIN = LABELS
REPORTED = LABELS + 1
SEVERITY = LABELS + 2
WIDTH = SEVERITY + len(SEVERITIES)

UNREAD = np.array([0.0] + [-9.0] * len(CATEGORIES) + [-9.0, 0.0] + [-1.1] * len(SEVERITIES), np.float32)
"""What stands for a word that was not read: as sure as can be that it is no blame."""

BATCH = 2048
"""Pieces read at once, padding included."""

MODEL = "encoder.onnx"
TOKENIZER = "tokenizer.json"


def log_softmax(x: Vectors) -> Vectors:
    """Along the last axis."""
    x = x - x.max(axis=-1, keepdims=True)
    return np.asarray(x - np.log(np.exp(x).sum(axis=-1, keepdims=True)), np.float32)


def to_vectors(raw: Vectors) -> Vectors:
    """The network's raw outputs, shape (..., WIDTH), as log-probabilities and log-odds."""
    out = raw.astype(np.float32, copy=True)
    out[..., :LABELS] = log_softmax(raw[..., :LABELS])
    out[..., SEVERITY:] = log_softmax(raw[..., SEVERITY:])
    return np.clip(out, -9.0, 9.0)


def pool(raw: Vectors, counts: Sequence[int]) -> Vectors:
    """Mean over the pieces of each word, ``BEGIN`` of its first; a word without pieces gets ``UNREAD``.

    Parameters:
        raw: shape (pieces, WIDTH); ``counts`` the pieces of each word.

    Returns:
        shape (words, WIDTH).
    """
    sizes = np.asarray(counts)
    out = np.tile(UNREAD, (len(sizes), 1))
    read = np.flatnonzero(sizes)
    if len(read):
        starts = np.concatenate([[0], np.cumsum(sizes[read])[:-1]])
        out[read] = np.add.reduceat(raw, starts, axis=0) / sizes[read, None]
        out[read, BEGIN] = raw[starts, BEGIN]  # learnt on the first piece of a word only
    return out


class Encoder:
    """Reads sentences of docs; safe to share between threads.

    Parameters:
        folder: holds ``encoder.onnx`` and ``tokenizer.json``.
        threads: processor cores that one call may use; 0 for all.
        remember: windows whose vectors are kept, for texts that repeat themselves. They are known by a hash with a
            key of this process's own, so that no words of theirs stay in memory.
    """

    def __init__(self, folder: Path, *, threads: int = 0, remember: int = 4096) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(folder / MODEL), options, providers=["CPUExecutionProvider"])
        self.vocabulary = Vocabulary(Tokenizer.from_file(str(folder / TOKENIZER)))
        self.remember = remember
        self._known: OrderedDict[bytes, Vectors] = OrderedDict()
        self._key = secrets.token_bytes(16)
        self._lock = Lock()

    def __call__(self, docs: Sequence[Doc], wanted: Sequence[Collection[int]] | None = None) -> None:
        """Fill ``doc.tensor``, shape (tokens, WIDTH), of every doc.

        Parameters:
            wanted: for each doc the numbers of the sentences to read; all if None. The others get ``UNREAD``.
        """
        jobs: list[tuple[int, Window, list[int], tuple[int, ...]]] = []
        for d, doc in enumerate(docs):
            doc.tensor = np.tile(UNREAD, (len(doc), 1))
            pieces = self.vocabulary.doc(doc)
            counts = [len(ids) for ids in pieces]
            for window in cut_windows(doc, counts, None if wanted is None else wanted[d]):
                ids = tuple(i for word in pieces[window.start : window.end] for i in word)
                if ids:
                    jobs.append((d, window, counts[window.start : window.end], ids))
        known = self._recall([ids for *_, ids in jobs])
        for d, window, counts, ids in jobs:
            vectors = to_vectors(pool(known[ids], counts))
            here = slice(window.own_start, window.own_end)
            docs[d].tensor[here] = vectors[window.own_start - window.start : window.own_end - window.start]

    def _name(self, ids: tuple[int, ...]) -> bytes:
        return hashlib.blake2b(np.asarray(ids, np.int32).tobytes(), key=self._key, digest_size=16).digest()

    def _recall(self, asked: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], Vectors]:
        names = {ids: self._name(ids) for ids in asked}
        with self._lock:
            found = {ids: self._known[name] for ids, name in names.items() if name in self._known}
            for ids in found:
                self._known.move_to_end(names[ids])
        new = sorted({ids for ids in asked if ids not in found}, key=len)
        begin = 0
        while begin < len(new):
            end = begin + 1
            while end < len(new) and (end + 1 - begin) * (len(new[end]) + 2) <= BATCH:
                end += 1
            found |= zip(new[begin:end], self._run(new[begin:end]), strict=True)
            begin = end
        with self._lock:
            self._known |= {names[ids]: found[ids] for ids in new[: self.remember]}
            while len(self._known) > self.remember:
                self._known.popitem(last=False)
        return found

    def _run(self, batch: Sequence[tuple[int, ...]]) -> list[Vectors]:
        """Raw outputs, shape (pieces, WIDTH), of each window; the marks at its ends are left out."""
        longest = max(map(len, batch)) + 2
        ids = np.full((len(batch), longest), self.vocabulary.pad, np.int64)
        mask = np.zeros((len(batch), longest), np.int64)
        for row, pieces in enumerate(batch):
            ids[row, : len(pieces) + 2] = (self.vocabulary.first, *pieces, self.vocabulary.last)
            mask[row, : len(pieces) + 2] = 1
        (raw,) = self._session.run(None, {"ids": ids, "mask": mask})
        return [raw[row, 1 : len(pieces) + 1].copy() for row, pieces in enumerate(batch)]
