"""The command line: parse, call, print, exit code. Everything else is in the library."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from notes_lint import __version__

if TYPE_CHECKING:
    from notes_lint.linter import Linter
    from notes_lint.reports.tally import Report
    from notes_lint.sources import Note, Problem
    from notes_lint.sources.checked import Checked

# Heavy modules are imported inside the commands: --help, --version, rules and explain must answer at once.

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # they print local variables, and those hold notes
    help="Find victim-blaming language in children's records and suggest child-centred wording, on this machine only.",
)


class Format(str, Enum):
    """How findings are printed."""

    text = "text"
    json = "json"
    jsonl = "jsonl"


class Level(str, Enum):
    """A severity."""

    low = "low"
    medium = "medium"
    high = "high"


FOUND, FAILED = 1, 2
ModelOption = Annotated[Path | None, typer.Option("--model", help="Folder of another model.", show_default=False)]
TrustOption = Annotated[
    bool, typer.Option("--trust-model", help="Load a model that did not come with notes-lint (it can run code).")
]


def _fail(message: str) -> NoReturn:
    typer.echo(f"notes-lint: {message}", err=True)
    raise typer.Exit(FAILED)


def _import_spacy_without_torch() -> None:
    """SpaCy imports torch where it is installed, which triples the start; nothing here uses it."""
    if "torch" not in sys.modules:
        sys.modules["torch"] = None  # type: ignore[assignment]
        try:
            import spacy  # noqa: F401
        finally:
            del sys.modules["torch"]  # scipy, imported later, must not find it half hidden


def _linter(model: Path | None = None, trust: bool = False) -> Linter:
    _import_spacy_without_torch()
    from notes_lint.linter import Linter
    from notes_lint.resources import ModelError
    from notes_lint.rulebook import RuleError

    try:
        return Linter(model, trust_model=trust)
    except (ModelError, RuleError) as error:
        _fail(str(error))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"notes-lint {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def _items(
    paths: list[str], stdin_filename: str | None, text_column: str | None, id_column: str | None
) -> Iterator[Note | Problem]:
    from notes_lint.sources import Columns, read_data, read_paths

    columns = Columns(text_column, id_column)
    for path in paths:
        if path == "-":
            yield from read_data(sys.stdin.buffer.read(), stdin_filename or "stdin.txt", columns)
        else:
            yield from read_paths([Path(path)], columns)


def _with_progress(items: Iterable[Checked | Problem]) -> Iterator[Checked | Problem]:
    """Count notes on stderr as they pass, on a terminal only, and only if findings do not go there too."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,} notes checked"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        for item in items:
            progress.advance(task)
            yield item


@app.command()
def check(
    paths: Annotated[
        list[str], typer.Argument(help="Files and folders (.txt .md .docx .csv .jsonl), or - for standard input.")
    ],
    output_format: Annotated[Format, typer.Option("--format", help="How to print findings.")] = Format.text,
    text_column: Annotated[
        str | None, typer.Option(help="Column (or key) of the text; guessed if not given.", show_default=False)
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(help="Column (or key) of the identifier.", show_default=False)
    ] = None,
    fail_on: Annotated[Level, typer.Option(help="Lowest severity that gives exit code 1.")] = Level.low,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit 0 even if something is found.")] = False,
    stdin_filename: Annotated[
        str | None, typer.Option(help="Name (and kind, by its ending) of standard input.", show_default=False)
    ] = None,
    model: ModelOption = None,
    trust_model: TrustOption = False,
) -> None:
    """Check notes and show what blames a child, why, and what to write instead.

    Exit code: 0 nothing found, 1 something found, 2 something could not be checked.
    """
    linter = _linter(model, trust_model)
    from notes_lint.reports.tally import Tally
    from notes_lint.sources import Problem
    from notes_lint.sources.checked import check_notes

    report = _report(output_format)
    tally = Tally()
    for item in _with_progress(check_notes(linter, _items(paths, stdin_filename, text_column, id_column))):
        if isinstance(item, Problem):
            typer.echo(f"notes-lint: not checked: {item}", err=True)
        tally.add(item)
        report.add(item)
    report.close(tally)
    if tally.not_checked:
        raise typer.Exit(FAILED)
    if tally.fails(fail_on.value) and not exit_zero:
        raise typer.Exit(FOUND)


