"""The terminal view: the sentence, the words marked, why in one line, and other words for it."""

from __future__ import annotations

import re
from typing import TextIO

from rich.console import Console
from rich.text import Text

from notes_lint.finding import Finding
from notes_lint.reports.tally import Tally
from notes_lint.sources import Problem
from notes_lint.sources.checked import Checked

_COLOUR = {"high": "bold red", "medium": "bold yellow", "low": "bold cyan"}
_LONGEST = 110  # characters of the sentence shown on either side


def excerpt(text: str, finding: Finding) -> tuple[str, str, str]:
    """The sentence (or line) around a finding: before, the words, after; white space made plain."""
    before = text[max(0, finding.start - _LONGEST) : finding.start]
    after = text[finding.end : finding.end + _LONGEST]
    cut_before = len(before) < finding.start
    cut_after = finding.end + len(after) < len(text)
    starts = [m.end() for m in re.finditer(r"(?<=[.!?])\s+(?=\S)|\s*\n\s*", before)]
    if starts:
        before, cut_before = before[starts[-1] :], False
    end = re.search(r"[.!?](?=\s|$)|\s*\n", after)
    if end:
        after, cut_after = after[: end.end()].rstrip(), False
    if cut_before:
        before = "…" + before[before.find(" ") + 1 :]
    if cut_after:
        after = after[: after.rfind(" ")] + "…" if " " in after else after + "…"
    return tuple(re.sub(r"\s+", " ", part) for part in (before, finding.text, after))  # type: ignore[return-value]


class Terminal:
    """Prints findings as they come; marks the words with colour, or with «» where there is none."""

    def __init__(self, out: TextIO, *, colour: bool | None = None) -> None:
        self.console = Console(
            file=out,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=False,
            force_terminal=colour,
            no_color=None if colour is None else not colour,
        )
        if not self.console.is_terminal:
            self.console.width = 100
        encoding = (getattr(out, "encoding", None) or "utf-8").lower().replace("-", "")
        self.utf8 = encoding.startswith("utf")

    def _plain(self) -> bool:
        return self.console.no_color or not self.console.is_terminal

    def add(self, item: Checked | Problem) -> None:
        if isinstance(item, Problem):
            return  # problems are talk, and go to stderr
        if not item.findings:
            return
        note = item.note
        where = " · ".join(
            dict.fromkeys(p for p in (note.path, note.place, note.id) if p and p != f"{note.path}:{note.place}")
        )
        self._print(Text(where, style="bold"))
        for finding in item.findings:
            self._finding(note.text, finding)

    def _finding(self, text: str, finding: Finding) -> None:
        before, words, after = excerpt(text, finding)
        opening, closing = (("«", "»") if self.utf8 else (">>", "<<")) if self._plain() else ("", "")
        style = _COLOUR[finding.severity]
        kind = finding.category.replace("_", " ")
        label = f"{finding.code} {finding.severity}, {kind}" + (", reported view" if finding.reported else "")
        label += ", unsure" if finding.unsure else ""
        self._print(
            Text.assemble(before, opening, (words, style + " underline"), closing, after),
            indent=2,
        )
        self._print(Text.assemble((label, style), ": ", finding.message), indent=4)
        advice = (
            "Another professional's view: say whose it is, and question it. For example:"
            if finding.reported
            else "Instead, perhaps:"
        )
        self._print(Text(advice, style="dim"), indent=4)
        for suggestion in finding.suggestions:
            self._print(Text.assemble("- ", (suggestion, "green")), indent=6)
        self._print(Text(""))

    def _print(self, text: Text, indent: int = 0) -> None:
        if not self.utf8:
            text = Text(text.plain.encode("ascii", "replace").decode("ascii"))
        for line in text.wrap(self.console, max(20, self.console.width - indent)) or [text]:
            line.rstrip()
            self.console.print(Text(" " * indent) + line, soft_wrap=True)

    def close(self, tally: Tally) -> None:
        self._print(Text(tally.summary() + ".", style="bold"))
