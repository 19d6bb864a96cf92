"""The worker: performs the jobs of the queue, and outlives the Redis that holds it."""

import gc
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
from rq.timeouts import UnixSignalDeathPenalty

from mentorly.config import QUEUE, Settings
from mentorly.jobs.embedded import redis_connection
from mentorly.jobs.ending import ENDING
from mentorly.jobs.parent import Child, Parent

ONE_WORKER = (sys.executable, "-m", "mentorly.cli", "work")

# How often RQ looks for what dead workers left in its books. What is due it need not find again: the database knows.
MAINTENANCE_INTERVAL, WORKER_TTL = 5, 20

FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0

# Seconds after which a worker that was told to end is gone, whatever it waits for.
LAST_MOMENT = 4.8

log = logging.getLogger(__name__)


class TimeIsUp(BaseException):
    """A job took longer than it may. No Exception, so that no mail in hand is taken for the culprit."""


class _TimeLimit(UnixSignalDeathPenalty):
    """RQ's time limit of a job, which ends the job whatever it is about."""

    def handle_death_penalty(self, signum: int, frame: FrameType | None) -> None:
        raise TimeIsUp


class _Worker(SimpleWorker):
    """RQ's worker without a process for each job: a job is a batch, so nothing is gained by a fork."""

    app: Flask
    was_told = False
    death_penalty_class = _TimeLimit
    max_connection_wait_time = 5.0
    log_result_lifespan = False

    def perform_job(self, job: Job, queue: Queue) -> bool:
        with self.app.app_context():
            return super().perform_job(job, queue)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Write down what kind of fault it was and where, and not what it said, which may be what somebody typed."""
        if isinstance(exc_info[1], RedisError):
            return
        told = _without_words(exc_info[1])
        log.error("A job failed: %s at %s", told["fault"], told["at"])

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: Any = None, exc_string: str = ""
    ) -> None:
        """Keep no more than that in Redis."""
        fault = sys.exc_info()[1]
        told = " ".join(_without_words(fault).values()) if fault else exc_string
        super().handle_job_failure(job, queue, started_job_registry, told)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish the mail in hand, or end at once; RQ's own exception could be swallowed where it strikes."""
        self.was_told = True
        ENDING.tell()
        try:
            super().request_stop(signum, frame)  # type: ignore[no-untyped-call]
        except StopRequested:
            sys.exit(0)
        for number in (signal.SIGTERM, signal.SIGINT):  # a second one changes nothing: the end is near anyway
            signal.signal(number, signal.SIG_IGN)

    def set_shutdown_requested_date(self) -> None:
        """Tell Redis nothing: this runs in the signal handler, which must not wait for anybody."""

    def register_death(self) -> None:
        with suppress(RedisError):
            super().register_death()  # type: ignore[no-untyped-call]

    def subscribe(self) -> None:
        """Take no remote commands: that would be a second connection and a thread, for nothing used here."""


def _without_words(fault: BaseException) -> dict[str, str]:
    from mentorly.extensions import fault_without_words  # noqa: PLC0415 - it brings the program, which a job needs

    return fault_without_words(fault)


def work(app: Flask, settings: Settings, processes: int = 1, one_worker: Sequence[str] = ONE_WORKER) -> None:
    """Perform jobs in the context of `app` until SIGINT or SIGTERM ends the process, after the job that has begun.

    processes: how many; more than one are children of this process, each running the command `one_worker`.
    """
    if processes > 1:
        workers = [Child(f"worker {number}", one_worker) for number in range(1, processes + 1)]
        Parent(workers, together=True).run()
        return
    logging.getLogger("rq.worker").addFilter(_is_news)
    _leave_in_time()
    gc.freeze()  # what was loaded by now stays: looking through it again and again took a tenth of a mail's time
    wait = FIRST_WAIT
    while True:
        began = time.monotonic()
        if _worked_until_told(app, settings):
            return
        wait = FIRST_WAIT if time.monotonic() - began > LONGEST_WAIT else wait
        log.warning("The worker lost Redis; it tries again in %.1f seconds.", wait)
        time.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)


def _leave_in_time() -> None:
    """Have this process gone in time after it was told to end, even while it waits where no signal is heeded."""
    told, tells = os.pipe()
    os.set_blocking(tells, False)
    signal.set_wakeup_fd(tells, warn_on_full_buffer=False)

    def wait() -> None:
        while os.read(told, 1)[0] not in {signal.SIGTERM, signal.SIGINT}:
            pass
        time.sleep(LAST_MOMENT)
        os._exit(1)

    threading.Thread(target=wait, name="last moment", daemon=True).start()


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
