"""The system drawn: trees, applications and cluster, each as text and as Mermaid."""

from otpgen.graph.cluster import mermaid_cluster
from otpgen.graph.drawing import Drawing, Line
from otpgen.graph.system import APPS, CLUSTER, draw
from otpgen.graph.tree import mermaid_tree, tree_lines

__all__ = [
    "APPS",
    "CLUSTER",
    "Drawing",
    "Line",
    "draw",
    "mermaid_cluster",
    "mermaid_tree",
    "tree_lines",
]
