"""Texts of strangers made fit for a page or a table, and files that are written whole or not at all."""

import hashlib
import os
import unicodedata


def printable(text, keep=""):
    """The text without control characters and without marks that turn the direction of writing.

    >>> printable("a\\u202egnp.b")
    'a\ufffdgnp.b'
    """
    return "".join("\ufffd" if c not in keep and _is_hidden(c) else c for c in text)


def _is_hidden(character):
    turns = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
    return unicodedata.category(character) in ("Cc", "Cs") or unicodedata.bidirectional(character) in turns


def write(path, text):
    """Write the file whole or not at all; a file that holds this text already is left alone."""
    data = text.encode("utf-8", "replace")
    if path.is_file() and path.read_bytes() == data:
        return
    part = path.with_name(f".{hashlib.sha256(path.name.encode('utf-8', 'replace')).hexdigest()[:16]}.part")
    try:
        with open(part, "wb") as file:
            file.write(data)
        os.replace(part, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # a full disk does not say where
    finally:
        part.unlink(missing_ok=True)
