"""An audit that could not ask is no clean audit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.audit import FINE, NOT_ASKED, ROOT, WEAK, judged

FINE_ONE = {"name": "fine", "version": "1", "vulns": []}
WEAK_ONE = {"name": "weak", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "unknown", "skip_reason": "Dependency not found on PyPI and could not be audited"}


def test_all_were_asked_about_and_none_is_weak() -> None:
    assert judged([FINE_ONE]) == (FINE, ["1 packages asked about, no known weakness."])


def test_a_weak_one_is_named_with_what_mends_it() -> None:
    assert judged([FINE_ONE, WEAK_ONE, UNKNOWN])[0] == WEAK
    assert judged([WEAK_ONE])[1] == ["weak 2: PYSEC-1, mended in 3"]


def test_one_that_the_index_does_not_know_is_said() -> None:
    code, said = judged([FINE_ONE, UNKNOWN])
    assert (code, said[0]) == (NOT_ASKED, "1 of 2 packages could not be asked about: unknown.")


def test_a_database_that_is_away_is_said(tmp_path: Path) -> None:
    nowhere, nothing_kept = "http://127.0.0.1:9", str(tmp_path)
    away = {**os.environ, "HTTPS_PROXY": nowhere, "https_proxy": nowhere, "NO_PROXY": "", "no_proxy": ""}
    away |= {"PIP_CACHE_DIR": nothing_kept, "XDG_CACHE_HOME": nothing_kept}
    command = [sys.executable, "-m", "tests.audit", "tests/fuzz/requirements.txt"]
    done = subprocess.run(command, cwd=ROOT, env=away, capture_output=True, text=True, check=False)
    assert (done.returncode, "nothing could be asked" in done.stdout) == (NOT_ASKED, True)
