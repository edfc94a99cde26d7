"""Fine-tuning: a pretrained encoder learns from the corpus which words carry blame, and is exported as int8 ONNX.

The only part of notes-lint that needs torch (extra ``train``). Word labels (none or one of twelve categories, where
a span begins, reported or not, severity) and sentence labels are learnt jointly, over windows of neighbouring
sentences, twins in one batch. Some authors are held out: what the encoder says of their texts is what it
says of texts never seen, so the heads learn from those how far to trust it.

A run writes a checkpoint every few minutes and goes on from it when it is started again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import average_precision_score
from spacy.tokens import Doc
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional
from transformers import AutoModel

from notes_lint.finding import CATEGORIES, SEVERITIES
from notes_lint.judging.plan import Plan
from notes_lint.judging.training import Read, gold_tokens
from notes_lint.reading import encoder as run_time
from notes_lint.reading.people import LABELS
from notes_lint.reading.windows import CONTEXT, LINE_BREAK, OWN, SIZE, Vocabulary, Window, cut_windows

IGNORE = -100


@dataclass
class Labels:
    """Labels of every token of a doc."""

    kind: list[int]
    begin: list[int]
    reported: list[int]
    severity: list[int]
    sentence: list[int]


@dataclass
class Text:
    """One doc, ready for the encoder."""

    doc: Doc
    pieces: list[tuple[int, ...]]
    counts: list[int]
    labels: Labels
    pair: str = ""


def labels_of(read: Read) -> Labels:
    """Labels of a read example, token by token."""
    doc = read.evidence.doc
    size = len(doc)
    out = Labels([0] * size, [0] * size, [IGNORE] * size, [IGNORE] * size, [0] * size)
    for start, end, span in gold_tokens(read):
        out.begin[start] = 1
        for i in (token.i for token in doc[start:end] if not token.is_space):
            out.kind[i] = 1 + CATEGORIES.index(span.category)
            out.reported[i] = int(span.reported)
            out.severity[i] = SEVERITIES.index(span.severity)
    for n, sentence in enumerate(doc.sents):
        out.sentence[sentence.start : sentence.end] = [n] * len(sentence)
    return out


def make_texts(reads: Sequence[Read], vocabulary: Vocabulary) -> list[Text]:
    """Cut every read example into pieces and label them."""
    texts = []
    for read in reads:
        pieces = vocabulary.doc(read.evidence.doc)
        pair = min(read.example.id, read.example.pair or read.example.id)
        texts.append(Text(read.evidence.doc, pieces, [len(p) for p in pieces], labels_of(read), pair))
    return texts


class Network(nn.Module):
    """The base encoder and one linear layer of ``run_time.WIDTH`` outputs for each piece, one for each sentence."""

    def __init__(self, base: nn.Module, width: int, dropout: float) -> None:
        super().__init__()
        self.base = base
        self.dropout = nn.Dropout(dropout)
        self.words = nn.Linear(width, run_time.WIDTH)
        self.sentences = nn.Linear(width, 1)

    def hidden(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden: torch.Tensor = self.base(input_ids=ids, attention_mask=mask).last_hidden_state
        return hidden

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Raw outputs, shape (windows, pieces, WIDTH)."""
        raw: torch.Tensor = self.words(self.hidden(ids, mask))
        return raw


