"""What watches over the service asks here, in the text format of Prometheus: numbers, and nothing about anybody."""

from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from mentorly.blueprints.guard import shows
from mentorly.emails.arrivals import Arrivals, Taken
from mentorly.emails.carrying import STOPS
from mentorly.emails.email import Register
from mentorly.emails.post_state import PostState
from mentorly.emails.tally import OTHER
from mentorly.extensions import house, now, session, settings

PERSONAL = "personal"

blueprint = Blueprint("metrics", __name__)


class PostMetrics(Collector):
    """The state of the post as metrics; kinds that are personal are counted together (rules C7)."""

    def __init__(self, state: PostState, arrivals: Arrivals, taken: Taken, register: Register) -> None:
        self.state = state
        self.arrivals = arrivals
        self.taken = taken
        self.register = register

    def collect(self) -> Iterable[Metric]:
        """Tell every metric."""
        yield from self._queue()
        yield from self._mails()
        yield from self._standing()
        yield from self._arrivals()
        yield InfoMetricFamily("mentorly_build", "What is running.", {"version": version("mentorly")})

    def _queue(self) -> Iterable[Metric]:
        queue = self.state.queue
        waiting = GaugeMetricFamily("mentorly_mails_waiting", "Mails that wait to be sent.", labels=["when"])
        waiting.add_metric(["now"], queue.ready)
        waiting.add_metric(["later"], queue.later)
        yield waiting
        yield _gauge("mentorly_mails_sending", "Mails in the hands of a worker.", queue.sending)
        yield _gauge(
            "mentorly_oldest_waiting_seconds",
            "How long the first mail that could go has been ready.",
            queue.oldest(self.state.now).total_seconds(),
        )

    def _mails(self) -> Iterable[Metric]:
        mails = CounterMetricFamily("mentorly_mails", "Mails by what became of them.", labels=["state", "kind"])
        for (state, kind), number in sorted(self._by_shown_kind().items()):
            mails.add_metric([state, kind], number)
        yield mails
        refused = CounterMetricFamily("mentorly_refused", "Mails refused, by the server's code.", labels=["reason"])
        for reason, number in sorted(self.state.refused.items()):
            refused.add_metric([reason], number)
        yield refused

    def _arrivals(self) -> Iterable[Metric]:
        arrivals = self.arrivals
        yield _gauge("mentorly_received_waiting", "Received mails that wait to be taken in.", arrivals.waiting)
        yield _gauge(
            "mentorly_received_oldest_seconds",
            "How long the first of them has been waiting.",
            arrivals.oldest(self.state.now).total_seconds(),
        )
        yield _gauge("mentorly_received_failed", "Received mails that a person has to look at.", arrivals.failed)
        yield _by("mentorly_received_last_day", "Mails of the last day by decision.", "decision", self.taken.decided)
        yield _by("mentorly_bounced_last_day", "Mails told to have come back.", "verdict", self.taken.bounced)

    def _by_shown_kind(self) -> Mapping[tuple[str, str], int]:
        counts: Counter[tuple[str, str]] = Counter()
        for (state, kind), number in self.state.totals.items():
            counts[state, self._shown(kind)] += number
        return counts

    def _shown(self, name: str) -> str:
        kind = self.register.get(name)
        if kind is None:
            return OTHER
        return PERSONAL if kind.personal else name

    def _standing(self) -> Iterable[Metric]:
        standing = self.state.standing
        stopped = GaugeMetricFamily("mentorly_post_stopped", "Whether sending stands still.", labels=["reason"])
        for reason in sorted(STOPS):
            stopped.add_metric([reason], float(standing.stopped_since is not None and standing.stopped_by == reason))
        yield stopped
        yield CounterMetricFamily("mentorly_rounds", "Rounds of the post office.", standing.rounds)
        yield CounterMetricFamily("mentorly_round_seconds", "How long all rounds took.", standing.round_seconds)
        if standing.last_round_at is not None:
            since = (self.state.now - standing.last_round_at).total_seconds()
            yield _gauge("mentorly_last_round_seconds", "How long the last round took.", standing.last_round_seconds)
            yield _gauge("mentorly_seconds_since_last_round", "When the last round began.", since)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Tell the metrics to who shows the token."""
    if not settings().metrics_token:
        abort(404)
    if not shows(settings().metrics_token):
        return Response("", 401, {"WWW-Authenticate": "Bearer"}, mimetype="text/plain")
    registry = CollectorRegistry(auto_describe=False)
    state, arrivals = PostState.read(session(), now()), Arrivals.read(session())
    registry.register(PostMetrics(state, arrivals, Taken.read(session(), now()), house().register))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type)


def _by(name: str, meaning: str, label: str, counts: Mapping[str, int]) -> Metric:
    told = GaugeMetricFamily(name, meaning, labels=[label])
    for value, number in sorted(counts.items()):
        told.add_metric([value], number)
    return told


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value)
