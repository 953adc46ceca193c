"""The console script, and `python -m tipoff`. Ctrl-C leaves no traceback, even before the command line is imported."""

import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    """Import the command line and run it; from there on Ctrl-C is an exception, so that homes are closed."""
    from tipoff.cli import main as command_line

    signal.signal(signal.SIGINT, signal.default_int_handler)
    command_line.main()


if __name__ == "__main__":
    main()
