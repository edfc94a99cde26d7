"""The rulebook: which phrases blame, why, and what to write instead.

Rules are TOML, one file for each category (``notes_lint/rules/``), so that a practitioner can read and mend
them. This module loads them, refuses a bad entry by file and name, and parses phrase patterns. It imports
neither spaCy nor scikit-learn: ``notes-lint rules`` and ``explain`` must answer at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from notes_lint.finding import CATEGORIES, SEVERITIES, Severity

RULES = Path(__file__).parent / "rules"

CODE = re.compile(r"[A-Z]{2}\d{3}")
PLACEHOLDERS = frozenset({"they", "them", "their", "themselves", "are", "have"})
"""What an alternative may leave open; ``notes_lint.wording`` fills it to fit the sentence."""

WORD_CLASSES: Mapping[str, frozenset[str]] = {
    "they": frozenset({"he", "she", "they", "s/he"}),
    "them": frozenset({"him", "her", "them"}),
    "their": frozenset({"his", "her", "their", "'s"}),
    "self": frozenset({"himself", "herself", "themselves", "themself", "self"}),
    "child": frozenset(
        "he she they child girl boy yp person people teenager teen youth lad lass youngster pupil student "
        "daughter son patient minor children girls boys kid".split()
    ),
    "not": frozenset({"not", "never", "no"}),
}


class RuleError(ValueError):
    """A rule file that cannot be used; the message names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Element:
    """One place in a phrase: the words and lemmas that may stand there, or a gap.

    A gap has neither words nor lemmas and stands for zero to ``most`` words of any kind.
    """

    words: frozenset[str] = frozenset()
    lemmas: frozenset[str] = frozenset()
    least: int = 1
    most: int = 1

    @property
    def is_gap(self) -> bool:
        return not self.words and not self.lemmas


