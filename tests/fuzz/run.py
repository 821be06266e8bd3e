"""`make fuzz`: schemathesis with all checks over the API's own description, signed in as each role, on a real instance.

Needs schemathesis (FUZZER names its command; `make fuzz` installs it beside the project, which does not use it).
Prints requests and failures (a 5xx is one) by role; ends with 1 when there is one, or fewer requests than `--least`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.bench.instance import ROOT, Instance

PEOPLE: Final = {
    "reviewer": "reviewer1",
    "supervisor": "supervisor1",
    "legal": "legal1",
    "moderator": "moderator1",
    "auditor": "auditor",
    "administrator": "admin",
    "works council": "council",
    "counsel": "counsel1",
    "service": "ingest",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=25, help="most test cases an operation and role")
    parser.add_argument("--roles", nargs="+", choices=list(PEOPLE), default=list(PEOPLE), help="only these")
    parser.add_argument("--logs", type=Path, help="a folder to keep each role's log and report in")
    parser.add_argument("--least", type=int, default=20_000, help="requests that all roles together must reach")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = options.logs or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        instance = Instance(Path(name))
        instance.environment["TOKEN_REQUESTS_A_SECOND"] = "1000000"  # the limit has tests of its own
        with instance:
            described = _manage(instance, "spectacular", "--validate", "--fail-on-warn")
            (folder / "openapi.yaml").write_text(described, encoding="utf-8")
            results = [_fuzz(instance, folder, role, options.examples) for role in options.roles]
    total, failed = sum(cases for cases, _ in results), sum(failures for _, failures in results)
    print(f"{'all':>14} {total:>8,} requests {failed:>4} failures")
    return int(failed > 0 or total < options.least)


def _manage(instance: Instance, *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=instance.environment, capture_output=True, text=True, check=True)
    return done.stdout


def _fuzz(instance: Instance, folder: Path, role: str, examples: int) -> tuple[int, int]:
    token = _manage(instance, "issue_token", f"{PEOPLE[role]}@earshot.example").split()[-1]
    report, log = folder / f"{role}.json", folder / f"{role}.log"
    command = [os.environ.get("FUZZER", "schemathesis"), "--config-file", str(ROOT / "tests/fuzz/schemathesis.toml")]
    command += ["run", str(folder / "openapi.yaml"), "--origin", f"http://127.0.0.1:{instance.port}"]
    command += [
        "-H",
        f"Authorization: Token {token}",
        "--checks",
        "all",
        "--phases",
        "examples,coverage,fuzzing,stateful",
    ]
    command += ["-n", str(examples), "--continue-on-failure", "--no-shrink", "--warnings", "off"]
    command += ["--report", "json", "--report-json-path", str(report)]
    with log.open("wb") as output:
        code = subprocess.run(command, cwd=folder, stdout=output, stderr=output, check=False).returncode
    cases, failures = _counted(json.loads(report.read_text(encoding="utf-8")))
    if code:
        print(log.read_text(encoding="utf-8")[-30_000:])
    print(f"{role:>14} {cases:>8,} requests {failures:>4} failures", flush=True)
    return cases, failures or int(code != 0)


def _counted(report: dict[str, Any]) -> tuple[int, int]:
    counts = report["test_cases"]
    return counts["generated"], counts["unique_failures"] + counts["errored"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
