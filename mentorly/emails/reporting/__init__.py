"""Mails that report: how a relationship goes, what worries its people, and how a program goes."""
