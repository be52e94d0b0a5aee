"""What every room stands on: enclosures and verdicts, exceptions, checks of arguments, threads, small numerics."""