def pruned_tokenizer(source: Path, keep: int, texts: Sequence[str]) -> tuple[Tokenizer, list[int]]:
    """A tokenizer of fewer pieces: all marks and letters, the ``keep`` commonest, and those of the corpus.

    Parameters:
        source: the base's tokenizer.json; its vocabulary stands in order of frequency.
        texts: words of the corpus.

    Returns:
        the tokenizer, and for each of its pieces the row of the base's embedding.
    """
    full = Tokenizer.from_file(str(source))
    full.no_truncation()
    full.no_padding()
    spec = json.loads(full.to_str())
    vocab: dict[str, int] = spec["model"]["vocab"]
    added = {token["content"] for token in spec["added_tokens"]}
    wanted = set(added) | {LINE_BREAK}
    ordinary = [w for w in sorted(vocab, key=lambda w: vocab[w]) if not w.startswith("[unused")]
    letters = [w for w in ordinary if len(w.removeprefix("##")) == 1 and ord(w[-1]) < 0x250]
    wanted.update(letters, ordinary[:keep])
    for encoding in full.encode_batch(sorted(set(texts)), add_special_tokens=False):
        wanted.update(encoding.tokens)
    kept = [w for w in sorted(vocab, key=lambda w: vocab[w]) if w in wanted]
    spec["model"]["vocab"] = {w: n for n, w in enumerate(kept)}
    place = spec["model"]["vocab"]
    for token in spec["added_tokens"]:
        token["id"] = place[token["content"]]
    processor = spec["post_processor"]
    if processor["type"] == "TemplateProcessing":
        for token in processor["special_tokens"].values():
            token["ids"] = [place[name] for name in token["tokens"]]
    else:
        for side in ("sep", "cls"):
            processor[side][1] = place[processor[side][0]]
    return Tokenizer.from_str(json.dumps(spec)), [vocab[w] for w in kept]


def build_network(folder: Path, plan: Plan, rows: Sequence[int]) -> Network:
    """The network, its embedding cut down to ``rows`` of the base's; its own layers begin as the seed has it."""
    torch.manual_seed(plan.seed)
    base = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    if plan.layers:
        base.encoder.layer = base.encoder.layer[: plan.layers]
        base.config.num_hidden_layers = plan.layers
    embeddings = base.get_input_embeddings()
    padding = None if embeddings.padding_idx is None else list(rows).index(embeddings.padding_idx)
    smaller = nn.Embedding.from_pretrained(
        embeddings.weight.data[list(rows)].clone(), freeze=False, padding_idx=padding
    )
    base.set_input_embeddings(smaller)
    base.config.vocab_size = len(rows)
    if padding is not None and base.config.model_type == "mpnet":
        # MPNet counts positions from its padding's number; keep the number that its embedding was trained with
        base.embeddings.padding_idx = base.config.pad_token_id
        if padding != base.config.pad_token_id:
            raise ValueError("the base's padding must keep its place in the vocabulary")
    return Network(base, base.config.hidden_size, plan.dropout)


@dataclass
class Batch:
    """Tensors of some windows: pieces, mask, labels; the same shape (windows, pieces) but for the sentences."""

    ids: torch.Tensor
    mask: torch.Tensor
    kind: torch.Tensor
    begin: torch.Tensor
    reported: torch.Tensor
    severity: torch.Tensor
    sentence: torch.Tensor
    sentence_kind: torch.Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(**{name: value.to(device) for name, value in vars(self).items()})


def _batch(windows: Sequence[tuple[Text, Window, list[tuple[int, ...]]]], vocabulary: Vocabulary) -> Batch:
    sizes = [sum(map(len, pieces)) + 2 for _, _, pieces in windows]
    shape = (len(windows), max(sizes))
    ids = torch.full(shape, vocabulary.pad)
    mask = torch.zeros(shape, dtype=torch.long)
    kind, reported, severity = (torch.full(shape, IGNORE) for _ in range(3))
    begin = torch.full(shape, -1.0)
    sentence = torch.full(shape, -1)
    sentence_kind: list[int] = []
    for row, (text, window, pieces) in enumerate(windows):
        at = 1
        ids[row, 0] = vocabulary.first
        labels = text.labels
        known: dict[int, int] = {}
        for i, word in zip(range(window.start, window.end), pieces, strict=True):
            if not word:
                continue
            here = slice(at, at + len(word))
            number = labels.sentence[i]
            if number not in known:
                known[number] = len(sentence_kind)
                # a sentence cut off by the window's edge is judged by what is seen of it
                seen = [j for j in range(window.start, window.end) if labels.sentence[j] == number]
                sentence_kind.append(int(any(labels.kind[j] for j in seen)))
            ids[row, here] = torch.tensor(word)
            kind[row, here] = labels.kind[i]
            begin[row, at] = labels.begin[i]
            reported[row, here] = labels.reported[i]
            severity[row, here] = labels.severity[i]
            sentence[row, here] = known[number]
            at += len(word)
        ids[row, at] = vocabulary.last
        mask[row, : at + 1] = 1
    return Batch(ids, mask, kind, begin, reported, severity, sentence, torch.tensor(sentence_kind, dtype=torch.float))


