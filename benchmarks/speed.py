"""How fast is the linter? Load, single notes one after the other, bulk; and the memory that it takes.

Run: python benchmarks/speed.py [--notes 2000]

Notes are the whole notes of data/dev, over and over, each with a line of its own. Nothing is remembered between them,
but for "repeated", which is the same notes again with the cache on. Times are wall-clock on this machine.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np

from notes_lint import Linter
from notes_lint.judging.corpus import read_folder

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=2000)
    args = parser.parse_args()
    began = time.perf_counter()
    linter = Linter()
    linter.check("Warm.")
    encoder = linter.model.judge.encoder
    remembering = encoder.remember if encoder is not None else 0
    if encoder is not None:
        encoder.remember = 0
    print(f"load {time.perf_counter() - began:.2f} s")
    texts = [e.text for e in read_folder(ROOT / "data" / "dev") if e.is_note]
    notes = [f"Ref {n}, week {n % 52}.\n{texts[n % len(texts)]}" for n in range(args.notes)]
    words = sum(len(note.split()) for note in notes)

    about_150 = [note for note in notes if 120 <= len(note.split()) <= 180][:300] or notes[:300]
    times = []
    for note in about_150:
        start = time.perf_counter()
        linter.check(note)
        times.append(1000 * (time.perf_counter() - start))
    length = np.mean([len(note.split()) for note in about_150])
    print(
        f"one note of {length:.0f} words: median {np.median(times):.1f} ms, p99 {np.quantile(times, 0.99):.1f} ms "
        f"({len(times)} notes)"
    )
    for name in ("bulk", "repeated"):
        if encoder is not None and name == "repeated":
            encoder.remember = remembering
            list(linter.check_many(notes))
        start = time.perf_counter()
        found = sum(len(result.findings) for result in linter.check_many(notes))
        seconds = time.perf_counter() - start
        print(f"{name}: {words / seconds:,.0f} words/s ({len(notes):,} notes, {words:,} words, {found:,} findings)")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
