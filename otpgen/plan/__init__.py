"""What is to be emitted, as data before any text: ``PlannedFile`` after ``PlannedFile``.

The path says where, one function per emitted folder says whether and with what. Templates
compute nothing; what they are given is worked out here.
"""

from otpgen.plan.files import PlannedFile
from otpgen.plan.umbrella import plan
from otpgen.plan.views import drivers, otp_applications

__all__ = ["PlannedFile", "drivers", "otp_applications", "plan"]
