"""The course as a static site: every lesson and exercise as a page, moved by the package's own Python in the browser.

Only `python3 -m lrcourse site` uses it. `browser` is the one module of it that runs in the reader's browser.
"""
