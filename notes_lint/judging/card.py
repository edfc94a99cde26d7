"""The model card, written from the figures of the training run so that it cannot drift from the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from notes_lint.judging.evaluation import Report

_HEAD = """# Model card: notes-lint

Written by `notes-lint train` with the model; do not edit.

## What it is

A reader of case notes that marks victim-blaming wording about children. A spaCy pipeline reads (sentences,
shorthand, who speaks, who is meant, phrases of the rulebook); logistic regression in scikit-learn judges: a gate for
sentences, a head for words, a head that gives each proposed span a calibrated probability, and heads for category,
severity and reported views. Features are hashed: the file holds
weights, and none of the words of the texts it learnt from.

## Use

- **Meant for** the person writing or supervising a note, as a prompt to read a sentence again.
- **Not for** judging, ranking or counting workers; for deciding anything about a child; for passing a record as good
  because nothing was found; for other languages, or for records about adults.

## Data

{texts:,} invented texts by {authors} writers, {spans:,} labelled spans (`data/train`; datasheet in
`data/README.md`). No real record was used.

## Quality

Measured on `data/dev`, {dev_texts:,} texts by writers whose texts were not trained on; 95% bootstrap
intervals, twins kept together. The baselines are described in `notes_lint/judging/baselines.py`.

"""

_TAIL = """
## Limits

- Its texts are invented and hard on purpose: rates on real notes will differ. A council should measure on its own.
- It knows sentences and their neighbours, not the whole file: blame that only a chronology shows is missed.
- Who speaks and who is meant is told by word lists and distance; nested quotation and long sentences mislead it.
- Wording that is unlike anything in its texts is missed; irony mostly is.
- Fairness over names, pronouns and ages has not been measured yet.

## Making it

{seconds:.0f} seconds on two processor cores, no accelerator. `notes-lint train` makes it again from `data/train`.
"""


def quality(reports: Mapping[str, Report]) -> dict[str, dict[str, list[float]]]:
    """Figures for the manifest: reader, measure, [value, low, high]."""
    return {
        reader: {
            name: [round(x, 4) for x in (value, *report.intervals.get(name, ()))]
            for name, value in report.values.items()
        }
        for reader, report in reports.items()
    }


def _table(figures: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    readers = list(figures)
    lines = ["| | " + " | ".join(readers) + " |", "|---|" + "---|" * len(readers)]
    for name in figures[readers[0]]:
        cells = []
        for reader in readers:
            value, *interval = figures[reader][name]
            cells.append(f"{value:.2f}" + (f" ({interval[0]:.2f} to {interval[1]:.2f})" if interval else ""))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def model_card(figures: Mapping[str, Any]) -> str:
    """The card as Markdown, from the figures in the manifest."""
    quality_part = _table(figures["dev"]) if figures.get("dev") else "Not measured: there was no `data/dev`."
    return _HEAD.format(**figures) + quality_part + "\n" + _TAIL.format(**figures)
