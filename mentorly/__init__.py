"""Mentorly runs a formal mentoring program from the inbox."""

__version__ = "0.1.0"
