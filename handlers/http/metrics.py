"""What Prometheus is told about requests. Labels are routes and codes, never a caller or a concrete path."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One registry for the process; other parts of the server add their own collectors to it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "cst_http_request_seconds",
            "Seconds from a request's arrival to its answer",
            ("method", "route", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._problems = Counter("cst_http_problems", "Answers that were problems", ("code",), registry=self.registry)
        self.in_flight = Gauge("cst_http_requests_in_flight", "Requests being answered now", registry=self.registry)
        self._children: dict[tuple[str, str, int], Histogram] = {}

    def watch(self, name: str, meaning: str, read: Callable[[], float]) -> None:
        """A gauge that is read when Prometheus asks."""
        Gauge(name, meaning, registry=self.registry).set_function(read)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        child = self._children.get((method, route, status))
        if child is None:
            child = self._children[method, route, status] = self._seconds.labels(method, route, str(status))
        child.observe(seconds)

    def problem(self, code: str) -> None:
        self._problems.labels(code).inc()

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)
