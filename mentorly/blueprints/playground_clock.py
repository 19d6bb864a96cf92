"""The playground's clock: it is walked forward, and what that brought is told (rules A12)."""

from datetime import timedelta
from time import monotonic, sleep
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from mentorly.blueprints import playground
from mentorly.blueprints.reading import at_time, said
from mentorly.extensions import ask_worker, house, now, session
from mentorly.mentoring.base import Refused

WALK = "mentorly.jobs.post.walk_job"
LONGEST_WALK = 600
PATIENCE = 20
LOOK_AGAIN = 2
STEPS = {"next": timedelta(), "day": timedelta(days=1), "week": timedelta(days=7)}


@playground.blueprint.post("/clock")
def move_clock() -> Response:
    """Move the clock: the worker walks it, with a round at every moment at which something happens."""
    step = STEPS.get(request.form.get("step", ""), STEPS["next"])
    until = (now() + step).isoformat() if step else ""
    last = playground.outbox().last
    session().rollback()  # SQLite has one write lock, which the walk needs
    try:
        job = ask_worker(WALK, until, seconds=LONGEST_WALK)
    except Refused as refusal:
        flash(said(refusal), "bad")
        return redirect(url_for(".playground"), 303)
    patience = monotonic() + PATIENCE
    while not (job.is_finished or job.is_failed) and monotonic() < patience:
        sleep(0.1)
    return redirect(url_for(".walking", job=job.id, since=last), 303)


@playground.blueprint.get("/clock/<job>")
def walking(job: str) -> Response | str:
    """Say that the clock still walks, or go back and say what it brought."""
    since = playground.number_asked("since")
    walk = house().queue.fetch_job(job)
    if walk is not None and not (walk.is_finished or walk.is_failed):
        answer = make_response(render_template("playground/walking.html", clock=now()))
        answer.headers["Refresh"] = str(LOOK_AGAIN)
        return answer
    _tell(walk)
    return redirect(url_for(".playground", since=since), 303)


def _tell(walk: Any) -> None:
    house().ahead_read = float("-inf")
    if walk is None or walk.is_failed:
        flash(_("The clock stopped on its way. Look at what the worker says, and try again."), "bad")
    elif sent := int(walk.return_value() or 0):
        sent_now = ngettext("One mail was sent.", "%(num)s mails were sent.", sent)
        flash(_("It is now %(now)s.", now=at_time(now())) + " " + sent_now)
    else:
        flash(_("It is now %(now)s.", now=at_time(now())) + " " + _("No mail was sent."), "warm")
