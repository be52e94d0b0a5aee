"""Pages in headless Chromium without a network: what their scripts write, and how they look."""

import shutil
import subprocess
import tempfile


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
