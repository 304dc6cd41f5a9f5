"""`python -m derive`, the same as the command `derive`."""

import sys

from derive.cli import main

sys.exit(main())
