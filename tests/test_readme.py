"""The README is short, its lines can be read in an editor, and what it links is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def lost(text):
    """Return the relative links of a text that lead nowhere."""
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    return [target for target in targets if "://" not in target and not (ROOT / target).exists()]


def test_it_is_short_and_narrow():
    lines = README.splitlines()
    assert len(lines) < 300
    assert max(map(len, lines)) <= 100


def test_its_links_lead_somewhere():
    assert lost(README) == []
    assert lost("[a](docs/lectures) [b](docs/nowhere.md)") == ["docs/nowhere.md"]
