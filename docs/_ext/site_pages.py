"""Write the generated pages before Sphinx reads any: theorems, glossary, API, lists, literature, the explorer."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from api_pages import write_api
from benchmark_list import benchmark_list
from lecture_list import write_lectures
from literature_page import write_literature
from page_text import write
from sphinx.util import logging
from theorem_pages import glossary_page, write_theorems

from derivations.__main__ import numbers
from derivations.frame.audit import audit_markdown
from derivations.frame.catalogue import MODULES, derive
from derivations.frame.writers import book
from gausscollapse.app import explore
from gausscollapse.app.verification import INSTANCES, QUICK_INSTANCES
from gausscollapse.checking.controls import QUICK_SEEDS, SEEDS
from gausscollapse.checking.search import as_budget
from gausscollapse.checking.theorem_report import TheoremReport
from gausscollapse.checking.verification import verify
from gausscollapse.theorems import registry, select

DOCS = Path(__file__).resolve().parent.parent
ROOT = DOCS.parent
# Pages that others fill: the literature desk, the book of proofs. Each is in the contents once it is there.
PLACES = ("literature/index", "proofs/index", "benchmarks", "changelog")
logger = logging.getLogger(__name__)


def _fingerprint(budget: str) -> str:
    """Return a digest of all sources that the theorem pages say something of."""
    digest = hashlib.sha256(budget.encode())
    for folder in (ROOT / "gausscollapse", ROOT / "derivations", ROOT / "formal", DOCS / "_ext"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _verified(budget: str) -> list[TheoremReport]:
    quick = budget == "quick"
    reports = verify(
        select(()), instances=QUICK_INSTANCES if quick else INSTANCES, seed=0, budget=as_budget(budget),
        control_seeds=QUICK_SEEDS if quick else SEEDS, referee=not quick, workers=os.cpu_count() or 1,
    )  # fmt: skip
    wrong = [report.theorem.id for report in reports if not report.as_expected]
    if wrong:
        logger.warning("theorems that are not as expected: %s", ", ".join(wrong))
    return list(reports)


def _places(folder: Path) -> str:
    there = "\n".join(name for name in PLACES if (folder / f"{name}.md").exists())
    return f"```{{toctree}}\n:hidden:\n\n{there}\n```\n"


def generate(_app: Any, config: Any) -> None:
    """Write all generated pages; those of the theorems again only where a source changed."""
    write_lectures(DOCS)
    write_literature(DOCS)
    write_api(DOCS / "api")
    write(DOCS / "glossary.md", glossary_page(registry))
    write(DOCS / "generated" / "extra" / "explore.html", explore.render(lectures="lectures/"))
    write(DOCS / "generated" / "benchmarks.md", benchmark_list(ROOT / "benchmarks"))
    stamp = DOCS / "theorems" / "stamp"
    wanted = _fingerprint(config.site_budget)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        write_theorems(_verified(config.site_budget), DOCS / "theorems", ROOT)
        proofs = [derive(name) for name in MODULES]
        audit = audit_markdown([item for item in proofs if not item.lemma])
        write(DOCS / "proofs" / "index.md", book(proofs, numbers(list(MODULES)), audit))
        write(stamp, wanted)
    write(DOCS / "generated" / "places.md", _places(DOCS))


def setup(app: Any) -> dict[str, bool]:
    """Connect to Sphinx, before it looks which pages there are."""
    app.add_config_value("site_budget", "default", "")
    app.connect("config-inited", generate, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
