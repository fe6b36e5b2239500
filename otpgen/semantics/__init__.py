"""What OTP does when something dies. The one place that knows; pure functions over a system."""

from otpgen.semantics.supervisors import (
    Effect,
    Member,
    child_ends,
    ends_until_it_gives_up,
    ends_until_it_shuts_down,
    is_task,
    members,
    restarts,
)

__all__ = [
    "Effect",
    "Member",
    "child_ends",
    "ends_until_it_gives_up",
    "ends_until_it_shuts_down",
    "is_task",
    "members",
    "restarts",
]
