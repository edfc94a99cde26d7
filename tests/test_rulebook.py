"""The rulebook: what it holds, what it refuses, and that every rule finds what it says it finds."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from notes_lint import Linter
from notes_lint.finding import CATEGORIES
from notes_lint.reading import Reader
from notes_lint.rulebook import RULES, Rule, Rulebook, RuleError, load_category, load_rulebook, parse_pattern
from tests.conftest import ROOT

CASES = {
    code: case
    for category in CATEGORIES
    for code, case in tomllib.loads((ROOT / "tests/cases" / f"{category}.toml").read_text(encoding="utf-8")).items()
}
ALL_RULES = [rule for rule in load_rulebook() if rule.patterns]
FLAGS = [(rule.code, text) for rule in ALL_RULES for text in CASES.get(rule.code, {}).get("flag", [])]

GOOD = """
[category]
id = "agency"
prefix = "AG"
name = "a"
severity = "high"
why = "w"
alternatives = ["x", "y"]

[[rule]]
code = "AG001"
name = "n"
severity = "low"
patterns = ["~choose to"]
why = "w"
alternatives = ["{are} x", "y"]
"""


def marked(text: str) -> tuple[str, int, int]:
    match = re.search(r"\[\[(.+?)\]\]", text)
    assert match, f"no [[ ]] in {text!r}"
    return text.replace("[[", "").replace("]]", ""), match.start(), match.start() + len(match[1])


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda r: r.code)
def test_every_rule_has_cases(rule: Rule) -> None:
    assert len(CASES[rule.code]["flag"]) >= 2
    assert len(CASES[rule.code]["pass"]) >= 2


def test_no_case_without_a_rule() -> None:
    assert set(CASES) <= {rule.code for rule in ALL_RULES}


@pytest.mark.parametrize(("code", "text"), FLAGS, ids=[f"{code}-{n}" for n, (code, _) in enumerate(FLAGS)])
def test_phrase_is_proposed_where_the_case_says(reader: Reader, code: str, text: str) -> None:
    plain, start, end = marked(text)
    doc = reader.read_piece(plain)
    spans = doc.spans["candidates"]
    assert any(s.label_ == code and s.start_char < end and start < s.end_char for s in spans)


def test_all_categories_have_rules_and_each_rule_teaches(rulebook: Rulebook) -> None:
    assert list(rulebook.categories) == list(CATEGORIES)
    for category in rulebook.categories.values():
        assert len(category.rules) >= 5
    for rule in rulebook:
        assert 2 <= len(rule.alternatives) <= 4, rule.code
        assert rule.why.lstrip("'\"")[0].isupper(), f"{rule.code}: a sentence begins with a capital"
        assert rule.why.endswith("."), f"{rule.code}: a sentence ends with a full stop"
        assert rule.source is None or rule.source.url.startswith("http"), rule.code


def test_alternatives_are_not_flagged_themselves(rulebook: Rulebook, linter: Linter) -> None:
    open_places = {"they": "she", "them": "her", "their": "her", "themselves": "herself", "are": "is", "have": "has"}
    texts = [(rule.code, "She " + text.format(**open_places) + ".") for rule in rulebook for text in rule.alternatives]
    found = [(r.id, f.code, f.text) for r in linter.check_many(texts) for f in r.findings]
    # some alternatives stand for a noun, and "She something ..." is no sentence: hence a few
    assert len(found) <= 0.03 * len(texts), found


def test_good_file_loads(tmp_path: Path) -> None:
    (tmp_path / "agency.toml").write_text(GOOD)
    category = load_category(tmp_path / "agency.toml")
    assert category.fallback.code == "AG000"
    assert category.rules[0].patterns == ("~choose to",)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('severity = "low"', 'severity = "awful"', "severity 'awful'"),
        ('code = "AG001"', 'code = "A1"', "code 'A1'"),
        ('code = "AG001"', 'code = "CO001"', "prefix"),
        ('"~choose to"', '"Choose to"', "pattern 'Choose to'"),
        ('"~choose to"', '".. to"', "gap"),
        ('"~choose to"', '"<nobody> to"', "word class"),
        ('"{are} x"', '"{is} x"', "placeholder"),
        ('alternatives = ["{are} x", "y"]', 'alternatives = ["x"]', "alternatives"),
        ('why = "w"\nalternatives = ["{', 'whi = "w"\nalternatives = ["{', "unknown key whi"),
        ('patterns = ["~choose to"]', "patterns = []", "patterns"),
    ],
)
def test_bad_entry_is_refused_by_file_and_entry(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in GOOD
    (tmp_path / "agency.toml").write_text(GOOD.replace(old, new))
    with pytest.raises(RuleError, match=r"agency\.toml: rule 1") as error:
        load_category(tmp_path / "agency.toml")
    assert named in str(error.value)


def test_bad_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "agency.toml"
    path.write_text("[category\n")
    with pytest.raises(RuleError, match="not a TOML file"):
        load_category(path)
    path.write_text(GOOD + GOOD[GOOD.index("[[rule]]") :])
    with pytest.raises(RuleError, match="used twice"):
        load_category(path)
    path.write_text(GOOD.replace('id = "agency"', 'id = "weather"'))
    with pytest.raises(RuleError, match="weather"):
        load_category(path)
    path.write_text(GOOD)
    with pytest.raises(RuleError, match="no rule file for self_risk"):
        load_rulebook(tmp_path)


def test_a_phrase_belongs_to_one_rule(tmp_path: Path) -> None:
    for path in RULES.glob("*.toml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    second = GOOD[GOOD.index("[[rule]]") :]
    text = GOOD + second.replace("AG001", "AG002")
    (tmp_path / "agency.toml").write_text(text)
    with pytest.raises(RuleError, match="belongs to AG001"):
        load_rulebook(tmp_path)


def test_patterns_read_as_documented() -> None:
    put, reflexive, gap, risk = parse_pattern("~put|~place <self> ..2 risk?")[0:4]
    assert put.lemmas == {"put", "place"}
    assert "herself" in reflexive.words
    assert gap.is_gap
    assert gap.most == 2
    assert risk.least == 0


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("~put <self> at ..1 risk", "he was putting himself at serious risk", "putting himself at serious risk"),
        ("~put <self> at ..1 risk", "cont. to put self @ risk", "put self @ risk"),
        ("risk-taking ~behaviour", "signs of risk taking behaviours", "risk taking behaviours"),
        ("risk-taking ~behaviour", "his Risk-Taking behaviour", "Risk-Taking behaviour"),
        ("will not engage", "T won't engage with us", "won't engage"),
        ("~refuse to ~engage", "YP refsd to engage", "refsd to engage"),
        ("dna ..1", "YP DNA'd", None),
    ],
)
def test_patterns_match_text_as_typed(reader: Reader, pattern: str, text: str, found: str | None) -> None:
    from dataclasses import replace

    from notes_lint.reading.phrases import PhraseFinder

    if found is None:
        with pytest.raises(ValueError, match="gap"):
            parse_pattern(pattern)
        return
    first = next(r for r in ALL_RULES)
    one = Rulebook({})
    one._by_code = {"ZZ001": replace(first, code="ZZ001", patterns=(pattern,))}
    doc = PhraseFinder(reader.nlp, one)(reader.read_piece(text))
    assert [span.text for span in doc.spans["candidates"]] == [found]
