"""Fine-tuning: what is exported reads as what was trained. Needs the extra ``train``."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from notes_lint.judging.corpus import Example, Span
from notes_lint.judging.training import read_example
from notes_lint.reading import Reader

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from tokenizers import Tokenizer  # noqa: E402
from tokenizers.models import WordPiece  # noqa: E402
from tokenizers.normalizers import BertNormalizer  # noqa: E402
from tokenizers.pre_tokenizers import BertPreTokenizer  # noqa: E402
from tokenizers.processors import BertProcessing  # noqa: E402

from notes_lint.judging import finetuning  # noqa: E402
from notes_lint.judging.plan import Plan  # noqa: E402
from notes_lint.reading.encoder import WIDTH, Encoder  # noqa: E402
from notes_lint.reading.windows import Vocabulary  # noqa: E402

TEXTS = ["He keeps putting himself at risk.", "She refuses to engage with us.", "Tea and toast.", "The bus was late."]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A tiny BERT with a vocabulary of letters and a few words."""
    letters = [chr(c) for c in range(97, 123)]
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[unused1]",
        ".",
        *letters,
        *("##" + c for c in letters),
        "risk",
        "bus",
    ]
    tokenizer = Tokenizer(WordPiece({w: n for n, w in enumerate(words)}, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    folder = tmp_path / "base"
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48
    )
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def examples() -> list[Example]:
    out = []
    for number in range(24):
        text = TEXTS[number % 4]
        spans = ()
        if number % 4 == 0:
            spans = (Span(9, 32, "self_risk", "high", False, "is at risk"),)
        elif number % 4 == 1:
            spans = (Span(4, 21, "engagement", "medium", False, "has not been reached"),)
        out.append(Example(id=str(number), text=text, spans=spans, author=f"w{number % 3}"))
    return out


def test_a_trained_network_is_exported_as_it_is(base: Path, tmp_path: Path, reader: Reader) -> None:
    plan = Plan(epochs=25, rate=2e-3, vocabulary=0, pieces=512, average=0.5)
    reads = [read_example(e, reader.read_piece(e.text)) for e in examples()]
    words = [t.norm_ for r in reads for t in r.evidence.doc]
    tokenizer, rows = finetuning.pruned_tokenizer(base / "tokenizer.json", plan.vocabulary, words)
    vocabulary = Vocabulary(tokenizer)
    network = finetuning.build_network(base, plan, rows)
    texts = finetuning.make_texts(reads, vocabulary)
    figures = finetuning.finetune(texts, texts, network, vocabulary, plan, tmp_path / "checkpoint.pt")
    assert figures["epochs"][-1]["dev_words"] > 0.9, "it should learn four sentences by heart"

    finetuning.export(network, tmp_path / "out", tokenizer)
    device = torch.device("cpu")
    docs = [reader.read_piece(t) for t in [*TEXTS, " ".join(TEXTS), "Bus, risk & tea\n- xylophone"]]
    Encoder(tmp_path / "out")(docs)
    plain = [replace_doc(texts[0], doc, vocabulary) for doc in docs]
    expected = finetuning.read_texts(network, plain, vocabulary, device, exact=True)
    for doc, vectors in zip(docs, expected, strict=True):
        assert doc.tensor.shape == (len(doc), WIDTH)
        difference = np.abs(np.exp(doc.tensor[:, 0]) - np.exp(vectors[:, 0]))
        assert difference.max() < 0.1, "int8 may differ a little from what was trained"


def replace_doc(text: finetuning.Text, doc: object, vocabulary: Vocabulary) -> finetuning.Text:
    pieces = vocabulary.doc(doc)
    return replace(text, doc=doc, pieces=pieces, counts=[len(p) for p in pieces], labels=blank(len(doc)))


def blank(size: int) -> finetuning.Labels:
    none = [finetuning.IGNORE] * size
    return finetuning.Labels([0] * size, [0] * size, none, none, [0] * size)


def test_a_broken_run_goes_on(base: Path, tmp_path: Path, reader: Reader) -> None:
    """Broken off twice, a run ends as it would have in one go; a checkpoint of another plan is refused."""
    reads = [read_example(e, reader.read_piece(e.text)) for e in examples()]
    words = [t.norm_ for r in reads for t in r.evidence.doc]
    plan = Plan(epochs=3, vocabulary=0, pieces=128)
    tokenizer, rows = finetuning.pruned_tokenizer(base / "tokenizer.json", 0, words)
    vocabulary = Vocabulary(tokenizer)
    texts = finetuning.make_texts(reads, vocabulary)

    def run(checkpoint: Path, stop_after: int | None = None) -> dict[str, object]:
        torch.manual_seed(1)
        network = finetuning.build_network(base, plan, rows)
        left = [stop_after]
        step = finetuning.Run.step

        def counted(self: finetuning.Run, batch: finetuning.Batch, total: int) -> None:
            if left[0] is not None:
                if left[0] == 0:
                    raise KeyboardInterrupt
                left[0] -= 1
            step(self, batch, total)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(finetuning.Run, "step", counted)
            return finetuning.finetune(texts, texts, network, vocabulary, plan, checkpoint, pause=0)

    whole = run(tmp_path / "a.pt")
    for stop_after in (2, 3):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "b.pt", stop_after)
    resumed = run(tmp_path / "b.pt")
    for first, second in zip(whole["epochs"], resumed["epochs"], strict=True):
        assert second == pytest.approx(first, rel=1e-3)
    other = replace(plan, epochs=9)
    with pytest.raises(ValueError, match="another plan"):
        finetuning.finetune(
            texts, texts, finetuning.build_network(base, plan, rows), vocabulary, other, tmp_path / "b.pt"
        )


def test_a_disguise_changes_names_and_pronouns_and_nothing_else(
    base: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Then Jade, 14, told Priya that he met her friend and took himself off. Jade cried."
    read = read_example(Example(id="1", text=text, spans=(), author="w1"), reader.read_piece(text))
    words = [t.norm_ for t in read.evidence.doc]
    vocabulary = Vocabulary(finetuning.pruned_tokenizer(base / "tokenizer.json", 0, words)[0])
    texts = finetuning.make_texts([read], vocabulary)
    disguise = finetuning.Disguise(texts, vocabulary)
    rng = random.Random(3)  # noqa: S311
    assert disguise.pool == ["jade", "priya"]
    monkeypatch.setattr(finetuning.Disguise, "_misspelt", lambda self, ids, rng: ids)
    seen = {tuple(disguise.pieces(texts[0], rng)) for _ in range(300)}
    plain = texts[0].pieces
    changed = {words[i] for pieces in seen for i, ids in enumerate(pieces) if ids != plain[i]}
    assert len(seen) >= 6
    assert {"jade", "priya", "he", "himself"} <= changed <= {"14", "jade", "priya", "he", "her", "himself"}
