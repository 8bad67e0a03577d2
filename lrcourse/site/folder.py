"""The files that a site consists of, in memory until all of it is made: a build that fails leaves nothing behind."""

import hashlib
import shutil
import struct
from html import escape

LEAST = 2 / 3  # of a picture's size: the course's smallest type, 10 points or 14 pixels, is then 9 pixels high


def mark(*contents):
    """A short name for contents: another content, another name.

    >>> mark(b"one") == mark(b"one"), mark(b"one") == mark(b"other")
    (True, False)
    """
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:10]


def png_size(png):
    """(width, height) of a PNG, in its own pixels."""
    return struct.unpack(">II", png[16:24])


def framed(facts, width, height):
    """A picture in a box of its own: on a narrow screen it shrinks to LEAST of its size and then scrolls sideways."""
    box = f'<span class="picture" style="--least:{round(LEAST * width)}px">'
    return f'{box}<img {facts} width="{width}" height="{height}" loading="lazy"></span>'


class Folder:
    """The site's files by path. A file that pages load carries a mark of its content in its address."""

    def __init__(self):
        self.files, self.marks = {}, {}

    def add(self, path, content):
        """Keep a file's content, a text or bytes."""
        self.files[path] = content.encode() if isinstance(content, str) else content

    def add_marked(self, path, content):
        """Keep a file's content; its address from the site's root, which changes with the content."""
        self.add(path, content)
        self.marks[path] = mark(self.files[path])
        return f"{path}?{self.marks[path]}"

    def add_together(self, path, contents):
        """Keep files that belong together, {name: content}, in a folder named by all of them; the folder's address."""
        contents = {name: c.encode() if isinstance(c, str) else c for name, c in contents.items()}
        home = f"{path}/{mark(*(part for name in sorted(contents) for part in (name.encode(), contents[name])))}"
        for name, content in contents.items():
            self.add(f"{home}/{name}", content)
        return home

    def picture(self, path, png, alt, width=None, height=None):
        """Keep a picture; the HTML that shows it from a page one folder down, in its own size if no other is given."""
        size = (width, height) if width and height else png_size(png)
        address = self.add_marked(path, png)
        return framed(f'src="../{address}" alt="{escape(alt)}" decoding="async"', *size)

    def write(self, out):
        """Write all into a new folder beside, then put that in the place of the old one."""
        beside = out.with_name(out.name + ".new")
        shutil.rmtree(beside, ignore_errors=True)
        for path, content in self.files.items():
            file = beside / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        shutil.rmtree(out, ignore_errors=True)
        beside.rename(out)
