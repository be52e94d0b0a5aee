"""What an identity needs to know of a reverse process: data, forward diffusion and score error."""

from __future__ import annotations

from typing import Protocol

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
    def dim(self) -> int:
        """Dimension d."""
