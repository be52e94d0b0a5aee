"""How a proof is written, checked, found and printed."""
