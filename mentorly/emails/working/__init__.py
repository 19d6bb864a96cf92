"""Mails about the tasks of objectives: given, near, late, done, and spoken of."""
