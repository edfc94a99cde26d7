"""Making and measuring a model in one call: what ``notes-lint train`` and ``evaluate`` do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from spacy.tokens import Doc

from notes_lint.judging import artefact
from notes_lint.judging.baselines import NAMES, Baselines
from notes_lint.judging.card import model_card, quality
from notes_lint.judging.corpus import Example, read_folder
from notes_lint.judging.evaluation import Predicted, Report, evaluate
from notes_lint.judging.judge import Judgement
from notes_lint.judging.training import code_priors, read_example, train
from notes_lint.reading import Reader
from notes_lint.rulebook import default_rulebook


def predicted(doc: Doc, judgements: Sequence[Judgement]) -> list[Predicted]:
    """The findings among the judgements of a doc, as character offsets of it."""
    return [Predicted(doc[j.start].idx, doc[j.start : j.end].end_char, j.category) for j in judgements if j.is_finding]


def measure(
    model: artefact.Model, reader: Reader, examples: Sequence[Example], *, repeats: int = 500
) -> dict[str, Report]:
    """Evaluate a model and the baselines on the same texts.

    Parameters:
        repeats: bootstrap samples for the intervals; 0 for none.

    Returns:
        "notes-lint" first, then each baseline by its name.
    """
    categories = {rule.code: rule.category for rule in reader.rulebook}
    found: dict[str, list[list[Predicted]]] = {name: [] for name in ("notes-lint", *NAMES)}
    for example in examples:
        here: dict[str, list[Predicted]] = {name: [] for name in found}
        pieces = reader.read(example.text)
        for piece, judgements in zip(pieces, model.judge.judge([p.doc for p in pieces]), strict=True):
            each = model.baselines.predict(piece.doc, categories)
            each["notes-lint"] = predicted(piece.doc, judgements)
            for name, spans in each.items():
                here[name] += [s._replace(start=s.start + piece.offset, end=s.end + piece.offset) for s in spans]
        for name, spans in here.items():
            found[name].append(spans)
    return {name: evaluate(examples, spans, repeats=repeats) for name, spans in found.items()}


def build(
    data: Path, out: Path, *, release: bool, jobs: int = 2, say: Callable[[str], None] = lambda message: None
) -> None:
    """Train on every .jsonl of ``data``, measure on ``data/../dev`` if there is one, write model, manifest and card.

    Parameters:
        release: pin the model in the package, so that it is trusted by default.

    Raises:
        CorpusError: a labelled text is wrong.
        ValueError: too little to learn from.
    """
    began = time.perf_counter()
    examples = read_folder(data)
    reader = Reader(default_rulebook())
    say(f"reading {len(examples)} texts")
    docs = [reader.read_piece(example.text) for example in examples]
    prefixes = {name: category.prefix for name, category in reader.rulebook.categories.items()}
    judge = train(examples, docs, prefixes, say=say, jobs=jobs)
    reads = [read_example(example, doc) for example, doc in zip(examples, docs, strict=True)]
    majority = {code: log_odds > 0 for code, log_odds in code_priors(reads).items()}
    baselines = Baselines.fit([r.evidence for r in reads], [r.token_labels for r in reads], majority)
    model = artefact.Model(judge, baselines)
    seconds = time.perf_counter() - began
    dev = data.parent / "dev"
    held_out = read_folder(dev) if dev.is_dir() and dev != data else []
    if held_out:
        say(f"measuring on {len(held_out)} texts of {dev}")
    figures = {
        "texts": len(examples),
        "authors": len({example.author for example in examples}),
        "spans": sum(len(example.spans) for example in examples),
        "seconds": round(seconds),
        "dev_texts": len(held_out),
        "dev": quality(measure(model, reader, held_out)) if held_out else {},
    }
    hashes = {path.name: artefact.file_hash(path) for path in sorted(data.glob("*.jsonl"))}
    artefact.save(model, out, data=hashes, figures=figures, release=release)
    (out / "CARD.md").write_text(model_card(figures), encoding="utf-8")
    say(f"written to {out}")
