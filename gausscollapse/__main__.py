"""``python -m gausscollapse``: the command line."""

from gausscollapse.app.cli import main

main()
