"""What Prometheus is told about requests. Labels are routes and codes, never a caller or a concrete path.

With several workers, `PROMETHEUS_MULTIPROC_DIR` names a folder in which each keeps its figures (the supervisor sets
it): whichever worker is asked answers for all of them, counters and histograms added up.
"""

import os
from collections.abc import Callable
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

Together = Literal["livesum", "livemax"]
"""What a gauge of several workers is: the sum of those that live, or the largest."""


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
        self._children: dict[tuple[str, str, int], Histogram] = {}
        self._watched: list[tuple[Gauge, Callable[[], float]]] = []

    def watch(self, name: str, meaning: str, read: Callable[[], float], together: Together = "livemax") -> None:
        """A gauge that is read when Prometheus asks."""
        self._watched.append((Gauge(name, meaning, registry=self.registry, multiprocess_mode=together), read))

    async def look(self) -> None:
        """Reads the gauges. Now and then for the other workers, which cannot; always before an answer of this one."""
        self._read()

    def _read(self) -> None:
        for gauge, read in self._watched:
            gauge.set(read())

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        child = self._children.get((method, route, status))
        if child is None:
            child = self._children[method, route, status] = self._seconds.labels(method, route, str(status))
        child.observe(seconds)

    def problem(self, code: str) -> None:
        self._problems.labels(code).inc()

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes."""
        self._read()
        return generate_latest(self._of_all_workers() if FOLDER in os.environ else self.registry)

    def _of_all_workers(self) -> CollectorRegistry:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return registry
