"""Judging: measures by hand, training on little, and the chain of trust of the model on disk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from notes_lint import Linter, ModelError
from notes_lint.judging import artefact
from notes_lint.judging.corpus import Example, Span, read_folder, write_examples
from notes_lint.judging.evaluation import Predicted, count, evaluate, measures, pairs_right
from notes_lint.judging.training import ORDINARY_RATE, choose_thresholds
from notes_lint.judging.workshop import build
from notes_lint.resources import checkout_folder, model_folder
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


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(model_folder(), folder)
    return folder


def test_the_released_model_is_trusted_and_found() -> None:
    assert model_folder() in (checkout_folder("models"), Path(artefact.__file__).parents[1] / "_models")
    assert artefact.load(model_folder())


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


def test_training_on_little_gives_a_model_that_works(tmp_path: Path) -> None:
    examples = read_folder(ROOT / "data" / "dev")
    names = sorted({e.author for e in examples})[:3]
    chosen = [e for e in examples if e.author in names]
    (tmp_path / "data").mkdir()
    write_examples(chosen, tmp_path / "data" / "some.jsonl")
    said: list[str] = []
    build(tmp_path / "data", tmp_path / "model", release=False, say=said.append)
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


def test_training_needs_two_authors(tmp_path: Path) -> None:
    one = [e for e in read_folder(ROOT / "data" / "dev") if e.author == read_folder(ROOT / "data" / "dev")[0].author]
    write_examples(one[:50], tmp_path / "one.jsonl")
    with pytest.raises(ValueError, match="two authors"):
        build(tmp_path, tmp_path / "model", release=False)
