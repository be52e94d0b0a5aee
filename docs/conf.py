"""The site: lectures, a gallery, how-to pages, one page a theorem, the API."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

from gausscollapse.core.version import __version__  # noqa: E402 - after the path is set

project = "gausscollapse"
author = "The gausscollapse authors"
copyright = f"2026, {author}"  # noqa: A001 - the name that Sphinx reads
version = release = __version__
language = "en-GB"

extensions = [
    "myst_nb",
    "numpydoc",
    "site_pages",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
]
# Symbols such as C' stand in words.
smartquotes = False
templates_path = ["_templates"]
exclude_patterns = [
    "_build",
    "_ext",
    "_templates",
    "generated",
    "gallery/*.ipynb",
    "gallery/*.py",
    "**sg_execution_times.rst",
]

# Lectures and how-to pages are notebooks in text; each cell runs when the site is built, in a folder of its own.
myst_enable_extensions = ["amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = os.environ.get("DOCS_EXECUTION", "force")
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 180
nb_execution_show_tb = True
nb_merge_streams = True
os.environ["PYTHONSTARTUP"] = str(HERE / "_ext" / "page_kernel.py")

# The theorem pages say what `gausscollapse verify` says with this budget.
site_budget = os.environ.get("DOCS_BUDGET", "default")

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

# Examples that need PyTorch are shown, and run where it is.
TORCH = importlib.util.find_spec("torch") is not None

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/\d\d_" if TORCH else r"/\d\d_(?!torch)",
    "within_subsection_order": "FileNameSortKey",
    "image_scrapers": ("figure_scraper.scrape",),
    "capture_repr": (),
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "abort_on_example_error": True,
}

# One file, without fonts: nothing is fetched when a page is read.
mathjax_path = "mathjax/tex-svg-full.js"

html_theme = "pydata_sphinx_theme"
html_title = "gausscollapse"
html_static_path = ["_static"]
html_extra_path = ["generated/extra"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
# Pages that have no others beside them.
html_sidebars = {name: [] for name in ("explorer", "glossary", "benchmarks", "changelog")}
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 7,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
