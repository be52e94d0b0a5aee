"""What a built site must not have: things fetched from elsewhere, and links that lead nowhere."""

import re
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Attributes by which a page loads something by itself; a link that a reader may follow is none.
LOADED = {
    "script": ("src",), "img": ("src", "srcset"), "source": ("src", "srcset"), "video": ("src", "poster"),
    "audio": ("src",), "iframe": ("src",), "embed": ("src",), "object": ("data",), "track": ("src",),
    "input": ("src",), "image": ("href", "xlink:href"), "use": ("href", "xlink:href"),
}  # fmt: skip
# Relations of a link element that name an address without loading it.
NAMES = {"canonical", "next", "prev", "index", "search", "author", "copyright", "license"}
ELSEWHERE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)


class Page(HTMLParser):
    """What one page loads, where its links lead, which places it has, and its formulas."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.links, self.places, self.text = [], [], set(), text
        self._style = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.places.update(given[name] for name in ("id", "name") if name in given)
        self._style = tag == "style"
        for name in LOADED.get(tag, ()):
            # Inside an address, as in one that holds its data, no space follows a comma.
            parts = re.split(r",\s+", given.get(name, "")) if name == "srcset" else [given.get(name, "")]
            self.loaded += [part.strip().split(" ")[0] if name == "srcset" else part for part in parts]
        if tag == "link" and not set(given.get("rel", "").lower().split()) <= NAMES:
            self.loaded.append(given.get("href", ""))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        self.loaded += IN_STYLE.findall(given.get("style", ""))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        self._style = self._style and tag != "style"

    def handle_data(self, data):
        if self._style:
            self.loaded += IN_STYLE.findall(data)

    @cached_property
    def formulas(self):
        return re.findall(r'<(?:span|div) class="math[^"]*">(.*?)</(?:span|div)>', self.text, re.DOTALL)


def pages(site):
    """Return every page of a site by its path; among the theme's own files are templates, which are none."""
    paths = (path for path in sorted(Path(site).rglob("*.html")) if "_static" not in path.parts)
    return {path: Page(path.read_text(encoding="utf-8")) for path in paths}


def fetched(site):
    """Return what pages and style sheets load from elsewhere, each with where it is said."""
    found = [
        f"{path.relative_to(site)}: {address}"
        for path, page in pages(site).items()
        for address in page.loaded
        if ELSEWHERE.match(address)
    ]
    for path in sorted(Path(site).rglob("*.css")):
        found += [f"{path.relative_to(site)}: {address}" for address in IN_STYLE.findall(path.read_text("utf-8"))]
    return found


def broken(site):
    """Return the links and the loaded files inside a site that are not there, each with where it is said."""
    known, found = pages(site), []
    for path, page in known.items():
        for address in [*page.links, *page.loaded]:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or address in ("", "#"):
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            place = unquote(parts.fragment)
            if target.is_dir():
                target = target / "index.html"
            there = target.is_file()
            # A place with "=" is the state of the explorer.
            if there and place and "=" not in place and target in known:
                there = place in known[target].places
            if not there:
                found.append(f"{path.relative_to(site)}: {address}")
    return found
