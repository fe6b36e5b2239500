"""``python -m otpgen`` is ``otpgen``."""

from otpgen.cli import main

if __name__ == "__main__":
    main()
