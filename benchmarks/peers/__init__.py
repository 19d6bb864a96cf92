"""What others send the same mails with. Each module is a program of its own, as one of their users would write it."""
