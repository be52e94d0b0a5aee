"""A progress bar on standard error that shows itself only when there is something to wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(delay: float = 1.0) -> Iterator[Callable[[str, float], None]]:
    """Yield a callback, of a stage and the share done, that moves a bar with the time gone and the time left.

    Parameters
    ----------
    delay : float
        Seconds until the bar is shown.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # Notebooks ask for colour where there is no terminal: a bar would be printed there line after line.
    shown = console.is_terminal and console.file.isatty()
    bar = Progress(*columns, console=console, transient=True, disable=not shown, speed_estimate_period=300)
    task = bar.add_task("starting", total=1.0)
    timer = threading.Timer(delay, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield lambda stage, share: bar.update(task, description=stage, completed=share)
    finally:
        timer.cancel()
        bar.stop()
