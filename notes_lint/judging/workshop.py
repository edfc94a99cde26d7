"""Making and measuring a model in one call: what ``notes-lint train`` and ``evaluate`` do."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from spacy.tokens import Doc

from notes_lint.judging import artefact
from notes_lint.judging.baselines import NAMES, Baselines
from notes_lint.judging.card import model_card, quality, refit_card
from notes_lint.judging.corpus import Example, read_examples, read_folder
from notes_lint.judging.evaluation import Predicted, Report, evaluate
from notes_lint.judging.judge import Judgement
from notes_lint.judging.plan import Plan
from notes_lint.judging.refitting import Refit, refit
from notes_lint.judging.training import code_priors, read_example, train
from notes_lint.reading import Reader
from notes_lint.reading.encoder import Encoder
from notes_lint.reading.windows import Vocabulary
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


def _hashes(data: Path) -> dict[str, str]:
    return {path.name: artefact.file_hash(path) for path in sorted(data.glob("*.jsonl"))}


def build(
    data: Path,
    out: Path,
    *,
    release: bool,
    encoder: Path | None,
    jobs: int = 2,
    say: Callable[[str], None] = lambda message: None,
) -> None:
    """Train on every .jsonl of ``data``, measure on ``data/../dev`` if there is one, write model, manifest and card.

    Parameters:
        release: pin the model in the package, so that it is trusted by default.
        encoder: folder of the encoder; None for a judge that goes by words and rules alone.

    Raises:
        CorpusError: a labelled text is wrong.
        ModelError: the folder holds no encoder.
        ValueError: too little to learn from.
    """
    began = time.perf_counter()
    examples = read_folder(data)
    reader = Reader(default_rulebook())
    say(f"reading {len(examples)} texts")
    docs = [reader.read_piece(example.text) for example in examples]
    prefixes = {name: category.prefix for name, category in reader.rulebook.categories.items()}
    history = artefact.encoder_history(encoder) if encoder is not None else {"seen": []}
    judge = train(
        examples,
        docs,
        prefixes,
        encoder=Encoder(encoder) if encoder is not None else None,
        seen=history["seen"],
        say=say,
        jobs=jobs,
    )
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
        "encoder": history if encoder is not None else None,
    }
    hashes = _hashes(data)
    artefact.save(model, out, data=hashes, figures=figures, release=release, encoder=encoder)
    (out / "CARD.md").write_text(model_card(figures), encoding="utf-8")
    say(f"written to {out}")


def rebuild(
    data: Path, model: artefact.Model, source: Path, out: Path, *, force: bool, say: Callable[[str], None]
) -> Refit:
    """Refit a model to the labelled notes of one file and write it, unless it would be worse.

    Parameters:
        source: folder that ``model`` came from; its encoder is copied.
        force: write it even so.

    Raises:
        CorpusError: a labelled note is wrong.
        ValueError: too little to learn from, or the new model finds less well and ``force`` is not said.
    """
    examples = read_examples(data)
    reader = Reader(default_rulebook())
    docs = [reader.read_piece(example.text) for example in examples]
    result = refit(model.judge, examples, docs, say)
    for name in ("span F1", "false per 1,000 clean words"):
        (low, high), value = result.after.intervals[name], result.after.values[name]
        say(
            f"{name} on these notes: {result.before.values[name]:.3f} before, {value:.3f} [{low:.3f}, {high:.3f}] after"
        )
    if result.gain < 0 and not force:
        raise ValueError("the refitted model finds less well on these notes than the one in use; nothing was written")
    figures = {
        "texts": len(examples),
        "spans": sum(len(example.spans) for example in examples),
        "local": quality({"before": result.before, "after": result.after}),
    }
    encoder = source if model.judge.encoder is not None else None
    new = artefact.Model(result.judge, model.baselines)
    # the name of the file might be a child's
    hashes = {"own notes": artefact.file_hash(data)}
    artefact.save(new, out, data=hashes, figures=figures, release=False, encoder=encoder)
    (out / "CARD.md").write_text(refit_card(figures), encoding="utf-8")
    say(f"written to {out}; use it with --model {out} --trust-model")
    return result


def build_encoder(
    data: Path,
    out: Path,
    work: Path,
    plan: Plan,
    held_out: Sequence[str],
    say: Callable[[str], None] = lambda message: None,
) -> None:
    """Fine-tune an encoder on every .jsonl of ``data`` and export it to ``out``. Needs the extra ``train``.

    Parameters:
        work: folder for checkpoints; a run that was broken off goes on from there.
        held_out: authors whose texts it must not see, so that the heads can learn from them how far to trust it.

    Raises:
        BaseError: the pretrained encoder is not installed.
        CorpusError: a labelled text is wrong.
        ValueError: too few texts, or the checkpoint belongs to another plan.
    """
    from notes_lint.judging import finetuning
    from notes_lint.judging.bases import base_folder

    hashes = _hashes(data)
    examples = read_folder(data)
    learnt = [e for e in examples if e.author not in held_out]
    if not learnt or len({e.author for e in examples if e.author in held_out}) < 2:
        raise ValueError("an encoder needs texts to learn from, and two authors held out")
    dev = data.parent / "dev"
    if not dev.is_dir():
        raise ValueError(f"{dev}: no texts to choose the best epoch by")
    reader = Reader(default_rulebook())
    work.mkdir(parents=True, exist_ok=True)
    base = base_folder(plan.base, work)
    say(f"reading {len(learnt)} texts")
    reads = [read_example(e, reader.read_piece(e.text)) for e in learnt]
    held = [read_example(e, reader.read_piece(e.text)) for e in read_folder(dev)]
    words = [token.norm_ for read in reads for token in read.evidence.doc]
    tokenizer, rows = finetuning.pruned_tokenizer(base / "tokenizer.json", plan.vocabulary, words)
    vocabulary = Vocabulary(tokenizer)
    network = finetuning.build_network(base, plan, rows)
    texts, dev_texts = (finetuning.make_texts(some, vocabulary) for some in (reads, held))
    figures = finetuning.finetune(texts, dev_texts, network, vocabulary, plan, work / "checkpoint.pt", say)
    finetuning.export(network, out, tokenizer)
    history = {
        "seen": sorted({e.author for e in learnt}),
        "held_out": sorted(held_out),
        "data": hashes,
        **figures,
    }
    (out / artefact.ENCODER).write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")
    say(f"written to {out}; now fit the heads: notes-lint train")
