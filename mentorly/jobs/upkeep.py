"""What is done once a day: the tally takes in what came late, old envelopes and sealed words leave."""

import structlog

from mentorly.emails.folding_away import FoldingAway
from mentorly.emails.tally import LATE, Tally
from mentorly.extensions import house, now, session
from mentorly.mentoring.remarks import Remark

log = structlog.get_logger(__name__)


def upkeep_job() -> None:
    """What the schedule asks for every day. Each batch is kept by itself, so that nobody waits for long."""
    moment, own = now(), session()
    Tally.keep_up(own, moment, since=moment - LATE)
    own.commit()
    Tally.sum_up(own, moment)
    own.commit()
    Remark.forget(own, moment)
    own.commit()
    folded = 0
    for gone in FoldingAway(own, house().register, moment).batches():
        own.commit()
        folded += gone
    own.commit()
    log.info("upkeep", folded=folded)
