"""The verbs as functions, without a terminal: what the command line, tests and scripts call.

Each is imported from its own file, so that a verb starts without what only others need::

    from otpgen.commands.check import check
"""
