"""The formal core: theorems in Coq, which statement of the registry each one is, and what it takes from analysis."""
