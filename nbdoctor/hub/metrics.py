"""What Prometheus is told: requests, tokens, seconds and who waits, of each group. No person's name, no content."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)


class Metrics:
    """Those of one gateway."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.requests = Counter(
            "nbdoctor_gateway_requests", "Requests that ended, by outcome.", ("group", "outcome"), registry=registry
        )
        self.tokens = Counter(
            "nbdoctor_gateway_tokens", "Tokens that models read and wrote.", ("group", "kind"), registry=registry
        )
        self.waited = Histogram(
            "nbdoctor_gateway_waited_seconds", "Seconds in the queue.", ("group",), registry=registry, buckets=_SECONDS
        )
        self.first = Histogram(
            "nbdoctor_gateway_first_byte_seconds",
            "Seconds from the request to the first byte of the answer.",
            ("group",),
            registry=registry,
            buckets=_SECONDS,
        )
        self.running = Gauge("nbdoctor_gateway_running", "Requests that are with a model server.", registry=registry)
        self.waiting = Gauge("nbdoctor_gateway_waiting", "Requests that wait for one.", registry=registry)
        self.server = Gauge(
            "nbdoctor_gateway_server_up", "Whether a model server answers.", ("server",), registry=registry
        )
        self.lost = Counter(
            "nbdoctor_gateway_audit_lost", "Lines of the audit that could not be written.", registry=registry
        )

    def page(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)
