"""What the proofs of theorems cite, and closed forms of the program; one lemma a file, named after it."""
