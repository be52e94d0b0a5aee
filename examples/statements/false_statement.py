"""A plausible false statement: the training loss bounds the drift, KL(p^ || q) <= eps*^2/2.

Score matching minimises the energy eps*^2 on the ideal path; proposition 3.1 has eps^^2, that on the learned one.
Whoever mixes them up is right for most small errors, and wrong once the learned path leaves the ideal one.

Run: gausscollapse verify --theorem examples/statements/false_statement.py
"""

import gausscollapse as gc


@gc.statement(kind="upper", name="training-loss-bounds-kl", controls={"factor": 0.25})
def training_loss(s, factor=0.5):
    """The KL divergence of the endpoints is at most half the ideal-path energy."""
    return s.kl, factor * s.ideal_energy