def _report(output_format: Format) -> Report:
    from notes_lint.reports.json import Json, JsonLines
    from notes_lint.reports.terminal import Terminal

    out = sys.stdout
    if output_format is Format.text:
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="replace")  # a character that the terminal cannot show is no reason to stop
        return Terminal(out)
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(encoding="utf-8")  # JSON is UTF-8 wherever it is printed
    return Json(out) if output_format is Format.json else JsonLines(out)


@app.command()
def explain(code: Annotated[str, typer.Argument(help="A rule code, such as SR001.")]) -> None:
    """Explain a rule: the phrases, why they harm, what to write instead, and the source."""
    from notes_lint.reports.rules import explanation
    from notes_lint.rulebook import default_rulebook

    try:
        rule = default_rulebook()[code]
    except KeyError:
        _fail(f"no rule has the code {code!r}; 'notes-lint rules' lists them all")
    typer.echo(explanation(rule))


@app.command()
def rules(
    category: Annotated[str | None, typer.Option(help="Only this category.", show_default=False)] = None,
    output_format: Annotated[Format, typer.Option("--format", help="How to print the rules.")] = Format.text,
) -> None:
    """List the rules."""
    from notes_lint.finding import CATEGORIES
    from notes_lint.reports.rules import as_json, listing
    from notes_lint.rulebook import default_rulebook

    if category is not None and category not in CATEGORIES:
        _fail(f"no category {category!r}; there are {', '.join(CATEGORIES)}")
    chosen = [rule for rule in default_rulebook() if category in (None, rule.category)]
    typer.echo(listing(chosen) if output_format is Format.text else as_json(chosen, output_format is Format.jsonl))


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="Labelled texts (data/README.md): a JSONL file or a folder.")],
    repeats: Annotated[int, typer.Option(help="Bootstrap samples for the intervals.", min=0)] = 500,
    model: ModelOption = None,
    trust_model: TrustOption = False,
) -> None:
    """Measure the findings against labelled texts, beside four baselines, with 95% intervals."""
    from notes_lint.judging.corpus import CorpusError, read_examples, read_folder

    try:
        examples = read_folder(file) if file.is_dir() else read_examples(file)
    except CorpusError as error:
        _fail(str(error))
    if not examples:
        _fail(f"{file}: holds no labelled text")
    linter = _linter(model, trust_model)
    from notes_lint.judging.workshop import measure
    from notes_lint.reports.evaluation import evaluation_table

    found = measure(linter.model, linter.reader, examples, repeats=repeats)
    typer.echo(evaluation_table(examples, found, repeats=repeats))


@app.command()
def train(
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of labelled texts (data/train of the checkout if not given), or one .jsonl file of your own "
            "labelled notes to refit the model in use to."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the model; models/ of the checkout if not given.")
    ] = None,
    encoder: Annotated[Path | None, typer.Option(help="Folder of the encoder; the one in use if not given.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Without an encoder: by words and rules alone.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write a refitted model even if it is worse.")] = False,
    model: ModelOption = None,
    trust_model: TrustOption = False,
    jobs: Annotated[int, typer.Option(help="Folds fitted side by side.", min=1)] = 2,
) -> None:
    """Fit the heads anew from labelled texts, or refit them to your own, and write model, manifest and card."""
    from notes_lint.judging.artefact import load
    from notes_lint.judging.corpus import CorpusError
    from notes_lint.judging.workshop import build, rebuild
    from notes_lint.resources import ModelError, checkout_folder, model_folder

    def say(text: str) -> None:
        typer.echo(text, err=True)

    if plain and encoder is not None:
        _fail("--plain and --encoder contradict each other")
    data = data or checkout_folder("data/train")
    own = data is not None and data.is_file()
    release = out is None
    out = out or (None if own else checkout_folder("models"))
    if data is None or out is None:
        _fail("say --out FOLDER for your own model" if own else "not in a checkout of notes-lint: say --data and --out")
    try:
        if own:
            source = model or model_folder()
            rebuild(data, load(source, trust=trust_model), source, out, force=force, say=say)
        else:
            deep = None if plain else encoder or (out if release else model_folder())
            build(data, out, release=release, encoder=deep, jobs=jobs, say=say)
    except (CorpusError, ModelError, ValueError) as error:
        _fail(str(error))


