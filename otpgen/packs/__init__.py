"""Packs: what Copier is needed for, and nothing else: it lives here and nowhere else.

    source ─git, or a folder as it stands→ staging ─Copier, in a process of its own→ rendered

The staging is thrown away; who keeps what was rendered reads it before.
"""

from otpgen.packs.fetch import Fetched, Limits, Wanted, fetched
from otpgen.packs.source import Source, source_of

__all__ = ["Fetched", "Limits", "Source", "Wanted", "fetched", "source_of"]
