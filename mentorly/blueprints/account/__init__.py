"""One's account: coming in and going out, passwords, the profile."""

from mentorly.blueprints.account import addresses, coming_in, own_password, profile
from mentorly.blueprints.account.room import blueprint

__all__ = ["addresses", "blueprint", "coming_in", "own_password", "profile"]
