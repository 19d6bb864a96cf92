"""The doors' cupboard: what they share, unbound until the roof binds it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from traceback import extract_tb
from typing import cast

from flask import Flask, current_app
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_mail import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from redis import Redis, RedisError
from rq import Queue
from rq.job import Job
from sqlalchemy import inspect
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from mentorly.config import QUEUE, Settings, redis_address
from mentorly.emails.email import Register
from mentorly.emails.heading import Heading
from mentorly.emails.post_office import PostOffice
from mentorly.mentoring.base import Base, Refused
from mentorly.mentoring.playground import PlaygroundClock
from mentorly.mentoring.sealing import Seal

DatabaseAway = (OperationalError, InterfaceError)
DatabaseFault = (OperationalError, ProgrammingError, ArgumentError)
BELL = "mentorly:bell"
BELL_JOB = "mentorly.jobs.post.bell_job"
BELL_LIFE = 5
INBOX = "mentorly:inbox"
INBOX_JOB = "mentorly.jobs.inbox.inbox_job"
INBOX_LIFE = 5
HANDS = "mentorly:hands"
HANDS_JOB = "mentorly.jobs.post.hands_job"
HANDS_LIFE = 30
# Every wait of a round has an end of its own; what was sent while the database is away has to be kept for hours.
JOB_TIMEOUT = 6 * 3600

db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
migrate = Migrate(directory=str(Path(__file__).parent / "migrations"), render_as_batch=True)
mail = Mail()
csrf = CSRFProtect()
login = LoginManager()
limiter = Limiter(get_remote_address)
babel = Babel()


@dataclass
class House:
    """What one application is made with: settings, mails, queue, and the playground's clock as last read."""

    settings: Settings
    register: Register
    queue: Queue
    seal: Seal
    ahead: timedelta = timedelta()
    ahead_read: float = field(default=float("-inf"))


def house() -> House:
    """What the current application is made with."""
    return cast("House", current_app.extensions["mentorly"])


def settings() -> Settings:
    """The settings of the current application."""
    return house().settings


def session() -> Session:
    """The database session of the current request, job or command."""
    own = cast("Session", db.session())
    house().seal.give_to(own)
    return own


def post_office() -> PostOffice:
    """The post office of the current application."""
    own = house()
    return PostOffice(session(), own.register, own.settings)


def now() -> datetime:
    """The moment, which the playground may have moved ahead; its clock is read again after half a second."""
    own = house()
    if own.settings.playground and monotonic() - own.ahead_read > 0.5:
        with db.engine.connect().execution_options(reads=True) as connection, Session(connection) as reading:
            own.ahead = PlaygroundClock.ahead(reading)
        own.ahead_read = monotonic()
    return datetime.now(UTC) + own.ahead


def keep_mail(raw: bytes, recipients: Sequence[str], sender: str | None, door: str) -> list[int]:
    """Keep one received message, safe on the disk; returns the numbers under which it is new. Commits.

    recipients, sender: of the envelope; without them, what the message's own headers say that a mail server wrote.
    Raises NoSuchAddress, NotAMail, or whatever keeps it from being kept; then nothing is.
    """
    own, letterbox, moment = session(), post_office().letterbox, now()
    own.rollback()
    own.connection(execution_options={"durable": True})
    post = letterbox.post(raw, recipients or Heading.read(raw).recipients, sender, door, moment)
    numbers = letterbox.keep([post], moment)
    own.commit()
    return numbers


def ask_worker(job: str, *words: str, seconds: int) -> Job:
    """Put a job into the queue, by its dotted name, for at most so many seconds. Raises Refused while Redis is away."""
    try:
        return house().queue.enqueue(job, *words, job_timeout=seconds, result_ttl=seconds)
    except (RedisError, OSError):
        raise Refused("The queue cannot be reached just now. Please try again in a moment.") from None


def has_schema() -> bool:
    """Whether the database has been given its tables."""
    return bool(inspect(db.engine).has_table("person"))


def fault_without_words(fault: BaseException) -> dict[str, str]:
    """What a log may say of a fault: its kind, and the file and line of our own code where it happened; never a value.

    What it says of itself may hold what somebody typed.
    """
    own = [frame for frame in extract_tb(fault.__traceback__) if "mentorly" in Path(frame.filename).parts]
    return {"fault": type(fault).__name__, "at": f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""}


def ring() -> None:
    """Ring the bell after a commit, so that what people just did is mailed within two seconds.

    Without Redis nothing is lost but a minute: the next round collects the same.
    """
    _ask_once(BELL, BELL_JOB, BELL_LIFE, ttl=60)


def ask_inbox() -> None:
    """Ask a worker to take in the mail that was just kept. Without Redis the minute's look finds the same."""
    _ask_once(INBOX, INBOX_JOB, INBOX_LIFE, ttl=60)


def ask_hands() -> bool:
    """Ask for one more worker, because there is more to deliver than one batch; whether that could be asked.

    One is asked for at a time: the next one when that one has begun. Without Redis one worker does it all.
    """
    return _ask_once(HANDS, HANDS_JOB, HANDS_LIFE, ttl=HANDS_LIFE)


def _ask_once(mark: str, job: str, life: int, ttl: int) -> bool:
    """Put a job into the queue unless one is there that has not begun; whether Redis answered.

    mark: the key that says so, for `life` seconds; the job deletes it when it begins.
    """
    queue = house().queue
    with suppress(RedisError, OSError):
        if queue.connection.set(mark, "1", nx=True, ex=life):
            queue.enqueue(job, ttl=ttl, job_timeout=JOB_TIMEOUT, result_ttl=0, failure_ttl=3600)
        return True
    return False


def bind_queue(app: Flask, settings: Settings, register: Register) -> None:
    """Give an application its house. The queue connects when it is first used, and gives up quickly."""
    redis = Redis.from_url(redis_address(settings), socket_connect_timeout=1, socket_timeout=5)
    seal = Seal([settings.secret_key, *settings.secret_key_fallbacks])
    app.extensions["mentorly"] = House(settings, register, Queue(QUEUE, connection=redis), seal)
