"""Messages of errors: one printable line of at most 300 characters, whatever was handed in."""

import pickle

import numpy as np
import pytest

import gausscollapse as gc
from gausscollapse.core.exceptions import (
    LONGEST_MESSAGE,
    EmptyFamilyError,
    InvalidArgumentError,
    MissingPackageError,
    StatementError,
    TheoremFileError,
    one_line,
    shorten,
)


class Mute:
    def __repr__(self):
        raise RuntimeError("no text")


VALUES = (
    10**5000,
    -(10**5000),
    "a" * 10_000,
    "two\nlines\x1b[31m",
    b"\x00" * 10_000,
    [1.0] * 100_000,
    np.zeros((50, 50)),
    Mute(),
    {"key": "v" * 1000},
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_message_is_one_short_printable_line(value):
    error = InvalidArgumentError("argument", value, "is refused", "another value")
    message = str(error)
    assert len(message) <= LONGEST_MESSAGE == 300
    assert message.isprintable()
    assert message.startswith("argument = ")
    assert message.endswith(": is refused; accepted: another value")


@pytest.mark.parametrize(
    "error",
    [
        gc.GaussCollapseError("x" * 1000 + "\ny"),
        InvalidArgumentError("a\nb" * 500, 1, "r" * 500, "c" * 500),
        StatementError("id\n" * 200, "problem"),
        TheoremFileError("p" * 5000, "problem"),
        EmptyFamilyError("mine", 3, "assumption\n" * 100),
        MissingPackageError("p" * 1000, "extra"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_class_of_errors_is_longer(error):
    assert len(str(error)) <= LONGEST_MESSAGE
    assert str(error).isprintable()
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_path_of_ordinary_length_is_whole():
    path = "/".join(["folder"] * 25)
    assert path in str(InvalidArgumentError("path", path, "cannot be read", "a readable file"))


def test_what_is_too_long_loses_its_middle():
    assert one_line("begin" + "x" * 1000 + "end", 20) == "beginxxxxxxx...xxend"
    assert one_line("kept\nescaped") == r"kept\nescaped"
    assert len(shorten("y" * 100)) == 80
