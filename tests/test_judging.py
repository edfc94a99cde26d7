"""Judging: measures by hand, training on little, and the chain of trust of the model on disk."""

from __future__ import annotations

import json
import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from notes_lint import Linter, ModelError
from notes_lint.judging import artefact
from notes_lint.judging.corpus import Example, Span, read_folder, write_examples
from notes_lint.judging.evaluation import Predicted, count, evaluate, measures, pairs_right
from notes_lint.judging.training import ORDINARY_RATE, choose_thresholds, sure_score
from notes_lint.judging.workshop import build, measure, rebuild
from notes_lint.reading import Reader
from notes_lint.resources import checkout_folder, model_folder
from notes_lint.rulebook import default_rulebook
from tests.conftest import ROOT


def example(name: str, text: str, *spans: tuple[int, int, str], pair: str | None = None) -> Example:
    return Example(name, text, tuple(Span(a, b, c, "high") for a, b, c in spans), pair=pair)


def test_counts_by_hand() -> None:
    gold = example("a", "x" * 20, (0, 4, "agency"), (10, 14, "missing"))
    c = count(gold, [Predicted(2, 6, "consent"), Predicted(15, 18, "agency")])
    assert (c.hits, c.misses, c.false, c.same_category) == (1, 1, 1, 0)
    assert (c.chars_hit, c.chars_missed, c.chars_false) == (2, 6, 5)
    assert c.by_category == {"agency": (1, 1), "missing": (0, 1)}


def test_one_prediction_finds_one_span() -> None:
    gold = example("a", "x" * 20, (0, 4, "agency"), (6, 10, "agency"))
    assert count(gold, [Predicted(0, 10, "agency")]).misses == 1


def test_measures_by_hand() -> None:
    texts = [example("a", "one two", (0, 3, "agency")), example("b", "one two three four")]
    predicted = [[Predicted(0, 3, "agency")], [Predicted(0, 3, "agency")]]
    m = measures([count(e, p) for e, p in zip(texts, predicted, strict=True)])
    assert m["span F1"] == pytest.approx(2 / 3)
    assert m["text F1"] == pytest.approx(2 / 3)
    assert m["false per 1,000 clean words"] == 250


def test_pairs_need_both_right() -> None:
    texts = [
        example("a", "one", (0, 3, "agency"), pair="b"),
        example("b", "two", pair="a"),
        example("c", "one", (0, 3, "agency"), pair="d"),
        example("d", "two", pair="c"),
    ]
    hit = [Predicted(0, 3, "agency")]
    assert pairs_right(texts, [hit, [], hit, hit]) == [True, False]


def test_intervals_hold_the_value_and_repeat() -> None:
    texts = [example(str(n), "one two", *([(0, 3, "agency")] if n % 2 else [])) for n in range(40)]
    predicted = [[Predicted(0, 3, "agency")] if n % 3 else [] for n in range(40)]
    first, second = (evaluate(texts, predicted, repeats=200) for _ in range(2))
    assert first == second
    low, high = first.intervals["span F1"]
    assert low < first.values["span F1"] < high


def test_thresholds_respect_the_rate_of_false_findings() -> None:
    import numpy as np

    chances = np.linspace(0.01, 0.99, 400)
    right = np.repeat([0, 1], 200)
    ordinary = right == 0
    chosen = choose_thresholds(chances, right, ["agency"] * 400, ordinary, ordinary_words=10_000)
    assert (chances[ordinary] >= chosen["missing"]).sum() <= 10 * ORDINARY_RATE + 1
    assert chosen["agency"] >= chosen["missing"]


def test_what_is_sure_is_right_nine_times_in_ten() -> None:
    import numpy as np

    chances = np.linspace(0.99, 0.01, 100)
    right = np.array([1] * 45 + [0, 1] * 5 + [0] * 45)
    assert sure_score(chances, right) == pytest.approx(chances[54], abs=0.011)
    assert sure_score(chances, np.zeros(100)) == 1.0


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(model_folder(), folder)
    return folder


def test_the_released_model_is_trusted_and_found() -> None:
    assert model_folder() in (checkout_folder("models"), Path(artefact.__file__).parents[1] / "_models")
    assert artefact.load(model_folder())


def test_the_released_model_is_above_its_floors() -> None:
    """By the figures of its manifest, and by measuring a part of data/dev anew."""
    floors = tomllib.loads((ROOT / "tests" / "floors.toml").read_text())
    dev = artefact.read_manifest(model_folder())["figures"]["dev"]["notes-lint"]
    examples = read_folder(ROOT / "data" / "dev")
    first = examples[0].author
    examples = [e for e in examples if e.author == first]
    now = measure(artefact.load(model_folder()), Reader(default_rulebook()), examples, repeats=0)["notes-lint"].values
    for name, floor in floors["at_least"].items():
        assert dev[name][0] >= floor, name
        if name in now:
            assert now[name] >= floor - 0.1, f"{name}: the manifest says {dev[name][0]}"
    for name, ceiling in floors["at_most"].items():
        assert dev[name][0] <= ceiling, name
        assert now[name] <= 2 * ceiling, f"{name}: the manifest says {dev[name][0]}"


def test_a_model_of_ones_own_needs_trust(model: Path) -> None:
    manifest = model / "manifest.json"
    manifest.write_text(manifest.read_text() + "\n")
    with pytest.raises(ModelError, match="did not come with notes-lint"):
        Linter(model)
    assert Linter(model, trust_model=True).check("She puts herself at risk.")


def test_a_changed_file_is_never_loaded(model: Path) -> None:
    with (model / "heads.joblib").open("ab") as file:
        file.write(b"x")
    for trust in (False, True):
        with pytest.raises(ModelError, match=r"heads\.joblib is missing or not the file"):
            Linter(model, trust_model=trust)


