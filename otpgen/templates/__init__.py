"""Templates become text: Jinja lives here and nowhere else."""

from otpgen.templates.renderer import FILTERS, RenderedFile, Renderer, render

__all__ = ["FILTERS", "RenderedFile", "Renderer", "render"]
