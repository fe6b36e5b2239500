"""The system as it is meant: defaults filled in, references resolved, every name a module."""

from otpgen.model.build import build_system
from otpgen.model.system import (
    HEALTH,
    Application,
    Child,
    Distributed,
    Foreign,
    Nginx,
    Node,
    Shutdown,
    Strategy,
    Supervisor,
    Sync,
    System,
    Upstream,
    Worker,
)

__all__ = [
    "HEALTH",
    "Application",
    "Child",
    "Distributed",
    "Foreign",
    "Nginx",
    "Node",
    "Shutdown",
    "Strategy",
    "Supervisor",
    "Sync",
    "System",
    "Upstream",
    "Worker",
    "build_system",
]
