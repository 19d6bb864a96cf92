"""Mails about meetings: their invitations, their changes, and what is asked before and after them."""
