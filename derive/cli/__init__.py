"""The command line: a thin shell. It reads arguments, calls the rooms, writes files and says what went wrong.

Exit status: 0 done, 1 a check failed, 2 the user's error. Nothing heavy is imported before a command needs it.
"""

from derive.cli.main import main

__all__ = ["main"]
