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
sentences, heads for words, a head that gives each proposed span a calibrated probability, and heads for category,
severity and reported views. Features are hashed: the heads hold weights and numbers, and none of the words of the
texts they learnt from.

{encoder_part}

## Use

- **Meant for** the person writing or supervising a note, as a prompt to read a sentence again.
- **Not for** judging, ranking or counting workers; for deciding anything about a child; for passing a record as good
  because nothing was found; for other languages, or for records about adults.

## Data

{texts:,} invented texts by {authors} writers, {spans:,} labelled spans (`data/train`; datasheet in
`data/README.md`). No real record was used.

## Quality

Measured on `data/dev`, {dev_texts:,} texts by writers whose texts were not trained on (the encoder's best epoch was
chosen on them); 95% bootstrap intervals, twins kept together. The baselines are described in
`notes_lint/judging/baselines.py`.

"""

_TAIL = """
## Limits

- Its texts are invented and hard on purpose: rates on real notes will differ. A council should measure on its own.
- It knows sentences and their neighbours, not the whole file: blame that only a chronology shows is missed.
- Who speaks and who is meant is told by word lists and distance; nested quotation and long sentences mislead it.
- Wording that is unlike anything in its texts is missed; irony mostly is.
- Subjects mislead it still: words that blame a child are sometimes marked where they are said of an adult.

## Making it

Heads: {seconds:.0f} seconds on two processor cores. `notes-lint train` makes them again from `data/train`.
"""

_ENCODER = """Sentences that pass the gate are read by an encoder, {base} ({layers}), fine-tuned on the texts of
{seen} of those writers and held in 8 bits; what it says of each word is weighed beside the rules
and the other heads, which learnt how far to trust it from the {unseen} writers that it had not
seen. Its training took {seconds:.0f} seconds. The pretrained weights are Apache-2.0 (sentence-
transformers)."""


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
    encoder = figures.get("encoder")
    encoder_part = "It has no encoder: it goes by words and rules alone."
    if encoder:
        plan = encoder["plan"]
        encoder_part = _ENCODER.format(
            base={"minilm": "MiniLM-L6", "mpnet": "MPNet-base"}.get(plan["base"], plan["base"]),
            layers=f"its first {plan['layers']} layers" if plan["layers"] else "all its layers",
            seen=len(encoder["seen"]),
            unseen=figures["authors"] - len(encoder["seen"]),
            seconds=encoder["seconds"],
        )
    quality_part = _table(figures["dev"]) if figures.get("dev") else "Not measured: there was no `data/dev`."
    return _HEAD.format(**figures, encoder_part=encoder_part) + quality_part + "\n" + _TAIL.format(**figures)


def refit_card(figures: Mapping[str, Any]) -> str:
    """The card of a model refitted to a service's own notes."""
    return (
        "# Model card: notes-lint, refitted\n\n"
        "The model that came with notes-lint, its span head and thresholds fitted anew on its own numbers and on "
        f"{figures['texts']:,} notes of a service's own with {figures['spans']:,} labelled spans. Measured on those "
        "notes, each part judged by heads that had not seen it; 95% bootstrap intervals.\n\n"
        + _table(figures["local"])
        + "\n"
    )
