"""`python -m dockerwall` is `dockerwall-tui`."""

import sys

from dockerwall.cli import main

if __name__ == "__main__":
    sys.exit(main())
