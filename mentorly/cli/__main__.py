"""The command as `python -m mentorly.cli`: how the service starts its own parts."""

from mentorly.cli.command import main

main()
