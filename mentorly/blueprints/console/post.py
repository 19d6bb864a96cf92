"""The state of the post: what waits and why, what was sent and refused, and what to do when nothing moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatch

from flask import render_template
from flask_babel import format_timedelta
from flask_babel import lazy_gettext as _

from mentorly.blueprints.console import words
from mentorly.blueprints.console.room import blueprint
from mentorly.blueprints.guard import administrator
from mentorly.emails.post_state import Hour, PostState
from mentorly.extensions import now, session

# Rounds begin every minute.
LONG_WITHOUT_ROUND = timedelta(minutes=5)
# What codes mean, the first that fits (RFC 3463 3, RFC 5321 4.2.3).
MEANINGS = {
    "5.1.1": _("There is no such mailbox. Ask the person for the right address."),
    "5.1.*": _("The address is not right, or its domain takes no mail. Ask the person for the right one."),
    "5.2.1": _("The mailbox is closed, or takes no mail just now."),
    "5.2.2": _("The mailbox is full. Send it again when the person has made room."),
    "5.2.3": _("The mail was too large for this mailbox."),
    "5.3.4": _("The mail was too large for the recipient's mail server."),
    "5.4.*": _("The recipient's mail server could not be found, or the way to it is broken."),
    "5.6.*": _("The recipient's mail server cannot take a mail in this form."),
    "5.7.*": _("The recipient's mail server does not trust ours or its mails. Ask who runs your mail server."),
    "550": _("The mailbox does not exist, or takes no mail from us."),
    "552": _("The mailbox is full."),
    "553": _("The address is not right."),
    "554": _("The recipient's mail server does not trust ours or its mails. Ask who runs your mail server."),
}
OTHER_MEANING = _("Another reason. What the server said stands beside each mail.")

# The picture: units of its own, stretched to the width of the page.
COLUMN, BAR, HEIGHT, LEAST = 10, 8, 100, 2
LABELLED = 6


@dataclass(frozen=True)
class Bar:
    """A part of a column of the picture. what: sent, refused or other."""

    what: str
    x: float
    y: float
    height: float


@blueprint.get("/post")
@administrator
def post() -> str:
    """Show how the post is doing."""
    state = PostState.read(session(), now())
    return render_template(
        "console/post.html",
        state=state,
        stands_still=_stands_still(state),
        refused=[(code, meaning(code), number) for code, number in sorted(state.refused_lately.items(), key=_most)],
        bars=bars(state.hours),
        width=COLUMN * len(state.hours),
        height=HEIGHT,
        bar=BAR,
        most=max(map(_all, state.hours)),
        labels=[words.hour(hour.began) for hour in state.hours[::LABELLED]],
        lasted=lasted,
    )


def meaning(code: str) -> str:
    """What a mail server's code means, in plain words."""
    return str(next((said for pattern, said in MEANINGS.items() if fnmatch(code, pattern)), OTHER_MEANING))


def lasted(seconds: float) -> str:
    """How long something took or lasts, in the reader's words."""
    return str(format_timedelta(timedelta(seconds=max(1, round(seconds)))))


def bars(hours: Sequence[Hour]) -> list[Bar]:
    """The columns of the picture: what was sent below, the rest on top of it; one mail among thousands is seen too."""
    most = max(1, *map(_all, hours))
    found = []
    for place, hour in enumerate(hours):
        top = float(HEIGHT)
        for what, number in (("sent", hour.sent), ("refused", hour.refused), ("other", hour.other)):
            if number:
                height = max(LEAST, number / most * (HEIGHT - 3 * LEAST))
                top -= height
                found.append(Bar(what, place * COLUMN + (COLUMN - BAR) / 2, round(top, 2), round(height, 2)))
    return found


def _all(hour: Hour) -> int:
    return hour.sent + hour.refused + hour.other


def _most(entry: tuple[str, int]) -> tuple[int, str]:
    return -entry[1], entry[0]


def _stands_still(state: PostState) -> datetime | None:
    """Since when there was no round, if that is long ago."""
    last = state.standing.last_round_at
    return last if last is not None and state.now - last > LONG_WITHOUT_ROUND else None
