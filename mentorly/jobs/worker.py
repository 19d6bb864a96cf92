"""The worker: performs the jobs of the queue, and outlives the Redis that holds it."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

from flask import Flask
from redis import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job

from mentorly.config import QUEUE, Settings
from mentorly.jobs.embedded import redis_connection
from mentorly.jobs.ending import ENDING
from mentorly.jobs.parent import Child, Parent

ONE_WORKER = (sys.executable, "-m", "mentorly.cli", "work")

# With these a job whose worker was killed is found again within about 80 seconds instead of 811.
MAINTENANCE_INTERVAL, WORKER_TTL = 5, 20

FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0

# Seconds after which a worker that was told to end is gone, whatever it waits for.
LAST_MOMENT = 4.8

log = logging.getLogger(__name__)


class _Worker(SimpleWorker):
    """RQ's worker without a process for each job: a job is a batch, so nothing is gained by a fork."""

    app: Flask
    was_told = False
    max_connection_wait_time = 5.0
    log_result_lifespan = False

    def perform_job(self, job: Job, queue: Queue) -> bool:
        with self.app.app_context():
            return super().perform_job(job, queue)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish the mail in hand, or end at once; RQ's own exception could be swallowed where it strikes."""
        self.was_told = True
        ENDING.tell()
        last = threading.Timer(LAST_MOMENT, os._exit, [1])
        last.daemon = True
        last.start()
        try:
            super().request_stop(signum, frame)  # type: ignore[no-untyped-call]
        except StopRequested:
            sys.exit(0)

    def set_shutdown_requested_date(self) -> None:
        """Tell Redis, if it is there: this runs in the signal handler, and must not break the job it interrupts."""
        with suppress(RedisError):
            super().set_shutdown_requested_date()  # type: ignore[no-untyped-call]

    def register_death(self) -> None:
        with suppress(RedisError):
            super().register_death()  # type: ignore[no-untyped-call]

    def subscribe(self) -> None:
        """Take no remote commands: that would be a second connection and a thread, for nothing used here."""


def work(app: Flask, settings: Settings, processes: int = 1, one_worker: Sequence[str] = ONE_WORKER) -> None:
    """Perform jobs in the context of `app` until SIGINT or SIGTERM ends the process, after the job that has begun.

    processes: how many; more than one are children of this process, each running the command `one_worker`.
    """
    if processes > 1:
        Parent([Child(f"worker {number}", one_worker) for number in range(1, processes + 1)]).run()
        return
    logging.getLogger("rq.worker").addFilter(_is_news)
    wait = FIRST_WAIT
    while True:
        began = time.monotonic()
        if _worked_until_told(app, settings):
            return
        wait = FIRST_WAIT if time.monotonic() - began > LONGEST_WAIT else wait
        log.warning("The worker lost Redis; it tries again in %.1f seconds.", wait)
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether RQ says more than that Redis is away, which it says with a traceback and we in a line."""
    return not (record.exc_info and isinstance(record.exc_info[1], RedisError))


def _worked_until_told(app: Flask, settings: Settings) -> bool:
    worker: Any = None
    try:
        worker = _Worker(
            [QUEUE],
            connection=redis_connection(settings),
            maintenance_interval=MAINTENANCE_INTERVAL,
            worker_ttl=WORKER_TTL,
            log_job_description=False,
        )
        worker.app = app
        worker.work(logging_level="WARNING")
    except RedisError:
        log.debug("Redis is away", exc_info=True)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
    return worker is not None and worker.was_told
