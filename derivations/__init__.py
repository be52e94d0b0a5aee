"""The theory as short proofs that run.

Each file is the proof of one theorem and has the name of the theorem's file in ``gausscollapse.theorems``; those in
``lemmas`` are cited by them. Read a proof from top to bottom; ``derive()`` checks its steps in SymPy. Nothing here
imports ``gausscollapse``: the proofs and the program are compared in the tests alone.

A new proof is a file with ``name`` (the theorem's id), a function ``derive(*, coefficient=...)`` whose keyword
arguments are the constants of the statement, and ``wrong``, one false value for each of them that a test plants. It
is found by its file. Steps that several proofs write are in `derivations.frame.steps`.
"""
