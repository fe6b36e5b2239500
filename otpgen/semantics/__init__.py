"""What OTP does when something dies. The one place that knows; pure functions over a system.

Here is what a single death means, as tests, docs and rules read it. How a whole system is
played, for ``whatif``, is imported from the modules that do it: ``check`` needs none of them.
"""

from otpgen.semantics.placement import goes_home, has_equals, order
from otpgen.semantics.supervisors import (
    Effect,
    Member,
    child_ends,
    ends_until_it_gives_up,
    ends_until_it_shuts_down,
    first_and_last,
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
    "first_and_last",
    "goes_home",
    "has_equals",
    "is_task",
    "members",
    "order",
    "restarts",
]
