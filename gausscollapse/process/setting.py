"""What an identity needs to know of a reverse process: data, forward diffusion and score error."""

from __future__ import annotations

from typing import Protocol

from gausscollapse.core.exceptions import NotSupportedError
from gausscollapse.laws.diffusion import OrnsteinUhlenbeck
from gausscollapse.laws.mixture import Law
from gausscollapse.process.errors import ScoreError


class Setting(Protocol):
    """Data law, forward diffusion and score error, as a `ReverseProcess` has them."""

    @property
    def data(self) -> Law:
        """Law of the data, of dimension d."""

    @property
    def diffusion(self) -> OrnsteinUhlenbeck:
        """Forward process."""

    @property
    def error(self) -> ScoreError:
        """Error of the learned score."""

    @property
    def stochasticity(self) -> float:
        """How much noise the sampler adds."""

    @property
    def dim(self) -> int:
        """Dimension d."""


def require_reverse_equation(process: Setting, what: str) -> None:
    """Refuse a stochasticity other than 1, for which `what` is not known."""
    if process.stochasticity != 1.0:
        raise NotSupportedError(
            f"stochasticity: {what} for the reverse equation only, not for {process.stochasticity:g}; accepted: 1"
        )
