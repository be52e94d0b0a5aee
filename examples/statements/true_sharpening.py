"""A true sharpening of proposition 3.3: the triangle inequality where the paper splits squares.

With a = sqrt(eta) eps*, the root of the observable energy, and the same two moments as in the paper,
chi2 >= (a - (sqrt(K)/2 + sqrt(C')) eps*^2)_+^2 >= a^2/4 - (K/8 + C') eps*^4. The leading constant is 1, not 1/4.

Run: gausscollapse verify --theorem examples/statements/true_sharpening.py --budget thorough
"""

import gausscollapse as gc


@gc.statement(kind="lower", name="minkowski-3.3", assumes=("matched start", "finite path chi2"))
def minkowski(s, half=0.5):
    """Chi-squared is at least the square of what the root of the observable energy exceeds two remainders by."""
    lost = half * s.variation_square.sqrt() + s.taylor_square.sqrt()
    root = (s.observed_energy.sqrt() - lost).clipped(at_least=0.0)
    return s.chi2, root * root