_SWAPPED = {
    "he": "she", "she": "he", "his": "her", "himself": "herself", "herself": "himself", "boy": "girl", "girl": "boy",
    "boys": "girls", "girls": "boys", "son": "daughter", "daughter": "son", "lad": "girl",
}  # fmt: skip
_TEENS = frozenset(str(age) for age in range(11, 18))
_NO_NAMES = LABELS.keys() | set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december christmas easter ramadan eid english police".split()
)


def names_of(docs: Sequence[Doc]) -> frozenset[str]:
    """Norms that stand for a person or a place: inside sentences, they are nearly always capitalised."""
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    for doc in docs:
        for token in doc:
            if token.is_alpha and not token.is_sent_start and len(token) > 2:
                (capital if token.is_title else small)[token.norm_] += 1
    return frozenset(w for w, n in capital.items() if n > 4 * small[w] and w not in _NO_NAMES)


class Disguise:
    """The same texts with other names, now and then with the other pronouns and ages: what must not matter.

    A name becomes another name of the corpus, the same one throughout a text; "he" and "she" change places; an age
    from 11 to 17 becomes another; here and there a piece of a word is lost or misplaced, as typed in a hurry.
    """

    def __init__(self, texts: Sequence[Text], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        known = names_of([text.doc for text in texts])
        self.pool = sorted(known)
        self.names = {id(text): [t.i for t in text.doc if t.norm_ in known and not t.is_lower] for text in texts}

    def pieces(self, text: Text, rng: random.Random) -> list[tuple[int, ...]]:
        """The pieces of every token of ``text``, disguised."""
        out = list(text.pieces)
        if self.pool and rng.random() < 0.4:
            other: dict[str, str] = {}
            for i in self.names[id(text)]:
                norm = text.doc[i].norm_
                out[i] = self.vocabulary.word(other.setdefault(norm, rng.choice(self.pool)))
        if rng.random() < 0.2:
            for token in text.doc:
                norm = token.norm_
                if norm in ("him", "her"):
                    after = text.doc[token.i + 1] if token.i + 1 < len(text.doc) else None
                    owns = norm == "her" and after is not None and after.is_alpha and not after.is_stop
                    out[token.i] = self.vocabulary.word("his" if owns else "her" if norm == "him" else "him")
                elif norm in _SWAPPED:
                    out[token.i] = self.vocabulary.word(_SWAPPED[norm])
        if rng.random() < 0.2:
            for token in text.doc:
                if token.norm_ in _TEENS:
                    out[token.i] = self.vocabulary.word(rng.choice(sorted(_TEENS)))
        return [self._misspelt(ids, rng) for ids in out]

    def _misspelt(self, ids: tuple[int, ...], rng: random.Random) -> tuple[int, ...]:
        if len(ids) < 2 or rng.random() > 0.05:
            return ids
        i = rng.randrange(len(ids) - 1)
        if rng.random() < 0.5:
            return (*ids[:i], ids[i + 1], ids[i], *ids[i + 2 :])
        return ids[:i] + ids[i + 1 :]


def batches(
    texts: Sequence[Text], vocabulary: Vocabulary, plan: Plan, rng: random.Random, disguise: Disguise | None = None
) -> Iterator[Batch]:
    """One epoch of batches: windows of changing cut, of like length, twins together.

    Parameters:
        disguise: changes the words that must not matter; None leaves all as it is.
    """
    windows: list[tuple[int, Text, Window, list[tuple[int, ...]]]] = []
    for text in texts:
        own = rng.choice((24, 48, OWN, SIZE - 2))
        context = rng.choice((0, CONTEXT, CONTEXT))
        pieces = disguise.pieces(text, rng) if disguise is not None else text.pieces
        counts = [len(ids) for ids in pieces]
        for window in cut_windows(text.doc, counts, own=own, context=context):
            length = sum(counts[window.start : window.end])
            if length:
                windows.append((length, text, window, pieces[window.start : window.end]))
    twins: dict[str, list[int]] = {}
    for place, (_, text, _, _) in enumerate(windows):
        twins.setdefault(text.pair, []).append(place)
    # the windows of a pair of twins are put beside each other, where the longest of them belongs
    groups = sorted(twins.values(), key=lambda g: max(windows[i][0] for i in g) + rng.random() * 6)
    packed: list[list[int]] = []
    current: list[int] = []
    longest = 0
    for place in (i for group in groups for i in group):
        size = windows[place][0] + 2
        if current and (len(current) + 1) * max(longest, size) > plan.pieces:
            packed.append(current)
            current, longest = [], 0
        current.append(place)
        longest = max(longest, size)
    if current:
        packed.append(current)
    rng.shuffle(packed)
    for chosen in packed:
        yield _batch([windows[i][1:] for i in chosen], vocabulary)


def loss_of(network: Network, batch: Batch) -> torch.Tensor:
    """The joint loss: words, beginnings, reported, severity, sentences."""
    hidden = network.dropout(network.hidden(batch.ids, batch.mask))
    raw = network.words(hidden).float()
    loss = functional.cross_entropy(
        raw[..., : run_time.LABELS].reshape(-1, run_time.LABELS), batch.kind.reshape(-1), ignore_index=IGNORE
    )
    known = batch.begin >= 0
    loss = loss + 0.3 * functional.binary_cross_entropy_with_logits(raw[..., run_time.BEGIN][known], batch.begin[known])
    marked = batch.reported != IGNORE
    if marked.any():
        loss = loss + 0.1 * functional.binary_cross_entropy_with_logits(
            raw[..., run_time.REPORTED][marked], batch.reported[marked].float()
        )
        loss = loss + 0.1 * functional.cross_entropy(raw[..., run_time.SEVERITY :][marked], batch.severity[marked])
    inside = batch.sentence >= 0
    count = len(batch.sentence_kind)
    sums = torch.zeros(count, hidden.shape[-1], device=hidden.device).index_add(
        0, batch.sentence[inside], hidden[inside].float()
    )
    sizes = torch.zeros(count, device=hidden.device).index_add(
        0, batch.sentence[inside], torch.ones(int(inside.sum()), device=hidden.device)
    )
    scores = network.sentences(sums / sizes[:, None].clamp(min=1))[:, 0].float()
    return loss + 0.3 * functional.binary_cross_entropy_with_logits(scores, batch.sentence_kind)


def _rate(step: int, total: int) -> float:
    warm = max(1, total // 16)
    return min(1.0, step / warm) * max(0.02, 0.5 * (1 + math.cos(math.pi * min(1.0, step / total))))


def read_texts(
    network: Network, texts: Sequence[Text], vocabulary: Vocabulary, device: torch.device, *, exact: bool = False
) -> list[Any]:
    """What the network says of every token: for each text an array (tokens, WIDTH), as ``Encoder`` fills in.

    Parameters:
        exact: in single precision; otherwise in half, which is faster.
    """
    network.eval()
    out = [np.tile(run_time.UNREAD, (len(t.doc), 1)) for t in texts]
    jobs = [(n, w) for n, t in enumerate(texts) for w in cut_windows(t.doc, t.counts)]
    jobs = [(n, w) for n, w in jobs if sum(texts[n].counts[w.start : w.end])]
    jobs.sort(key=lambda job: sum(texts[job[0]].counts[job[1].start : job[1].end]))
    for begin in range(0, len(jobs), 32):
        some = jobs[begin : begin + 32]
        plain = [(texts[n], w, texts[n].pieces[w.start : w.end]) for n, w in some]
        batch = _batch(plain, vocabulary).to(device)
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=not exact):
            raw = network(batch.ids, batch.mask).float().cpu().numpy()
        for row, (n, w) in enumerate(some):
            counts = texts[n].counts[w.start : w.end]
            vectors = run_time.to_vectors(run_time.pool(raw[row, 1 : 1 + sum(counts)], counts))
            out[n][w.own_start : w.own_end] = vectors[w.own_start - w.start : w.own_end - w.start]
    return out


def word_precision(texts: Sequence[Text], vectors: Sequence[Any]) -> tuple[float, float]:
    """Average precision of "carries blame" over words, and over texts by their likeliest word."""
    words = np.concatenate([1 - np.exp(v[:, 0]) for v in vectors])
    gold = np.concatenate([np.asarray(t.labels.kind) > 0 for t in texts])
    tops = [float((1 - np.exp(v[:, 0])).max(initial=0.0)) for v in vectors]
    return (
        float(average_precision_score(gold, words)),
        float(average_precision_score([any(t.labels.kind) for t in texts], tops)),
    )


class Run:
    """A training run that can be broken off at any time and goes on from its last checkpoint.

    The weights that count are an average over the steps; of those averages the one is kept that was best on dev
    at the end of an epoch.
    """

    def __init__(self, network: Network, plan: Plan, checkpoint: Path, texts: str = "") -> None:
        self.texts = texts
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = network.to(self.device)
        self.plan = plan
        self.checkpoint = checkpoint
        base = [p for name, p in network.named_parameters() if name.startswith("base.")]
        heads = [p for name, p in network.named_parameters() if not name.startswith("base.")]
        self.optimiser = torch.optim.AdamW([{"params": base}, {"params": heads}], lr=plan.rate, weight_decay=0.01)
        self.average = self._weights()
        self.best = self._weights()
        self.state: dict[str, Any] = {
            "epoch": 0,
            "batch": 0,
            "step": 0,
            "loss": 0.0,
            "best": -1.0,
            "log": [],
            "seconds": 0,
        }

    def _weights(self) -> dict[str, torch.Tensor]:
        return {name: value.detach().clone() for name, value in self.network.state_dict().items()}

    def save(self) -> None:
        part = self.checkpoint.with_suffix(".part")
        content = {
            "plan": asdict(self.plan),
            "texts": self.texts,
            "network": self.network.state_dict(),
            "average": self.average,
            "best": self.best,
            "optimiser": self.optimiser.state_dict(),
            "state": self.state,
        }
        torch.save(content, part)
        part.replace(self.checkpoint)

    def resume(self) -> bool:
        """Go on from the checkpoint, if there is one.

        Raises:
            ValueError: it belongs to another plan or to other texts.
        """
        if not self.checkpoint.is_file():
            return False
        saved = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        if saved["plan"] != asdict(self.plan) or saved["texts"] != self.texts:
            raise ValueError(f"{self.checkpoint}: belongs to another plan or to other texts; remove it to begin anew")
        self.network.load_state_dict(saved["network"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.average, self.best, self.state = saved["average"], saved["best"], saved["state"]
        return True

    def step(self, batch: Batch, total: int) -> None:
        """One step of ``total``."""
        self.state["step"] += 1
        done = self.state["step"]
        torch.manual_seed(self.plan.seed * 1_000_000 + done)  # the same dropout after a break
        for group, rate in zip(self.optimiser.param_groups, (self.plan.rate, self.plan.head_rate), strict=True):
            group["lr"] = rate * _rate(done, total)
        with torch.autocast(self.device.type, torch.bfloat16):
            loss = loss_of(self.network, batch.to(self.device))
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        keep = min(self.plan.average, done / (done + 10))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                if value.dtype.is_floating_point:
                    self.average[name].mul_(keep).add_(value, alpha=1 - keep)
        self.state["loss"] += float(loss.detach())

    def end_epoch(self, dev: Sequence[Text], vocabulary: Vocabulary) -> str:
        """Measure the averaged weights on ``dev``, keep them if they are the best so far, say how they did."""
        now = self._weights()
        self.network.load_state_dict(self.average)
        words, whole = word_precision(dev, read_texts(self.network, dev, vocabulary, self.device))
        self.network.load_state_dict(now)
        state = self.state
        state["log"].append({"loss": state["loss"] / state["batch"], "dev_words": words, "dev_texts": whole})
        state |= {"epoch": state["epoch"] + 1, "batch": 0, "loss": 0.0}
        if words > state["best"]:
            state["best"] = words
            self.best = {name: value.clone() for name, value in self.average.items()}
        return f"epoch {state['epoch']}: average precision on dev {words:.3f} over words, {whole:.3f} over texts"


def fingerprint(texts: Sequence[Text]) -> str:
    """A hash of the pieces and labels of all texts: whether a checkpoint was made from these."""
    found = hashlib.sha256()
    for text in texts:
        found.update(repr((text.pieces, text.labels)).encode())
    return found.hexdigest()


def finetune(
    texts: Sequence[Text],
    dev: Sequence[Text],
    network: Network,
    vocabulary: Vocabulary,
    plan: Plan,
    checkpoint: Path,
    say: Callable[[str], None] = lambda message: None,
    pause: float = 600,
) -> dict[str, Any]:
    """Train, or go on training from ``checkpoint``.

    Parameters:
        pause: seconds between checkpoints.

    Returns:
        figures of the run, for the manifest; the best weights are left in ``network``.

    Raises:
        ValueError: the checkpoint belongs to another plan or to other texts.
    """
    run = Run(network, plan, checkpoint, fingerprint(texts))
    state = run.state
    if run.resume():
        state = run.state
        say(f"going on after {state['step']} steps")

    disguise = Disguise(texts, vocabulary)

    def epoch_batches(epoch: int) -> Iterator[Batch]:
        rng = random.Random(plan.seed * 1000 + epoch)  # noqa: S311
        return batches(texts, vocabulary, plan, rng, disguise)

    total = plan.epochs * sum(1 for _ in epoch_batches(0))
    saved = time.perf_counter()
    while state["epoch"] < plan.epochs:
        network.train()
        done = state["batch"]
        began = time.perf_counter()
        for batch in islice(epoch_batches(state["epoch"]), done, None):
            run.step(batch, total)
            state["batch"] += 1
            now = time.perf_counter()
            if state["batch"] % 100 == 0:
                speed = (state["batch"] - done) / (now - began)
                at = f"epoch {state['epoch'] + 1}, step {state['step']} of {total}"
                say(f"{at}: loss {state['loss'] / state['batch']:.3f}, {speed:.2f} steps/s")
            if now - saved > pause:
                state["seconds"] += now - saved
                saved = now
                run.save()
        say(run.end_epoch(dev, vocabulary))
        state["seconds"] += time.perf_counter() - saved
        saved = time.perf_counter()
        run.save()
    network.load_state_dict(run.best)
    return {"plan": asdict(plan), "epochs": state["log"], "seconds": round(state["seconds"])}


class _Export(nn.Module):
    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        raw: torch.Tensor = self.network(ids, mask)
        return raw


def export(network: Network, folder: Path, tokenizer: Tokenizer) -> None:
    """Write ``encoder.onnx`` and ``tokenizer.json``.

    Weights are held in 8 bits, by blocks; every row of activations is scaled for itself. ONNX's usual dynamic
    quantisation scales a whole batch at once, so that a note would read differently in other company.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("onnxruntime.quantization").setLevel(logging.ERROR)
    full = folder / "encoder.full.onnx"
    ids = torch.ones(2, 8, dtype=torch.long)
    axes = {0: "windows", 1: "pieces"}
    torch.onnx.export(
        _Export(network.cpu().eval()),
        (ids, torch.ones_like(ids)),
        str(full),
        input_names=["ids", "mask"],
        output_names=["raw"],
        dynamic_axes={"ids": axes, "mask": axes, "raw": axes},
        opset_version=17,
        dynamo=False,
    )
    config = DefaultWeightOnlyQuantConfig(block_size=32, is_symmetric=True, accuracy_level=4, bits=8)
    quantiser = MatMulNBitsQuantizer(onnx.load(str(full)), algo_config=config)
    quantiser.process()
    onnx.save(quantiser.model.model, str(full))
    # the embedding is looked up, never multiplied: its 8 bits touch no activations
    quantize_dynamic(
        str(full), str(folder / run_time.MODEL), op_types_to_quantize=["Gather"], weight_type=QuantType.QInt8
    )
    full.unlink()
    tokenizer.save(str(folder / run_time.TOKENIZER), pretty=False)
