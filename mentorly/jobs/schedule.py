"""What runs when: RQ's own cron, which outlives the Redis that it writes to."""

import logging
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from redis import RedisError
from redis.client import Pipeline
from rq.cron import CronJob, CronScheduler
from rq.utils import import_attribute

from mentorly.config import QUEUE, Settings
from mentorly.extensions import JOB_TIMEOUT
from mentorly.jobs.embedded import redis_connection

# The dotted name of each job, and the seconds between two of it.
TIMES = {
    "mentorly.jobs.post.round_job": 60,
    "mentorly.jobs.inbox.inbox_job": 60,
    "mentorly.jobs.upkeep.run_out_job": 3600,
    "mentorly.jobs.upkeep.upkeep_job": 86400,
}
FETCHING = {"mentorly.jobs.mailbox.fetch_job": 60}

KEPT_FAILURE = 3600

FIRST_WAIT, LONGEST_WAIT, LONG_LIFE = 1.0, 30.0, 60.0

log = logging.getLogger(__name__)


class _Schedule(CronScheduler):
    """RQ's cron, which can also end while Redis is away."""

    def register_death(self, pipeline: Pipeline | None = None) -> None:
        with suppress(RedisError):
            super().register_death(pipeline)

    def enqueue_jobs(self) -> list[CronJob]:
        """Enqueue what is due; a clock that was put back makes nothing wait for as long as it was wrong."""
        now = datetime.now(UTC)
        for job in self.get_jobs():
            if job.next_enqueue_time and job.next_enqueue_time > now + timedelta(seconds=job.interval or 0):
                job.next_enqueue_time = now
        return super().enqueue_jobs()

    def _install_signal_handlers(self) -> None:
        """Leave the signals to keep_time: what RQ raises for them could be swallowed where it strikes."""


def times_of(settings: Settings) -> Mapping[str, int]:
    """What runs when with these settings."""
    return TIMES | FETCHING if settings.imap_url else TIMES


def keep_time(settings: Settings, times: Mapping[str, int] | None = None) -> NoReturn:
    """Enqueue each job whenever its seconds have passed, the first time at once; SIGINT or SIGTERM ends the process.

    times: seconds by the dotted name of a function; by default those of the service. A job that no worker took before
    the next one is due vanishes, so that a worker which comes back after a week finds one. While Redis is away this
    waits, longer each time.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    wait = FIRST_WAIT
    while True:
        began = time.monotonic()
        try:
            _schedule(settings, times_of(settings) if times is None else times).start()  # type: ignore[no-untyped-call]
        except RedisError:
            log.debug("Redis is away", exc_info=True)
        wait = FIRST_WAIT if time.monotonic() - began > LONG_LIFE else wait
        log.warning("The schedule lost Redis; it tries again in %.0f seconds.", wait)
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)


def _schedule(settings: Settings, times: Mapping[str, int]) -> CronScheduler:
    schedule = _Schedule(redis_connection(settings), logging_level=logging.WARNING)
    for name, seconds in times.items():
        schedule.register(
            import_attribute(name),
            QUEUE,
            interval=seconds,
            ttl=max(1, seconds - 5),
            job_timeout=JOB_TIMEOUT,
            result_ttl=seconds,
            failure_ttl=KEPT_FAILURE,
        )
    return schedule
