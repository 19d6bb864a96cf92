"""`mentorly doctor`: looks at every part that the service needs, and says what to do about each."""
