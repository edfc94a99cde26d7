"""How much does more text still buy? Train on 1/8, 1/4, 1/2 and all of data/train; plot docs/learning-curve.svg.

Run: python benchmarks/learning_curve.py [--test] [--sets FILE.jsonl ...]   (further labelled sets beside data/dev)
Needs matplotlib: pip install -e '.[benchmarks]'

The judge is the one without an encoder, by words and rules alone. Average precision is over texts, scored by their
likeliest span; the span F1 is at the model's own thresholds. Parts are drawn by whole pairs of twins from every
author, the smaller inside the larger, with three draws each.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from notes_lint.judging.corpus import Example, read_examples, read_folder
from notes_lint.judging.evaluation import evaluate
from notes_lint.judging.training import train
from notes_lint.judging.workshop import predicted
from notes_lint.reading import Reader
from notes_lint.rulebook import default_rulebook

ROOT = Path(__file__).parent.parent
PARTS = (0.125, 0.25, 0.5, 1.0)
DRAWS = 3


def part(examples: list[Example], share: float, draw: int) -> list[int]:
    """Positions of a share of the texts, twins together."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, example in enumerate(examples):
        groups[min(example.id, example.pair or example.id)].append(number)
    names = sorted(groups)
    random.Random(draw).shuffle(names)  # noqa: S311
    return sorted(i for name in names[: round(share * len(names))] for i in groups[name])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", type=Path, default=[])
    parser.add_argument("--test", action="store_true", help="data/test too, which is looked at once a release")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "learning-curve.svg")
    args = parser.parse_args()
    reader = Reader(default_rulebook())
    prefixes = {name: category.prefix for name, category in reader.rulebook.categories.items()}
    examples = read_folder(ROOT / "data" / "train")
    docs = [reader.read_piece(e.text) for e in examples]
    names = ("dev", "test") if args.test else ("dev",)
    sets = {name: read_folder(ROOT / "data" / name) for name in names} | {
        path.stem: read_examples(path) for path in args.sets
    }
    read = {name: [reader.read_piece(e.text) for e in found] for name, found in sets.items()}
    rows = []
    for share in PARTS:
        for draw in range(DRAWS if share < 1 else 1):
            chosen = part(examples, share, draw)
            judge = train([examples[i] for i in chosen], [docs[i] for i in chosen], prefixes)
            for name, found in sets.items():
                judged = judge.judge(read[name])
                scores = [max((j.score for j in here), default=0.0) for here in judged]
                spans = [predicted(doc, here) for doc, here in zip(read[name], judged, strict=True)]
                ap = average_precision_score([bool(e.spans) for e in found], scores)
                f1 = evaluate(found, spans, repeats=0).values["span F1"]
                rows.append(
                    {"set": name, "texts": round(share * len(examples)), "draw": draw, "ap": float(ap), "span_f1": f1}
                )
                print(json.dumps(rows[-1]), flush=True)
    plot(rows, args.out)


def plot(rows: list[dict], out: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    mpl.rcParams |= {"svg.hashsalt": "learning-curve", "svg.fonttype": "none"}
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharex=True)
    for axis, key, title in zip(axes, ("ap", "span_f1"), ("average precision (texts)", "span F1"), strict=True):
        for name in dict.fromkeys(row["set"] for row in rows):
            sizes = sorted({row["texts"] for row in rows if row["set"] == name})
            means = [np.mean([r[key] for r in rows if r["set"] == name and r["texts"] == s]) for s in sizes]
            axis.plot(sizes, means, marker="o", label=name)
        axis.set_xscale("log", base=2)
        every = sorted({row["texts"] for row in rows})
        axis.set_xticks(every, [f"{size:,}" for size in every])
        axis.set_xlabel("training texts")
        axis.set_title(title)
        axis.grid(alpha=0.3)
    axes[0].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


if __name__ == "__main__":
    main()
