"""The architecture as it is written: ``…Decl`` records with places, nothing filled in."""

from otpgen.spec.decls import (
    AppDecl,
    ArchitectureDecl,
    ChildDecl,
    DistributedDecl,
    ForeignDecl,
    NginxDecl,
    NodeDecl,
    Spec,
    SupervisorDecl,
    SyncDecl,
    WorkerDecl,
)
from otpgen.spec.read import read_spec

__all__ = [
    "AppDecl",
    "ArchitectureDecl",
    "ChildDecl",
    "DistributedDecl",
    "ForeignDecl",
    "NginxDecl",
    "NodeDecl",
    "Spec",
    "SupervisorDecl",
    "SyncDecl",
    "WorkerDecl",
    "read_spec",
]
