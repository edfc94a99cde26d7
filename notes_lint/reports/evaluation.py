"""The evaluation in print: the judge beside four baselines, each figure with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from notes_lint.judging.corpus import Example
from notes_lint.judging.evaluation import Report


def evaluation_table(examples: Sequence[Example], found: Mapping[str, Report], *, repeats: int) -> str:
    """The whole evaluation as plain text.

    Parameters:
        found: what ``judging.workshop.measure`` returned for the examples with so many ``repeats``.
    """
    ours = found["notes-lint"]
    clean = sum(not e.spans for e in examples)
    lines = [f"{len(examples)} texts, {clean} of them clean; {sum(len(e.spans) for e in examples)} labelled spans", ""]
    for name in ours.values:
        lines.append(f"{name}")
        for reader, report in found.items():
            low_high = ""
            if name in report.intervals:
                low, high = report.intervals[name]
                low_high = f"  [{low:.3f}, {high:.3f}]"
            lines.append(f"  {reader:<20} {report.values[name]:7.3f}{low_high}")
    lines += ["", "spans found, by category"]
    lines += [f"  {name:<20} {hit:4d} of {of}" for name, (hit, of) in ours.recall.items() if of]
    lines += ["", "clean texts left alone, by kind"]
    lines += [f"  {name:<24} {ok:4d} of {of}" for name, (ok, of) in ours.clean_ok.items()]
    if repeats:
        lines += ["", f"intervals: 95%, bootstrap over texts with twins kept together, {repeats} samples"]
    return "\n".join(lines)
