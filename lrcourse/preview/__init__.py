"""Look ahead at any scheduler, and audit the LRs that a run really used.

The package can be called itself: `from lrcourse import preview` and `from lrcourse.preview import preview` are one.
"""

import sys
from types import ModuleType
from typing import Any

from lrcourse.preview.auditing import Audit, audit
from lrcourse.preview.looking import preview
from lrcourse.preview.outlook import Finding, Outlook

__all__ = ["preview", "audit", "Outlook", "Finding", "Audit"]


class _Callable(ModuleType):
    """Importing this package sets the name `preview` in lrcourse to it, not to the function: it does the work too."""

    __wrapped__ = staticmethod(preview)  # the signature that help() shows

    def __call__(self, *args: Any, **kwargs: Any) -> Outlook:
        return preview(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
