"""The pytest plugin: ``pytest --gausscollapse-budget=...`` and the fixture that hands it to tests."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option ``--gausscollapse-budget``."""
    parser.getgroup("gausscollapse").addoption(
        "--gausscollapse-budget",
        default="default",
        metavar="BUDGET",
        help="evaluations of each counterexample search: quick, default, thorough or a number",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a budget that is none before any test runs."""
    value = config.getoption("--gausscollapse-budget")
    if value == "default":
        return
    from gausscollapse.checking.search import as_budget
    from gausscollapse.core.exceptions import InvalidArgumentError

    try:
        as_budget(value)
    except InvalidArgumentError as problem:
        raise pytest.UsageError(f"--gausscollapse-budget: {problem}") from None


@pytest.fixture(scope="session")
def gausscollapse_budget(request: pytest.FixtureRequest) -> int:
    """Number of evaluations that ``--gausscollapse-budget`` allows each search."""
    from gausscollapse.checking.search import as_budget

    return as_budget(request.config.getoption("--gausscollapse-budget"))
