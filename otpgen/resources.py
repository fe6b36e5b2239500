"""Where the files are that otpgen carries: beside the package in a check-out, in it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_WHEEL = _PACKAGE / "_data"
_CHECKOUT = _PACKAGE.parent
_IN_CHECKOUT = {"problems": "docs/problems"}


def folder(name: str) -> Path:
    """Return the folder of ``templates``, ``examples`` or ``problems``."""
    if _WHEEL.is_dir():
        return _WHEEL / name
    return _CHECKOUT / _IN_CHECKOUT.get(name, name)
