"""`python -m server.worker`: one of several workers, started by the supervisor, which tells it its orders."""

import sys

from server.app import work
from server.orders import Orders

if __name__ == "__main__":
    sys.exit(work(Orders.model_validate_json(sys.stdin.buffer.readline())))
