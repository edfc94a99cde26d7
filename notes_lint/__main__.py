"""``python -m notes_lint``."""

from notes_lint.cli import main

main()
