"""``gausscollapse`` and ``python -m gausscollapse``; an interrupt while the command line loads is one line too."""

import os
import sys


def main() -> None:
    """Load the command line and run it."""
    # Figures go to files: what the terminal or a notebook around it draws with may not even be installed here.
    os.environ["MPLBACKEND"] = "agg"
    try:
        from gausscollapse.app.cli import main as run
    except KeyboardInterrupt:
        print("gausscollapse: interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
