"""`manage.py verify_export PATH`."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.escalations.export_facts import facts_of, signer, tar_of, unpacked


def run(*arguments: object) -> str:
    out = StringIO()
    call_command("verify_export", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def bag(tmp_path):
    return unpacked(tar_of(*facts_of(1)), tmp_path / "out")


def test_a_whole_export_holds(bag):
    assert "The export holds" in run(bag)


def test_what_is_wrong_is_named_and_the_command_fails(bag):
    (bag / "data/custody.csv").write_text("forged")
    with pytest.raises(CommandError, match="does NOT hold"):
        run(bag)


def test_a_certificate_got_by_another_way_must_be_the_one(bag, tmp_path):
    right, wrong = bag / "signing-certificate.pem", tmp_path / "wrong.pem"
    wrong.write_bytes(signer().certificate_pem)
    assert "holds" in run(bag, "--certificate", right)
    with pytest.raises(CommandError):
        run(bag, "--certificate", wrong)


@pytest.mark.parametrize("option", ["--certificate", "--tsa-certificate"])
def test_a_file_that_is_no_certificate_is_refused_plainly(bag, tmp_path, option):
    path = tmp_path / "none.pem"
    path.write_text("no certificate")
    with pytest.raises(CommandError, match="no certificate"):
        run(bag, option, path)


def test_the_case_communitys_own_validator_agrees(bag):
    assert "The export holds" in run(bag, "--shapes")


def test_nothing_there_is_said_plainly(tmp_path):
    with pytest.raises(CommandError):
        run(tmp_path / "nothing")
