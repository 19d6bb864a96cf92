"""Mails about a silence: nobody has met or planned to for too long."""
