"""Whole files: as they were after a failed write; errors name them; links and devices stay what they are."""

import errno
import os
from pathlib import Path

import pytest

from gausscollapse.core.whole_file import check_writable, write_whole


def test_text_and_bytes_are_written_and_replaced(tmp_path):
    path = tmp_path / "file"
    write_whole(path, "old, ü")
    assert path.read_bytes() == b"old, \xc3\xbc"
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("problem", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
def test_a_write_that_fails_leaves_the_old_file_and_names_it(tmp_path, monkeypatch, problem):
    path = tmp_path / "file"
    write_whole(path, "old")

    def full(handle):
        raise problem

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(type(problem)) as caught:
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    if isinstance(problem, OSError):
        assert caught.value.filename == str(path)


def test_a_link_stays_a_link_and_what_it_names_is_written(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_whole(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_link_in_a_folder_from_elsewhere_is_replaced(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    for aim in (target, tmp_path / "nowhere"):
        link.symlink_to(aim)
        write_whole(link, "new", follow=False)
        assert not link.is_symlink()
        assert link.read_text() == "new"
        link.unlink()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_two_writers_of_one_file_do_not_mix(tmp_path, monkeypatch):
    """The second begins and ends while the first is about to rename: the last rename wins, whole."""
    path, flush = tmp_path / "file", os.fsync

    def other(handle):
        flush(handle)
        monkeypatch.setattr(os, "fsync", flush)
        write_whole(path, "second")
        assert path.read_text() == "second"

    monkeypatch.setattr(os, "fsync", other)
    write_whole(path, "the first, which is longer")
    assert path.read_text() == "the first, which is longer"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to_directly():
    check_writable(Path(os.devnull))
    write_whole(Path(os.devnull), "nothing")


def test_what_cannot_be_written_is_refused_before_the_work(tmp_path):
    for path in (tmp_path / "nowhere" / "file", tmp_path):
        for attempt in (check_writable, lambda p: write_whole(p, "x")):
            with pytest.raises(OSError) as caught:  # noqa: PT011
                attempt(path)
            assert caught.value.filename == str(path)
    check_writable(tmp_path / "file")
    assert list(tmp_path.iterdir()) == []


def test_links_in_a_circle_are_an_error_of_the_system_that_names_the_path(tmp_path):
    path = tmp_path / "circle.json"
    path.symlink_to(path.name)
    for attempt in (lambda: check_writable(path), lambda: write_whole(path, "x")):
        with pytest.raises(OSError, match="symbolic link") as caught:
            attempt()
        assert caught.value.filename == str(path)
    assert [item.name for item in tmp_path.iterdir()] == [path.name]
