"""Packages of extras that tests may need: where one is missing the test is skipped, and says what to install."""

from types import ModuleType

import pytest


def extra(package: str, name: str) -> ModuleType:
    """Return a package of an extra, or skip the test."""
    reason = f"{package} comes with the extra {name}: pip install 'gausscollapse[{name}]'"
    return pytest.importorskip(package, reason=reason)  # type: ignore[no-any-return]
