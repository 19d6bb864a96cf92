"""What is done once a day: the tally takes in what came late; what is over ends; what is old leaves; figures."""

from collections.abc import Iterator
from datetime import datetime

import structlog

from mentorly.emails.clearing_away import ClearingAway
from mentorly.emails.erasing import erase, shred
from mentorly.emails.folding_away import FoldingAway
from mentorly.emails.reply import Reply
from mentorly.emails.tally import LATE, Tally
from mentorly.emails.unanswered import Unanswered
from mentorly.extensions import house, now, session
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.concerns import Concern
from mentorly.mentoring.ending import run_out
from mentorly.mentoring.fading import Fading
from mentorly.mentoring.figures import release_figures, running
from mentorly.mentoring.monthly import MonthlyFigures
from mentorly.mentoring.programs import Program
from mentorly.mentoring.remarks import Remark
from mentorly.mentoring.reports import ProgressReport
from mentorly.mentoring.sponsors import forgotten
from mentorly.mentoring.unheard import Unheard

log = structlog.get_logger(__name__)


def run_out_job() -> None:
    """What the schedule asks for every hour, so that pages say what the mail of that morning says."""
    if ended := _all(run_out(session(), now())):
        log.info("run out", ended=ended)


def upkeep_job() -> None:
    """What the schedule asks for every day. Each batch is kept by itself, so that nobody waits for long."""
    moment, own = now(), session()
    Tally.keep_up(own, moment, since=moment - LATE)
    own.commit()
    Tally.sum_up(own, moment)
    own.commit()
    Remark.forget(own, moment)
    CallForHelp.forget(own, moment)
    ProgressReport.forget(own, moment)
    Concern.forget(own, moment)
    Reply.forget(own, moment)
    Unheard.forget(own, moment)
    own.commit()
    ended = _all(run_out(own, moment))
    clearing = ClearingAway(own, moment)
    cleared, forgotten = _all(clearing.bytes()), _all(clearing.rows())
    folded = _all(FoldingAway(own, house().register, moment).batches()) + _all(shred(own))
    faded = _all(Fading(own, moment).batches())
    _forget_outsiders(moment)
    unheard = _all(Unanswered(own, house().register, moment).batches())
    MonthlyFigures.prepare(own, moment)
    own.commit()
    released = sum(_released(number, moment) for number in own.scalars(running(moment)).all())
    log.info(
        "upkeep", released=released, unheard=unheard, folded=folded, cleared=cleared, forgotten=forgotten, faded=faded,
        ended=ended,
    )  # fmt: skip


def _forget_outsiders(moment: datetime) -> None:
    """Erase who was only ever asked whether they want to hear of a program; the first fifty."""
    for person in session().scalars(forgotten(moment).limit(50)).all():
        erase(person, None, moment)
        session().commit()


def _released(number: int, moment: datetime) -> int:
    """Release the figures of one program, and keep them."""
    made = release_figures(session().get_one(Program, number), moment)
    session().commit()
    return made


def _all(batches: Iterator[int]) -> int:
    """Commit each batch; returns how many there were in all."""
    gone = 0
    for number in batches:
        session().commit()
        gone += number
    session().commit()
    return gone
