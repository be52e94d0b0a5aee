"""How a statement is checked: verification, counterexample search, controls, proofs on boxes."""
