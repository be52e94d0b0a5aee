"""The theory as short proofs that run.

Each module is one result, to be read from top to bottom; ``derive()`` checks its steps in SymPy. Nothing here
imports ``gausscollapse``: the proofs and the program are compared in the tests alone.
"""
