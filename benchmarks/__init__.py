"""The bench: what Mentorly costs, beside what it could cost and what others cost. `python -m benchmarks --help`."""
