"""The theory as short proofs that run.

Each module is one result, to be read from top to bottom; ``derive()`` checks its steps in SymPy. Nothing here
imports ``gausscollapse``: the proofs and the program are compared in the tests alone.

A new proof is a module with ``theorems`` (the ids that it concludes), a function ``derive(*, coefficient=...)``
whose keyword arguments are the constants of the statement, and ``wrong``, one false value for each of them that a
test plants; its name goes into `derivations.catalogue`.
"""
