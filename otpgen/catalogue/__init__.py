"""The folders of kinds and parts, read into values.

A kind is found by its folder ``templates/kinds/NAME`` with a ``kind.yaml``; a part of the
emitted runtime by its folder ``templates/parts/NAME``. Nothing here knows a kind by name.
Which there are is seen at once; what a folder declares is read when it is first asked for.

What a project has in ``otpgen/templates`` goes before what otpgen has at the same path: a file
there overrides a built-in one, a folder of another name is a kind or a part of its own. So does
what a pack brings, between the two.
"""

from otpgen.catalogue.declarations import DECLARATIONS
from otpgen.catalogue.read import NEW_KIND, OPEN, read_catalogue
from otpgen.catalogue.values import (
    NOTHING_OWN,
    OWN_TEMPLATES,
    PACK,
    Catalogue,
    Own,
    Part,
    PartFile,
)

__all__ = [
    "DECLARATIONS",
    "NEW_KIND",
    "NOTHING_OWN",
    "OPEN",
    "OWN_TEMPLATES",
    "PACK",
    "Catalogue",
    "Own",
    "Part",
    "PartFile",
    "read_catalogue",
]
