"""A figure that notebooks show, although pyplot was never imported."""

from __future__ import annotations

import io

from matplotlib.figure import Figure

# Dots an inch of the picture, and of the place that it takes: sharp on fine screens.
FINE, PLACE = 160, 100


class ShownFigure(Figure):
    """A matplotlib figure that IPython shows as a picture.

    IPython learns to show figures when pyplot is imported, and pyplot chooses a window; figures of this package
    have none, so they say themselves what they look like.

    Examples
    --------
    >>> picture, place = ShownFigure(figsize=(3, 2))._repr_png_()
    >>> picture[1:4], place
    (b'PNG', {'width': 300})
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the picture as PNG, and its width on the page in pixels.

        The height is not said: on a narrow page the width gives way, and the height follows.
        """
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=FINE)
        return buffer.getvalue(), {"width": round(float(self.get_size_inches()[0]) * PLACE)}
