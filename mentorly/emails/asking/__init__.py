"""Mails that ask: surveys, sheets, agreements and codes, and what follows from them."""