@pytest.mark.parametrize("text", ["", "{}", '{"files": []}', "[1]"])
def test_a_broken_manifest_is_said(model: Path, text: str) -> None:
    (model / "manifest.json").write_text(text)
    with pytest.raises(ModelError, match="holds no model"):
        Linter(model, trust_model=True)


def test_a_manifest_cannot_point_outside_its_folder(model: Path, tmp_path: Path) -> None:
    (tmp_path / "evil").write_bytes(b"x")
    manifest = json.loads((model / "manifest.json").read_text())
    manifest["files"] = {"../evil": artefact.file_hash(tmp_path / "evil")}
    (model / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="missing or not the file"):
        Linter(model, trust_model=True)


def test_another_scikit_learn_is_refused_with_the_remedy(model: Path) -> None:
    manifest = json.loads((model / "manifest.json").read_text())
    manifest["versions"]["scikit-learn"] = "0.1.0"
    (model / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="pip install"):
        Linter(model, trust_model=True)


def test_the_environment_names_a_model(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTES_LINT_MODEL", str(model / "nowhere"))
    with pytest.raises(ModelError, match="holds no model"):
        Linter()


@pytest.mark.parametrize("deep", [False, True], ids=["words and rules alone", "with the encoder"])
def test_training_on_little_gives_a_model_that_works(tmp_path: Path, deep: bool) -> None:
    examples = read_folder(ROOT / "data" / "dev")
    names = sorted({e.author for e in examples})[:3]
    chosen = [e for e in examples if e.author in names]
    (tmp_path / "data").mkdir()
    write_examples(chosen, tmp_path / "data" / "some.jsonl")
    said: list[str] = []
    encoder = model_folder() if deep else None
    build(tmp_path / "data", tmp_path / "model", release=False, encoder=encoder, say=said.append)
    assert said
    manifest = artefact.read_manifest(tmp_path / "model")
    assert manifest["data"] == {"some.jsonl": artefact.file_hash(tmp_path / "data" / "some.jsonl")}
    with pytest.raises(ModelError, match="trust"):
        Linter(tmp_path / "model")
    linter = Linter(tmp_path / "model", trust_model=True)
    blaming = [e for e in chosen if e.spans]
    clean = [e for e in chosen if not e.spans]
    found = sum(bool(linter.check(e.text)) for e in blaming) / len(blaming)
    assert found > 0.2
    assert sum(bool(linter.check(e.text)) for e in clean) / len(clean) < found / 2


def test_an_encoder_is_asked_for_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="train-encoder"):
        build(ROOT / "data" / "dev", tmp_path / "model", release=False, encoder=tmp_path)


def test_heads_without_their_encoder_are_refused(model: Path) -> None:
    manifest = json.loads((model / "manifest.json").read_text())
    for name in ("encoder.onnx", "tokenizer.json", "encoder.json"):
        del manifest["files"][name]
    (model / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=r"names no encoder\.onnx"):
        Linter(model, trust_model=True)


def test_a_council_refits_the_model_to_its_notes(tmp_path: Path) -> None:
    """One author's texts, as if they were a council's: the new model works, and the old is as it was."""
    examples = read_folder(ROOT / "data" / "dev")
    author = examples[-1].author
    mine = [replace(e, author="") for e in examples if e.author == author]
    write_examples(mine, tmp_path / "own.jsonl")
    said: list[str] = []
    source = model_folder()
    old = artefact.load(source)
    result = rebuild(tmp_path / "own.jsonl", old, source, tmp_path / "model", force=True, say=said.append)
    assert any("before" in line for line in said)
    linter = Linter(tmp_path / "model", trust_model=True)
    assert linter.check("Jade continues to put herself at risk.")
    assert result.after.values["span F1"] > result.before.values["span F1"] - 0.03
    assert result.judge.settings.thresholds != old.judge.settings.thresholds
    assert result.judge.judge([Reader(default_rulebook()).read_piece("She left.")]) == [[]]
    figures = artefact.read_manifest(tmp_path / "model")["figures"]["local"]
    assert figures["after"]["span F1"][0] == pytest.approx(result.after.values["span F1"], abs=1e-3)


def test_a_worse_model_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = read_folder(ROOT / "data" / "dev")[:150]
    write_examples([replace(e, pair=None) for e in examples], tmp_path / "own.jsonl")
    monkeypatch.setattr("notes_lint.judging.refitting.Refit.gain", -0.1)
    with pytest.raises(ValueError, match="nothing was written"):
        rebuild(
            tmp_path / "own.jsonl",
            artefact.load(model_folder()),
            model_folder(),
            tmp_path / "model",
            force=False,
            say=lambda text: None,
        )
    assert not (tmp_path / "model").exists()


def test_refitting_needs_enough_notes(tmp_path: Path) -> None:
    write_examples([Example("1", "She left.", (Span(0, 3, "agency", "low"),))], tmp_path / "own.jsonl")
    model = artefact.load(model_folder())
    with pytest.raises(ValueError, match="at least 40 labelled spans"):
        rebuild(tmp_path / "own.jsonl", model, model_folder(), tmp_path / "m", force=False, say=lambda text: None)


def test_training_needs_two_authors(tmp_path: Path) -> None:
    one = [e for e in read_folder(ROOT / "data" / "dev") if e.author == read_folder(ROOT / "data" / "dev")[0].author]
    write_examples(one[:50], tmp_path / "one.jsonl")
    with pytest.raises(ValueError, match="two authors"):
        build(tmp_path, tmp_path / "model", release=False, encoder=None)
