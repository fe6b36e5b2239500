"""The architecture as it is written: ``…Decl`` records with places, nothing filled in."""

from otpgen.spec import defaults
from otpgen.spec.allow import Allowance, allowances
from otpgen.spec.components import Component
from otpgen.spec.decls import (
    AppDecl,
    ArchitectureDecl,
    ChildDecl,
    ClusterDecl,
    DepDecl,
    DistributedDecl,
    ForeignDecl,
    NginxDecl,
    NodeDecl,
    OptionsDecl,
    Spec,
    SupervisorDecl,
    SyncDecl,
    UpstreamDecl,
    WorkerDecl,
)
from otpgen.spec.read import problems_of_component, read_spec
from otpgen.spec.upkeep import MoveDecl, OwnershipDecl

__all__ = [
    "Allowance",
    "AppDecl",
    "ArchitectureDecl",
    "ChildDecl",
    "ClusterDecl",
    "Component",
    "DepDecl",
    "DistributedDecl",
    "ForeignDecl",
    "MoveDecl",
    "NginxDecl",
    "NodeDecl",
    "OptionsDecl",
    "OwnershipDecl",
    "Spec",
    "SupervisorDecl",
    "SyncDecl",
    "UpstreamDecl",
    "WorkerDecl",
    "allowances",
    "defaults",
    "problems_of_component",
    "read_spec",
]
