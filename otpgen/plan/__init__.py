"""What is to be emitted, as data before any text: ``PlannedFile`` after ``PlannedFile``.

The path says where, one function per emitted folder says whether and with what. Templates
compute nothing; what they are given is worked out here.
"""

from otpgen.plan.files import PlannedFile
from otpgen.plan.umbrella import plan

__all__ = ["PlannedFile", "plan"]
