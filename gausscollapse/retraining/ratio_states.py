"""What is known of the finiteness of an integral of Gaussians over one Gaussian; as numbers, for kernels."""

FINITE, DIVERGENT, UNDECIDED = 0, 1, 2