@dataclass(frozen=True, slots=True)
class Source:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of blaming: the phrases that do it, why it harms, and other words.

    ``context`` says when the same words are innocent; ``contested`` that guides disagree; ``ask`` is a
    question that only the writer can answer.
    """

    code: str
    name: str
    category: str
    severity: Severity
    patterns: tuple[str, ...]
    why: str
    alternatives: tuple[str, ...]
    source: Source | None
    contested: bool = False
    context: str = ""
    ask: str = ""


@dataclass(frozen=True)
class Category:
    """A category and its own rule ``..000``, which stands for wording that no phrase names."""

    id: str
    prefix: str
    title: str
    fallback: Rule
    rules: tuple[Rule, ...]


class Rulebook:
    """All rules by code, in the order of the categories."""

    def __init__(self, categories: Mapping[str, Category]) -> None:
        self.categories = dict(categories)
        self._by_code = {
            rule.code: rule for category in self.categories.values() for rule in (category.fallback, *category.rules)
        }

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def __getitem__(self, code: str) -> Rule:
        """The rule of a code, in either case.

        Raises:
            KeyError: no rule has that code.
        """
        return self._by_code[code.upper()]

    def fallback(self, category: str) -> Rule:
        """The rule ``..000`` of a category."""
        return self.categories[category].fallback


def parse_pattern(pattern: str) -> tuple[Element, ...]:
    """Read one phrase pattern.

    Elements stand apart by spaces: ``word``; ``~word`` any inflection of it; ``a|~b`` either; ``<self>``
    a class of ``WORD_CLASSES``; a ``?`` behind makes it optional; ``..`` is a gap of up to three words,
    ``..2`` of up to two. A hyphen inside a word is optional where the text is read.

    Raises:
        ValueError: the pattern is not of this form.
    """
    elements: list[Element] = []
    for piece in pattern.split():
        if piece.startswith(".."):
            digits = piece[2:] or "3"
            if not digits.isdigit():
                raise ValueError(f"{piece!r} is no gap: write '..' or '..2'")
            elements.append(Element(least=0, most=int(digits)))
            continue
        optional = piece.endswith("?")
        words: set[str] = set()
        lemmas: set[str] = set()
        for atom in piece.removesuffix("?").split("|"):
            if atom.startswith("<") and atom.endswith(">"):
                if atom[1:-1] not in WORD_CLASSES:
                    raise ValueError(f"{atom} is no word class; there are {', '.join(sorted(WORD_CLASSES))}")
                words |= WORD_CLASSES[atom[1:-1]]
            elif re.fullmatch(r"~[a-z]+", atom):
                lemmas.add(atom[1:])
            elif re.fullmatch(r"[^\W_A-Z]+(?:['/-][^\W_A-Z]+)*|'s|@", atom):
                words.add(atom)
            else:
                raise ValueError(f"{atom!r} is no word: use lower case, '~' for inflections, '|' and '?'")
        elements.append(Element(frozenset(words), frozenset(lemmas), least=0 if optional else 1))
    if not any(not element.is_gap and element.least for element in elements):
        raise ValueError("a pattern needs at least one word that must be there")
    if elements[0].is_gap or elements[-1].is_gap:
        raise ValueError("a gap may not stand at either end")
    return tuple(elements)


def _texts(entry: Mapping[str, Any], key: str, least: int) -> tuple[str, ...]:
    value = entry.get(key)
    if not isinstance(value, list) or len(value) < least or not all(isinstance(v, str) and v.strip() for v in value):
        raise ValueError(f"{key!r} must be a list of at least {least} texts")
    return tuple(value)


def _text(entry: Mapping[str, Any], key: str, *, required: bool = True) -> str:
    value = entry.get(key, "")
    if not isinstance(value, str) or (required and not value.strip()):
        raise ValueError(f"{key!r} must be a text")
    return value


KEYS = frozenset("code name severity patterns why alternatives source_title source_url contested context ask".split())


def _rule(entry: Mapping[str, Any], category: str, *, phrases: bool) -> Rule:
    unknown = set(entry) - KEYS
    if unknown:
        raise ValueError(f"unknown key {', '.join(sorted(unknown))}")
    code = _text(entry, "code")
    if not CODE.fullmatch(code):
        raise ValueError(f"code {code!r} is not two capital letters and three digits")
    severity = entry.get("severity")
    if severity not in SEVERITIES:
        raise ValueError(f"severity {severity!r} is not one of {', '.join(SEVERITIES)}")
    patterns = _texts(entry, "patterns", 1) if phrases else ()
    for pattern in patterns:
        try:
            parse_pattern(pattern)
        except ValueError as error:
            raise ValueError(f"pattern {pattern!r}: {error}") from None
    alternatives = _texts(entry, "alternatives", 2)
    for alternative in alternatives:
        for name in re.findall(r"\{([^}]*)\}", alternative):
            if name not in PLACEHOLDERS:
                raise ValueError(f"{{{name}}} is no placeholder; there are {', '.join(sorted(PLACEHOLDERS))}")
    title, url = _text(entry, "source_title", required=False), _text(entry, "source_url", required=False)
    if bool(title) != bool(url):
        raise ValueError("a source needs both 'source_title' and 'source_url'")
    contested = entry.get("contested", False)
    if not isinstance(contested, bool):
        raise ValueError("'contested' must be true or false")
    return Rule(
        code=code,
        name=_text(entry, "name"),
        category=category,
        severity=severity,
        patterns=patterns,
        why=_text(entry, "why"),
        alternatives=alternatives,
        source=Source(title, url) if title else None,
        contested=contested,
        context=_text(entry, "context", required=False),
        ask=_text(entry, "ask", required=False),
    )


def load_category(path: Path) -> Category:
    """Load one rule file.

    Raises:
        RuleError: the file is not TOML, or an entry is wrong; the message names both.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path.name}: not a TOML file: {error}") from None
    head = data.get("category")
    if not isinstance(head, dict):
        raise RuleError(f"{path.name}: no [category] table")
    name = head.get("id")
    if name not in CATEGORIES:
        raise RuleError(f"{path.name}: [category] id {name!r} is not one of {', '.join(CATEGORIES)}")
    prefix = head.get("prefix")
    entries: list[tuple[str, Mapping[str, Any], bool]] = [
        (
            "[category]",
            {k: v for k, v in head.items() if k not in ("id", "prefix")} | {"code": f"{prefix}000"},
            False,
        )
    ]
    for number, entry in enumerate(data.get("rule", ()), 1):
        entries.append((f"rule {number} ({entry.get('code', 'no code')})", entry, True))
    rules: list[Rule] = []
    for label, entry, phrases in entries:
        try:
            rule = _rule(entry, name, phrases=phrases)
            if not rule.code.startswith(str(prefix)):
                raise ValueError(f"code does not begin with the category's prefix {prefix!r}")
            if rule.code in {other.code for other in rules}:
                raise ValueError(f"code {rule.code} is used twice")
        except ValueError as error:
            raise RuleError(f"{path.name}: {label}: {error}") from None
        rules.append(rule)
    return Category(name, str(prefix), rules[0].name, rules[0], tuple(rules[1:]))


def load_rulebook(directory: Path = RULES) -> Rulebook:
    """Load every rule file of a folder, one for each category.

    Raises:
        RuleError: a file or entry is wrong, a category is missing or stands twice, or two rules share a phrase.
    """
    loaded: dict[str, Category] = {}
    for path in sorted(directory.glob("*.toml")):
        category = load_category(path)
        if category.id in loaded:
            raise RuleError(f"{path.name}: category {category.id!r} stands in another file too")
        loaded[category.id] = category
    missing = [name for name in CATEGORIES if name not in loaded]
    if missing:
        raise RuleError(f"{directory.name}: no rule file for {', '.join(missing)}")
    owner: dict[str, str] = {}
    for category in loaded.values():
        for rule in category.rules:
            for pattern in rule.patterns:
                if owner.setdefault(pattern, rule.code) != rule.code:
                    raise RuleError(f"{category.id}.toml: {rule.code}: pattern {pattern!r} belongs to {owner[pattern]}")
    return Rulebook({name: loaded[name] for name in CATEGORIES})


@lru_cache(maxsize=1)
def default_rulebook() -> Rulebook:
    """The rules in the package, loaded once."""
    return load_rulebook()
