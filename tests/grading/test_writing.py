"""Files that are written whole or not at all."""

import pytest

from lrcourse.grading import writing


def test_a_page_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    page = tmp_path / "page.html"
    writing.write(page, "first")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "replace", full)
    with pytest.raises(OSError, match="No space.*page.html"):
        writing.write(page, "second")
    assert page.read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
