"""Mails about an early end: a relationship is over sooner than planned."""
