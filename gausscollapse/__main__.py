"""``python -m gausscollapse``: the command line."""

from gausscollapse.cli import main

main()
