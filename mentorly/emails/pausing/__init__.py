"""Mails about a pause: a relationship is paused, and goes on."""
