"""`make judge`: judges every golden mail by check_mail, and keeps the result beside them."""

import hashlib
import json
import os
import sys
from pathlib import Path

from tests.emails.test_golden import GOLDEN, JUDGED, judge, names


def main() -> None:
    """Judge everything; ends with 1 if anything has an error."""
    folder = os.environ.get("MAIL_JUDGES")
    if not folder:
        sys.exit("Set MAIL_JUDGES to the folder of check_mail.")
    verdicts = {}
    for name in names():
        path = GOLDEN / f"{name}.eml"
        errors = judge(path, Path(folder).resolve())
        verdicts[name] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "errors": errors}
        print(f"{name}: {len(errors)} errors", *errors, sep="\n  ")
    JUDGED.write_text(json.dumps(verdicts, indent=1, sort_keys=True) + "\n", "utf-8")
    sys.exit(any(verdict["errors"] for verdict in verdicts.values()))


if __name__ == "__main__":
    main()
