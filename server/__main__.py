"""`python -m server`: the command line."""

import sys

STOPPED_BY_CTRL_C = 130
"""As a shell says it: 128 and the number of SIGINT."""

try:
    from server.cli import main

    code = main(sys.argv[1:])
except KeyboardInterrupt:
    code = STOPPED_BY_CTRL_C
sys.exit(code)