@app.command("train-encoder")
def train_encoder(
    data: Annotated[
        Path | None, typer.Option(help="Folder of labelled texts; data/train of the checkout if not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the encoder; models/ of the checkout if not given.")
    ] = None,
    work: Annotated[Path, typer.Option(help="Folder for checkpoints; a broken run goes on from there.")] = Path(
        "build/encoder"
    ),
    base: Annotated[str, typer.Option(help="Pretrained encoder to start from: minilm or mpnet.")] = "minilm",
    layers: Annotated[int, typer.Option(help="Layers of it to keep, from below; 0 for all.", min=0)] = 0,
    epochs: Annotated[int, typer.Option(help="Times that every text is read.", min=1)] = 5,
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 1e-4,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    held_out: Annotated[
        str, typer.Option(help="Authors, parted by commas, whose texts it must not see: the heads need some.")
    ] = "",
) -> None:
    """Fine-tune the encoder on labelled texts (needs the extra 'train'); afterwards fit the heads with 'train'."""
    from notes_lint.judging.bases import BASES, BaseError
    from notes_lint.judging.corpus import CorpusError
    from notes_lint.judging.plan import HELD_OUT, Plan
    from notes_lint.judging.workshop import build_encoder
    from notes_lint.resources import checkout_folder

    data = data or checkout_folder("data/train")
    out = out or checkout_folder("models")
    if data is None or out is None:
        _fail("not in a checkout of notes-lint: say --data and --out")
    if base not in BASES:
        _fail(f"no pretrained encoder is called {base}; there are {' and '.join(BASES)}")
    plan = Plan(base=base, layers=layers, epochs=epochs, rate=rate, seed=seed)
    try:
        unseen = held_out.split(",") if held_out else HELD_OUT
        build_encoder(data, out, work, plan, unseen, say=lambda text: typer.echo(text, err=True))
    except ModuleNotFoundError as error:
        _fail(f"{error.name} is not installed; run: pip install 'notes-lint[train]'")
    except (BaseError, CorpusError, ValueError) as error:
        _fail(str(error))


@app.command()
def corpus(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of labelled texts; data/ of the checkout if not given.")
    ] = None,
) -> None:
    """Count what the corpus holds, and check it against its rules."""
    from notes_lint.judging.corpus import CorpusError
    from notes_lint.reading import Reader
    from notes_lint.reports.corpus import corpus_table
    from notes_lint.resources import checkout_folder
    from notes_lint.rulebook import default_rulebook

    folder = folder or checkout_folder("data")
    if folder is None:
        _fail("not in a checkout of notes-lint: name a folder")
    try:
        table, faults = corpus_table(folder, Reader(default_rulebook()))
    except CorpusError as error:
        _fail(str(error))
    typer.echo(table)
    for fault in faults:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(FAILED)


def main() -> None:
    """Run the command; an unexpected error names its place in the program and never a word of a note."""
    try:
        app()
    except BrokenPipeError:  # whoever read our output has gone; that is their right
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        typer.echo(f"notes-lint: internal error: {type(error).__name__} at {where}; please report it", err=True)
        sys.exit(FAILED)
