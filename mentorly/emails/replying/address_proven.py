from mentorly.emails.reply import Outcome
from mentorly.emails.replying.about_replies import AboutReply, on_reply


class AddressProven(AboutReply):
    """You get this because you answered our welcome."""

    due = on_reply(Outcome.GREETED)
