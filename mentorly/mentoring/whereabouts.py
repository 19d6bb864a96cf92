"""Where a meeting is."""

from typing import NamedTuple

from mentorly.mentoring.base import Refused

PLACE_LENGTH, LINK_LENGTH = 200, 500


class Where(NamedTuple):
    """Where a meeting is: a place, the web address of a video meeting, a telephone number, or some of them."""

    place: str = ""
    link: str = ""
    phone: str = ""

    def checked(self) -> "Where":
        """The same, tidied. Raises Refused."""
        place, link, phone = (" ".join(words.split()) for words in self)
        if len(place) > PLACE_LENGTH or len(phone) > PLACE_LENGTH:
            raise Refused("A place or a telephone number has at most {most} characters.", most=PLACE_LENGTH)
        if link and (not link.startswith("https://") or " " in link or len(link) > LINK_LENGTH):
            raise Refused("The address of a video meeting begins with https:// and holds no spaces.")
        return Where(place, link, phone)
