"""The system as it is meant: defaults filled in, references resolved, every name a module."""

from otpgen.model.build import build_system
from otpgen.model.clusters import (
    DEV,
    HEALTH,
    Cluster,
    Distributed,
    Nginx,
    Node,
    Sync,
    Upstream,
)
from otpgen.model.system import Owned, System
from otpgen.model.trees import (
    Application,
    AutoShutdown,
    Child,
    Foreign,
    Package,
    Shutdown,
    Strategy,
    Supervisor,
    Worker,
)

__all__ = [
    "DEV",
    "HEALTH",
    "Application",
    "AutoShutdown",
    "Child",
    "Cluster",
    "Distributed",
    "Foreign",
    "Nginx",
    "Node",
    "Owned",
    "Package",
    "Shutdown",
    "Strategy",
    "Supervisor",
    "Sync",
    "System",
    "Upstream",
    "Worker",
    "build_system",
]
