"""Pages in headless Chromium without a network: what their scripts write, and how they look."""

import re
import shutil
import subprocess
import tempfile

from PIL import Image


def chromium(*options, timeout=120):
    """Run Chromium once with a profile of its own and return what it prints."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert browser is not None, "this test opens a page in Chromium: install it (Debian: apt-get install chromium)"
    with tempfile.TemporaryDirectory() as profile:
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", *options,
        ]  # fmt: skip
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=timeout).stdout


def dom(address, *, width=1200):
    """Return the document that a page has become, as text."""
    return chromium(f"--window-size={width},1500", "--virtual-time-budget=4000", "--dump-dom", address)


def screenshot(address, picture, *, width=1200, height=1500, dark=False):
    """Write a picture of a page."""
    scheme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    chromium(
        f"--window-size={width},{height}", scheme, "--hide-scrollbars", "--virtual-time-budget=4000",
        f"--screenshot={picture}", address,
    )  # fmt: skip


def width_needed(page, folder, width, place=""):
    """Return the width of a page in a window of a given width; more than that is cut off or scrolled."""
    # A window of Chromium has 500 pixels at least, a frame in it what it is given.
    planted = "<script>parent.postMessage([innerWidth, document.documentElement.scrollWidth], '*');</script></body>"
    path, frame = folder / "page.html", folder / "frame.html"
    path.write_text(page.replace("</body>", planted), encoding="utf-8")
    frame.write_text(
        f"""<p id="told"></p><script>
addEventListener("message", ({{ data }}) => {{ document.getElementById("told").textContent = data; }});
</script><iframe src="{path.as_uri()}{place}" style="width: {width}px; height: 3000px; border: 0"></iframe>""",
        encoding="utf-8",
    )
    window, needed = re.search(r'<p id="told">(\d+),(\d+)</p>', dom(frame.as_uri(), width=1300)).groups()
    assert int(window) == width
    return int(needed)


def colours(picture):
    """Return the colours of a picture, each with how often it occurs."""
    with Image.open(picture) as image:
        return image.convert("RGB").getcolors(maxcolors=1 << 24)
