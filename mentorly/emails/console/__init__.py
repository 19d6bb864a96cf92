"""The mails of the console: the test mail that an administrator asks for."""
