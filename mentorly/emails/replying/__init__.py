"""The mails that answer replies: what was understood, what was refused, who was meant."""
