"""Draw docs/coverage.svg: where the corpus has text and spans. Run: python docs/coverage.py (needs '.[benchmarks]')"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
import numpy as np

from notes_lint.finding import CATEGORIES
from notes_lint.judging.corpus import SETTINGS, read_folder
from notes_lint.reading import Reader
from notes_lint.reports.corpus import GENRES, OTHER_GENRE, SPLITS, genre_of, own_words
from notes_lint.rulebook import default_rulebook

ROOT = Path(__file__).parent.parent


def main() -> None:
    examples = [e for split in SPLITS for e in read_folder(ROOT / "data" / split)]
    mpl.rcParams |= {"svg.hashsalt": "coverage", "svg.fonttype": "none"}  # the same picture for the same corpus
    figure, (heat, share, kinds) = plt.subplots(1, 3, figsize=(13, 4.2), width_ratios=(1.3, 1, 1))

    cells = Counter((s.category, e.setting) for e in examples for s in e.spans)
    grid = np.array([[cells[c, place] for place in SETTINGS] for c in CATEGORIES])
    heat.imshow(np.log1p(grid), cmap="Blues", aspect="auto")
    heat.set_xticks(range(len(SETTINGS)), SETTINGS, rotation=35, ha="right")
    heat.set_yticks(range(len(CATEGORIES)), CATEGORIES)
    for (row, column), count in np.ndenumerate(grid):
        heat.text(column, row, count, ha="center", va="center", color="white" if count > 120 else "black", fontsize=8)
    heat.set_title("spans by category and setting")

    own = own_words(examples, Reader(default_rulebook()))
    every = Counter(s.category for e in examples for s in e.spans)
    share.barh(CATEGORIES, [every[c] for c in CATEGORIES], color="#c6dbef", label="a rule's phrase")
    share.barh(CATEGORIES, [own[c] for c in CATEGORIES], color="#2171b5", label="in the writer's own words")
    share.invert_yaxis()
    share.set_title("spans")
    share.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)

    names = (*GENRES, OTHER_GENRE)
    blaming = Counter(genre_of(e) for e in examples if e.spans)
    clean = Counter(genre_of(e) for e in examples if not e.spans)
    kinds.barh(names, [blaming[n] for n in names], color="#2171b5", label="with blame")
    kinds.barh(names, [clean[n] for n in names], left=[blaming[n] for n in names], color="#c6dbef", label="clean")
    kinds.invert_yaxis()
    kinds.set_title("texts by kind of record")
    kinds.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)

    figure.tight_layout()
    figure.savefig(ROOT / "docs" / "coverage.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
