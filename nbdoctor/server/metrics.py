"""What diagnoses cost, on the Jupyter server's own ``/metrics``. Names of stages and models, numbers; no code and no data."""

from __future__ import annotations

from functools import lru_cache

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

from ..protocol import Stage

#: Seconds: a rule takes milliseconds, a model on a processor minutes.
_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160)


class Metrics:
    """Counters and histograms of the stages of all diagnoses."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        names = ("stage", "model")
        self._ended = Counter(
            "nbdoctor_stages", "Steps of diagnoses that ended, by outcome.", (*names, "outcome"), registry=registry
        )
        self._seconds = Histogram(
            "nbdoctor_stage_seconds", "Seconds that a step took.", names, registry=registry, buckets=_BUCKETS
        )
        self._first = Histogram(
            "nbdoctor_first_word_seconds",
            "Seconds to a model's first word.",
            names,
            registry=registry,
            buckets=_BUCKETS,
        )
        self._tokens = Counter(
            "nbdoctor_tokens",
            "Tokens that models read (cached: those they still knew) and wrote.",
            (*names, "kind"),
            registry=registry,
        )

    def observe(self, stage: Stage) -> None:
        """Count one step."""
        of = (stage.stage, stage.model)
        self._ended.labels(*of, stage.outcome).inc()
        self._seconds.labels(*of).observe(stage.seconds)
        if stage.first is not None:
            self._first.labels(*of).observe(stage.first)
        if stage.model:
            for kind in ("prompt", "cached", "completion"):
                self._tokens.labels(*of, kind).inc(getattr(stage, f"{kind}_tokens"))


@lru_cache(maxsize=1)
def shared() -> Metrics:
    """Those of this process: Prometheus takes each name once."""
    return Metrics()
