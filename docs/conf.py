"""The site: lectures, a gallery, how-to pages, one page a theorem, the API."""

from __future__ import annotations

import os
from pathlib import Path

from gausscollapse.core.version import __version__

HERE = Path(__file__).parent

project = "gausscollapse"
author = "The gausscollapse authors"
copyright = f"2026, {author}"  # noqa: A001 - the name that Sphinx reads
version = release = __version__
language = "en-GB"

extensions = [
    "myst_nb",
    "sphinx_design",
    "sphinx.ext.mathjax",
]
exclude_patterns = ["_build"]
# A place that is kept for pages to come may still be empty.
suppress_warnings = ["toc.empty_glob"]

# Lectures and how-to pages are notebooks in text; each cell runs when the site is built.
myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = os.environ.get("DOCS_EXECUTION", "force")
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_show_tb = True
nb_merge_streams = True

# One file, without fonts: nothing is fetched when a page is read.
mathjax_path = "mathjax/tex-svg-full.js"

html_theme = "pydata_sphinx_theme"
html_title = "gausscollapse"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
