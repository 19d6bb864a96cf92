"""Mails about an end: a relationship is over, as planned or sooner."""
