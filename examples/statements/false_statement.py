"""A plausible false statement: "observability discounts Girsanov", KL <= eta eps^^2/2.

It is exact for constant offsets, and true to first order for every error: nearly all small errors pass.

Run: gausscollapse verify --theorem examples/statements/false_statement.py
"""

import gausscollapse as gc


@gc.statement(kind="upper", name="discounted-girsanov", controls={"factor": 0.25})
def discounted_girsanov(s, factor=0.5):
    """The KL divergence of the endpoints is at most half the observed share of the learned energy."""
    return s.kl, factor * s.observability * s.learned_energy
