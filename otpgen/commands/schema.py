"""``schema``: format 1 as a JSON Schema, for editors."""

from __future__ import annotations

from pathlib import Path

from otpgen.commands.nearest import find_architecture
from otpgen.commands.own import catalogue_of


def schema(architecture: Path | None = None) -> str:
    """Return the schema of an architecture as text, the same each time.

    With the kinds of the project whose architecture that is, the nearest one unless said.

    Raises:
        OtpgenError: what is wrong with the project's own kinds.
    """
    from otpgen.spec.schema import schema_text  # no other verb but new needs it

    catalogue = catalogue_of(find_architecture(architecture))
    return schema_text(catalogue.kinds, catalogue.components)
