"""The mails of joining: the welcome and the passwords."""
