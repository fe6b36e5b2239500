"""``python -m otpgen`` is ``otpgen``."""

from otpgen.cli import program

if __name__ == "__main__":
    program()
