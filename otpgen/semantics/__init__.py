"""What OTP does when something dies. The one place that knows; pure functions over a system."""

from otpgen.semantics.supervisors import Effect, child_ends, ends_until_it_gives_up, restarts

__all__ = ["Effect", "child_ends", "ends_until_it_gives_up", "restarts"]
