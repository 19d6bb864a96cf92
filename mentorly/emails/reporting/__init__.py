"""Mails that report: how a program goes, to who looks after it."""
