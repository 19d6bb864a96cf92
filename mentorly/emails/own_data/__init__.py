"""Mails about what is kept about a person."""
