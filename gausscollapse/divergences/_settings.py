"""How the caller wants a divergence computed: a method and its options, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

import numpy as np

from gausscollapse.core.exceptions import InvalidArgumentError
from gausscollapse.core.validation import as_choice, as_number, as_size

METHODS = ("auto", "closed-form", "certified", "quadrature", "monte-carlo")
LARGEST_DIGITS = 50
SAMPLING = ("rng", "standard_error", "draws", "confidence")


class Options(TypedDict, total=False):
    """Keywords of the methods; each is used by the one method named.

    ``digits`` (certified): relative decimal digits, 1 to 50, by default 12. Given with ``method="auto"`` in d = 1
    it asks for `certified`. ``tolerance`` (quadrature): relative, by default 1e-10 in d = 1 and 1e-7 in d = 2.
    ``rng`` (Monte Carlo): seed or generator, by default a fixed seed; ``standard_error``: absolute, of the integral
    behind the divergence, sampled until reached; ``draws``: number of draws; ``confidence``: of the interval, by
    default 0.999.
    """

    digits: int
    tolerance: float
    rng: int | np.random.Generator
    standard_error: float
    draws: int
    confidence: float


@dataclass(frozen=True)
class Settings:
    """A method and its options, checked."""

    method: str
    digits: int
    tolerance: float | None
    sampling: dict[str, Any]

    @classmethod
    def of(cls, method: str, options: Options) -> Settings:
        """Check the caller's keywords."""
        unknown = set(options) - set(Options.__annotations__)
        if unknown:
            known = ", ".join(("method", *Options.__annotations__))
            raise TypeError(f"unexpected keyword argument {sorted(unknown)[0]!r}; accepted: {known}")
        as_choice("method", method, METHODS)
        digits = as_size(
            "digits", options.get("digits", 12), at_least=1, each=1.0, unit="digits", most=LARGEST_DIGITS
        )
        tolerance = options.get("tolerance")
        if tolerance is not None:
            tolerance = as_number("tolerance", tolerance, above=0.0, below=1.0)
        sampling: dict[str, Any] = {name: value for name, value in options.items() if name in SAMPLING}
        if method == "auto" and "digits" in options:
            method = "auto-certified"
        return cls(method, digits, tolerance, sampling)

    def allows_closed_form(self, dim: int) -> bool:
        """Return whether a closed form is an answer; asking for digits in d = 1 asks for a certified one."""
        return self.method in ("auto", "closed-form") or (self.method == "auto-certified" and dim > 1)

    def plan(self, dim: int) -> str:
        """Return the method to use in dimension `dim` where there is no closed form."""
        if self.method.startswith("auto"):
            return {1: "certified", 2: "quadrature"}.get(dim, "monte-carlo")
        if self.method == "certified" and dim > 1:
            raise InvalidArgumentError(
                "method",
                "certified",
                f"works in dimension 1 only, and the laws have dimension {dim}",
                "'auto', 'monte-carlo'" + (" or 'quadrature'" if dim == 2 else ""),
            )
        if self.method == "quadrature" and dim > 2:
            raise InvalidArgumentError(
                "method",
                "quadrature",
                f"works in dimensions 1 and 2 only, and the laws have dimension {dim}",
                "'auto' or 'monte-carlo'",
            )
        return self.method
