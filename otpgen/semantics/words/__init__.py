"""The only sentences about deaths: those of projects here, those of ``whatif`` in ``answers``."""

from otpgen.semantics.words.trees import (
    budget,
    death,
    death_of_dynamic,
    falls_with,
    given_up,
    given_up_alone,
    gives_up,
    normal_end,
    normal_end_of_dynamic,
    now_falls,
    shuts_down,
    strategy,
)

__all__ = [
    "budget",
    "death",
    "death_of_dynamic",
    "falls_with",
    "given_up",
    "given_up_alone",
    "gives_up",
    "normal_end",
    "normal_end_of_dynamic",
    "now_falls",
    "shuts_down",
    "strategy",
]
