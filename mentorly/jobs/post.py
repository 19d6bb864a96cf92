"""The queue's door to the post office: rounds, the bell, and further hands."""

import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import cast

import structlog
from redis import RedisError

from mentorly.config import Settings
from mentorly.emails.claims import Watch, Worker
from mentorly.extensions import BELL, HANDS, ask_hands, house, mail, now, post_office, ring, session, settings
from mentorly.jobs.carrier import SmtpCarrier
from mentorly.jobs.ending import ENDING
from mentorly.jobs.upkeep import upkeep_job
from mentorly.mentoring.playground import PlaygroundClock

MOST_STEPS = 5000
COUNTED = ("collected", "sent", "folded", "withdrawn", "missed", "suppressed", "refused", "failed", "uncertain")
SLICE = 0.1
# A process number means something only among the processes that share it.
_numbering = Path("/proc/self/ns/pid")
_boot = Path("/proc/sys/kernel/random/boot_id")
PLACE = "/".join(
    [
        socket.gethostname(),
        _boot.read_text("ascii").strip() if _boot.exists() else "",
        str(_numbering.stat().st_ino) if _numbering.exists() else "",
    ]
)
log = structlog.get_logger(__name__)
WATCH = Watch(time.monotonic)


def is_gone(name: str) -> bool:
    """Whether the worker of a name ran in this place, and its process is no more."""
    place, _, number = name.rpartition(":")
    if place != PLACE or int(number) == os.getpid():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def pause(seconds: float) -> None:
    """Wait, in slices that end when this process is told to end."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(min(SLICE, max(0.0, until - time.monotonic())))
        if ENDING.is_told:
            return


def this_worker() -> Worker:
    """Who delivers in this process."""
    return Worker(
        name=f"{PLACE}:{os.getpid()}",
        is_gone=is_gone,
        is_told=lambda: ENDING.is_told,
        watch=WATCH,
        pause=pause,
        ask_hands=ask_hands,
    )


def carrier_here() -> SmtpCarrier:
    """The carrier to the configured mail server."""
    own = settings()
    return SmtpCarrier(mail, own, ENDING, sign=signer(own) if own.dkim_key else None)


@lru_cache(4)
def signer(own: Settings) -> Callable[[bytes], bytes]:
    """What signs the mails of these settings, which hold a key. Raises Misconfigured with a sentence."""
    from mentorly.jobs.signing import Signature  # noqa: PLC0415 - it brings dkimpy, which only a key needs

    return Signature.of(own).sign


def do_round(clock: Callable[[], datetime] = now, *, bell: bool = False, at_once: bool = False) -> dict[str, object]:
    """One round with the configured mail server; returns the counts."""
    office = post_office()
    with carrier_here() as carrier:
        counts = office.round(clock, carrier, this_worker(), bell=bell, at_once=at_once)
    tell_round(counts, bell=bell)
    if counts["unfinished"]:
        ring()
    return counts


def tell_round(counts: Mapping[str, object], *, bell: bool = False) -> None:
    """Write down what became of a round, in numbers."""
    tell_faults(cast("list[str]", counts["faults"]))
    tell_stop(stopped=bool(counts["stopped"]))
    told = {name: counts[name] for name in COUNTED if counts[name]}
    if told:
        log.info("round", bell=bell, **told)


def tell_stop(*, stopped: bool) -> None:
    """Write down that the queue stands still; what the mail server said stays in the console."""
    if stopped:
        log.error("the queue stands still: the mail server refuses us or cannot be reached")


def tell_faults(faults: Sequence[str]) -> None:
    """Write down the faults of single kinds and envelopes, by their names and numbers."""
    if faults:
        log.error("round met faults", faults=faults)


def hands_job() -> None:
    """What a round asks for that has more to deliver than one batch: one more worker delivers beside it."""
    with suppress(RedisError):
        house().queue.connection.delete(HANDS)
    with carrier_here() as carrier:
        delivery = post_office().deliver(now, carrier, this_worker())
    tell_faults([f"envelope {number}: {fault}" for number, fault in delivery.faults])
    tell_stop(stopped=delivery.is_stopped)
    if delivery.is_unfinished:
        ring()


def round_job() -> None:
    """What the schedule asks for every minute."""
    do_round()


def bell_job() -> None:
    """What a bell asks for: the mails that people's acts caused. The next act may ring again as soon as this begins."""
    with suppress(RedisError):
        house().queue.connection.delete(BELL)
    do_round(bell=True)


def walk_job(until: str) -> int:
    """Walk the playground's clock to a moment (ISO 8601), with a round at every moment at which something happens.

    until may be empty: to the next mail. Returns the number of mails that were sent.
    """
    sent = 0
    target = datetime.fromisoformat(until) if until else None
    for _ in range(MOST_STEPS):
        shown = now()
        step = _next_step(shown, target)
        if step is None:
            break
        _set_clock(max(step, shown), shown)
        if step.date() > shown.date():
            upkeep_job()
        counts = do_round(at_once=True)
        sent += int(str(counts["sent"]))
        if (target is None and counts["sent"]) or (target is not None and step >= target) or counts["stopped"]:
            break
    return sent


def _next_step(shown: datetime, target: datetime | None) -> datetime | None:
    horizon = target or shown + timedelta(days=400)
    upcoming = post_office().upcoming(shown, horizon)
    session().rollback()
    ahead = [one.send_at for one in upcoming if target is None or one.send_at <= target]
    return ahead[0] if ahead else target


def _set_clock(moment: datetime, shown: datetime) -> None:
    PlaygroundClock.move_to(session(), moment, shown)
    session().commit()
    house().ahead_read = float("-inf")
