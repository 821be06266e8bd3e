"""`make audit`: known weaknesses of everything in the locks, as pip-audit finds them, and whether it could ask at all.

pip-audit itself says "No known vulnerabilities found" and ends with 0 where an index answers that it knows no package,
as mirrors without PyPI's database of advisories do. Ends with 0 when every package was asked about and none is weak,
1 when one is, 2 when any could not be asked about.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
LOCKS: Final = ("requirements.txt", "tests/fuzz/requirements.txt")
FINE, WEAK, NOT_ASKED = 0, 1, 2
Report = list[dict[str, Any]]


def main(locks: list[str]) -> int:
    asked: Report = []
    for lock in locks or LOCKS:
        found = audited(ROOT / lock)
        if found is None:
            print(f"{lock}: nothing could be asked. Is the database of advisories within reach?")
            return NOT_ASKED
        asked += found
    code, said = judged(asked)
    print("\n".join(said))
    return code


def audited(lock: Path) -> Report | None:
    """What pip-audit says of each package; None where it could not even ask."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    command += ["--format", "json", "--requirement", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        found: Report = json.loads(done.stdout)["dependencies"]
    except ValueError:
        print(done.stderr.strip().rpartition("\n")[2][:300])
        return None
    return found


def judged(report: Report) -> tuple[int, list[str]]:
    weak = [(one, vuln) for one in report for vuln in one.get("vulns", ())]
    skipped = sorted(one["name"] for one in report if "skip_reason" in one)
    said = [f"{one['name']} {one['version']}: {vuln['id']}, mended in {_mended(vuln)}" for one, vuln in weak]
    if skipped:
        said.append(f"{len(skipped)} of {len(report)} packages could not be asked about: {', '.join(skipped)}.")
        said.append("The index that is used here has no advisories for them. This is no clean audit.")
    elif not weak:
        said.append(f"{len(report)} packages asked about, no known weakness.")
    return WEAK if weak else NOT_ASKED if skipped else FINE, said


def _mended(vuln: dict[str, Any]) -> str:
    return ", ".join(vuln.get("fix_versions", ())) or "no version yet"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
