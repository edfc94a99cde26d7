"""Draw docs/check.svg: the real terminal output for one sample record. Run: python docs/picture.py"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.text import Text

from notes_lint import Linter
from notes_lint.reports.tally import Tally
from notes_lint.reports.terminal import Terminal
from notes_lint.sources import read_paths
from notes_lint.sources.checked import check_notes

ROOT = Path(__file__).parent.parent
SAMPLE = "data/samples/police-missing-report.txt"


def main() -> None:
    terminal = Terminal(io.StringIO(), colour=True)
    terminal.console.width = 100
    terminal.console.record = True
    terminal.console.print(Text(f"$ notes-lint check {SAMPLE}\n", style="dim"))
    tally = Tally()
    for item in check_notes(Linter(), read_paths([Path(SAMPLE)])):
        terminal.add(item)
        tally.add(item)
    terminal.close(tally)
    svg = terminal.console.export_svg(title="notes-lint")
    # rich links a font on the web; the picture must fetch nothing
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "DejaVu Sans Mono")
    (ROOT / "docs" / "check.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
