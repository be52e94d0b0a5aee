"""Linear-Gaussian processes, exactly: moment equations for thousands of instances at once."""
