"""The reports of one verification, in a list that a notebook shows as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gausscollapse.checking.theorem_report import TheoremReport
from gausscollapse.core.exceptions import MissingPackageError
from gausscollapse.core.presentation import sheet

if TYPE_CHECKING:
    import pandas

HEADINGS = (
    "theorem", "verdict", "expected", "kind", "decided", "ties", "tightest_ratio", "controls", "controls_refuted",
    "best_constant", "as_expected", "problem", "seconds",
)  # fmt: skip


class Reports(list[TheoremReport]):
    """What `verify` returns: one report a theorem.

    Examples
    --------
    >>> import gausscollapse as gc
    >>> reports = gc.checking.verify(gc.theorems.select(["prop-3.1", "slack"]), instances=20)
    >>> frame = reports.to_dataframe()
    >>> frame.loc["slack", "verdict"], int(frame.loc["prop-3.1", "decided"]) == reports[0].instances
    ('HOLDS', True)
    """

    def rows(self) -> list[tuple[object, ...]]:
        """Return what is told of each theorem, in the order of `HEADINGS`."""
        return [
            (
                item.theorem.id, str(item.verdict), str(item.theorem.expected), item.theorem.kind, item.instances,
                item.inconclusive, item.tightest_ratio, len(item.controls),
                sum(control.refuted for control in item.controls),
                None if item.search is None else item.search.best_constant, item.as_expected, item.problem,
                item.seconds,
            )
            for item in self
        ]  # fmt: skip

    def to_dataframe(self) -> pandas.DataFrame:
        """Return one row a theorem, whose id is the index.

        Raises
        ------
        MissingPackageError
            Where pandas is not installed; the message has the command that installs it.
        """
        try:
            import pandas
        except ModuleNotFoundError:
            raise MissingPackageError("pandas", "experiments") from None
        return pandas.DataFrame(self.rows(), columns=list(HEADINGS)).set_index("theorem")

    def __repr__(self) -> str:
        good = sum(item.as_expected for item in self)
        return f"Reports({len(self)} theorems, {good} as expected)"

    def _repr_html_(self) -> str:
        shown = [HEADINGS.index(name) for name in ("theorem", "verdict", "decided", "ties", "tightest_ratio")]
        rows = [[row[k] for k in shown] for row in self.rows()]
        return sheet(repr(self), [HEADINGS[k] for k in shown], rows)
