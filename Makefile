# make run starts Mentorly with a demo program; make test passes its tests; make drill breaks every part of it again and
# again and counts every mail; make bench measures what it costs. Each sets up what it needs in .venv first.

PYTHON ?= python3
PROCESSES ?= 2

PIP = PYTHONWARNINGS=ignore .venv/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test setup lint judge pictures drill bench

run: .venv/ready-to-run
	@exec .venv/bin/mentorly up --demo

# worksteal keeps both cores busy until the end. (loadgroup does not group since pytest 9.2, which builds its ids itself.)
# One file or one claim: make test ARGS="tests/test_clock.py -k morning"
test: .venv/ready-to-test
	.venv/bin/python -m pytest -n $(PROCESSES) --dist worksteal $(ARGS)

setup: .venv/ready-to-test

# Ten minutes and 6,000 mails (docs/drill.md), or: make drill MINUTES=3 MAILS=2000 SEED=7 ARGS=--delete-one
drill: .venv/ready-to-test
	@.venv/bin/python -m tests.drill $(MINUTES:%=--minutes %) $(MAILS:%=--mails %) $(SEED:%=--seed %) $(ARGS)

# Ten minutes on a quiet machine (docs/bench.md), or: make bench ARGS=--quick
bench: .venv/ready-to-test
	@.venv/bin/python -m benchmarks $(ARGS)

# The long form of what make test does shortly: judges every golden mail and calendar by check_mail and check_ics, attacks
# the figures of 1,250 made-up programs, reads 20,000 made-up messages, walks through two worlds for each private value
# and drills for ten minutes with 20,000 mails; keeps the results: make judge MAIL_JUDGES=/path/to/judges
judge: .venv/ready-to-test
	.venv/bin/python -m tests.judge
	.venv/bin/python -m pytest -q --hypothesis-profile=judge tests/mentoring/test_small_groups.py
	FUZZ_EXAMPLES=20000 .venv/bin/python -m pytest -q tests/emails/test_incoming.py tests/emails/test_taking_in.py
	MENTORLY_EACH_VALUE=1 .venv/bin/python -m pytest -q tests/stories/test_two_worlds.py
	.venv/bin/python -m tests.drill --minutes 10 --mails 20000 --result tests/drill/judged.json

# Leaves every page and mail as a picture in build/pictures, to be looked at.
pictures: .venv/ready-to-test
	.venv/bin/python -m tests.pictures

lint: .venv/ready-to-test
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy --strict mentorly

.venv/made:
	@$(PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Mentorly needs Python 3.11 or newer with venv (Debian: the package python3-venv)." \
	    "Another one is taken with: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up in .venv: this takes a minute or two, once."
	@$(PYTHON) -m venv --clear .venv
	@$(PIP) --upgrade 'pip>=25.1'
	@touch $@

.venv/ready-to-run: .venv/made pyproject.toml
	@$(PIP) --editable .
	@touch $@

.venv/ready-to-test: .venv/ready-to-run
	@$(PIP) --group test --group lint
	@touch $@
