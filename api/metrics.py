"""What an operator watches: a registry of its own, with few and bounded labels."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.admission import Gate
from api.envelope import Answer, statements_of
from api.ports import Library
from api.problems import Code
from index.errors import IndexFault

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The measures of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "http_requests",
            "Requests by route, method and status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "http_request_seconds",
            "Seconds from a request's first byte to its answer's first byte.",
            ("route",),
            buckets=(0.001, 0.0025, 0.005, *_SECONDS),
            registry=self.registry,
        )
        self.first_sentence = _histogram(
            "time_to_first_sentence_seconds", "Seconds to the first verified sentence.", self
        )
        self.answer_seconds = _histogram(
            "answer_seconds", "Seconds to the whole answer, waiting not counted.", self
        )
        self.stages = Histogram(
            "stage_seconds",
            "Seconds by stage of an answer.",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.inflight = Gauge("inflight", "Answers being made now.", registry=self.registry)
        self.shed = Counter("shed", "Requests refused for load.", registry=self.registry)
        self.failures = Counter(
            "answer_failures", "Answers that failed, by code.", ("code",), registry=self.registry
        )
        self.citations = Counter(
            "citations", "Citations shown, by verdict.", ("status",), registry=self.registry
        )
        self.claims = Counter(
            "claims", "Sentences shown or withheld.", ("status",), registry=self.registry
        )
        self.answers = Counter("answers", "Answers by status.", ("status",), registry=self.registry)
        self.refusals = Counter(
            "refusals", "Answers that are refusals.", ("reason",), registry=self.registry
        )
        self.tokens = Counter(
            "tokens", "Tokens of language models.", ("dir",), registry=self.registry
        )
        self.dropped = Counter(
            "ledger_recheck_dropped",
            "Hits of searches that the ledger did not confirm.",
            registry=self.registry,
        )
        self.ingested = Counter(
            "ingest_files", "Uploaded files by result.", ("result",), registry=self.registry
        )

    def watch(self, gate: Gate, library: Library) -> None:
        """Also show how many requests wait, and what the index holds, whenever asked."""
        self.registry.register(_Now(gate, library))

    def answered(self, answer: Answer, seconds: float) -> None:
        """Count a finished answer."""
        report = answer.report
        self.answers.labels(report["status"]).inc()
        if report["refusal"] is not None:
            self.refusals.labels("no_support" if report["consulted"] else "nothing_found").inc()
        for statement in statements_of(report):
            self.claims.labels(statement["support"]).inc()
            for citation in statement["citations"]:
                self.citations.labels(citation["verdict"]).inc()
        self.claims.labels("withheld").inc(len(report["unverified"]))
        self.answer_seconds.observe(seconds)
        timings = answer.timings_ms
        if "first_statement" in timings:
            self.first_sentence.observe(timings["first_statement"] / 1000)
        if "retrieve" in timings:
            self.stages.labels("retrieve").observe(timings["retrieve"] / 1000)
            written = timings["total"] - timings["retrieve"]
            self.stages.labels("write_and_verify").observe(written / 1000)
        for direction in ("input", "output"):
            self.tokens.labels(direction).inc(answer.usage[f"{direction}_tokens"])

    def failed(self, code: Code) -> None:
        """Count an answer that came to nothing."""
        self.failures.labels(str(code)).inc()


class _Now(Collector):
    """Values read when they are asked for."""

    def __init__(self, gate: Gate, library: Library) -> None:
        self._gate = gate
        self._library = library

    def collect(self) -> Sequence[GaugeMetricFamily]:
        families = [_gauge("queue_depth", "Requests that wait.", self._gate.waiting)]
        try:
            with self._library.snapshot() as snapshot:
                stats = snapshot.stats
        except IndexFault:
            return families
        number = int(stats.generation.lstrip("g"))
        return [
            *families,
            _gauge("index_generation", "Number of the published generation.", number),
            _gauge("index_documents", "Live documents.", stats.documents),
            _gauge("index_chunks", "Live chunks.", stats.chunks),
        ]


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _histogram(name: str, text: str, metrics: Metrics) -> Histogram:
    return Histogram(name, text, buckets=_SECONDS, registry=metrics.registry)
