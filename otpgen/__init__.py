"""From one architecture file to a ready-to-run Elixir/OTP umbrella.

The program is a pipe, told in full by ``docs/architecture.md``::

    path -> source -> spec -> model -> rules -> plan -> templates -> project
"""

__version__ = "0.1.0"
