"""What format 1 says of the project's life: renames, and whose a file is."""

# Without annotations as text: pydantic would compile each, inherited ones for each record again.

from typing import ClassVar

from pydantic import Field

from otpgen.source import Decl, Path, Text


class MoveDecl(Decl):
    """One renaming; it is carried out with what the user wrote, and may stay in the file."""

    source: Path = Field(alias="from", description="What it was called")
    target: Path = Field(alias="to", description="What it is called now")


class OwnershipDecl(Decl):
    """Whose a file is; globs as in .gitignore. All else that otpgen writes is managed."""

    list_key: ClassVar[str | None] = "yours"

    yours: tuple[Text, ...] = Field(
        default=(), description="Files that are never touched again, beside otpgen.yaml"
    )
    seeded: tuple[Text, ...] = Field(
        default=(), description="Files that are written once; later changes are only listed"
    )
