"""The names of OTP and Elixir, and the file paths they imply.

A name in the architecture is a lower-case atom (``g4_core``); from it follow a module
(``G4Core``) and, as every Elixir project has it, the file that holds the module::

    worker fibonacci of g4_core      G4Core.Fibonacci             lib/g4_core/fibonacci.ex
    supervisor calculators           G4Core.CalculatorsSupervisor
                                                lib/g4_core/calculators_supervisor.ex
"""

from __future__ import annotations

import re
from functools import lru_cache

MAX_LENGTH = 40
"""Characters in a name; leaves OTP's limit of 255 for an atom far away."""

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*\Z")
_HOST = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*\Z"
)

# Source: Elixir syntax reference, "Reserved words"; as a name they need quoting everywhere.
RESERVED = frozenset(
    [
        "true",
        "false",
        "nil",
        "when",
        "and",
        "or",
        "not",
        "in",
        "fn",
        "do",
        "end",
        "catch",
        "rescue",
        "after",
        "else",
    ]
)

# Modules of Elixir that a module of the same name would replace.
ELIXIR_MODULES = frozenset(
    [
        "Access",
        "Agent",
        "Application",
        "Atom",
        "Base",
        "Behaviour",
        "Bitwise",
        "Calendar",
        "Code",
        "Collectable",
        "Config",
        "Date",
        "DateTime",
        "Dict",
        "Duration",
        "DynamicSupervisor",
        "EEx",
        "Enum",
        "Enumerable",
        "Exception",
        "ExUnit",
        "File",
        "Float",
        "Function",
        "GenEvent",
        "GenServer",
        "HashDict",
        "HashSet",
        "Hex",
        "IEx",
        "IO",
        "Inspect",
        "Integer",
        "JSON",
        "Kernel",
        "Keyword",
        "List",
        "Logger",
        "Macro",
        "Map",
        "MapSet",
        "Mix",
        "Module",
        "NaiveDateTime",
        "Node",
        "OptionParser",
        "PartitionSupervisor",
        "Path",
        "Port",
        "Process",
        "Protocol",
        "Range",
        "Record",
        "Regex",
        "Registry",
        "Set",
        "Stream",
        "String",
        "StringIO",
        "Supervisor",
        "System",
        "Task",
        "Time",
        "Tuple",
        "URI",
        "Version",
    ]
)


def is_name(text: str) -> bool:
    """Whether ``text`` can name an application, supervisor, worker or node."""
    return len(text) <= MAX_LENGTH and bool(_NAME.match(text)) and text not in RESERVED


def is_host(text: str) -> bool:
    """Whether ``text`` is an IPv4 address or a host name."""
    return bool(_HOST.match(text))


@lru_cache(maxsize=65_536)
def camelize(name: str) -> str:
    """Return the module word of a name, like ``Macro.camelize/1``: ``g4_core`` -> ``G4Core``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def supervisor_file(name: str) -> str:
    """Return the file word of a supervisor: ``calculators`` -> ``calculators_supervisor``."""
    return f"{name}_supervisor"
