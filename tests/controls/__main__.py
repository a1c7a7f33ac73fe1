"""`python -m tests.controls`: take one thing after another away, on both databases, and tell what caught it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Run the controls; print a line for each; end with 1 when one was not caught."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        asked = [sys.executable, "manage.py", "test", "-q", "-n0", "tests/controls"]
        env = os.environ | {"CONTROLS_REPORT": str(report)}
        code = subprocess.run(asked, env=env, check=False, stdout=subprocess.DEVNULL).returncode
        lines = report.read_text().splitlines() if report.exists() else []
    missed = [line for line in lines if line.endswith("NOT CAUGHT")]
    sys.stdout.write("\n".join(lines) + f"\n{len(lines) - len(missed)} of {len(lines)} caught\n")
    return code or bool(missed)


if __name__ == "__main__":
    sys.exit(main())
