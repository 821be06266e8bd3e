"""Nothing that the desk plays is too loud: measured in the browser, on recordings at full scale and beyond."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import is_open, start_shift, tone

pytestmark = pytest.mark.timeout(300)
MEASURE = (Path(__file__).parent / "js" / "measure_limiter.js").read_text()
PEAK = """() => {
  const all = new Float32Array(32768);
  tap.getFloatTimeDomainData(all);
  return Math.max(...all.map(Math.abs));
}"""


def measured(page: Page, audio: bytes, *, original: bool) -> dict[str, float]:
    found = page.evaluate(MEASURE, [base64.b64encode(audio).decode(), original])
    print({name: round(value, 1) for name, value in found.items()})
    return found


def test_the_limiter_holds_a_loud_recording_and_leaves_a_quiet_one(sits_down):
    """Rendered by the browser through the very graph that the player uses; 20.0 is a recorder overdriven by 26 dB."""
    page = sits_down("reviewer6")
    for audio in (tone(level=1.0), tone(level=20.0)):
        for original in (False, True):
            loud = measured(page, audio, original=original)
            assert loud["peakIn"] > -0.1
            assert loud["peakOut"] <= loud["ceiling"] + 0.01
        assert loud["levelOut"] < -12
    quiet = measured(page, tone(level=0.05), original=True)
    assert abs(quiet["levelOut"] - quiet["levelIn"]) < 0.3


def test_what_the_desk_plays_goes_through_the_limiter(alone, source):
    """The real player on a full-scale recording, tapped where the sound leaves the page for the loudspeaker."""
    page, _ = alone("reviewer6", "haw")
    source.hand_in(tone(level=20.0), locale="haw", predicted_severity="0")
    page.add_init_script(
        """
        const connect = AudioNode.prototype.connect;
        AudioNode.prototype.connect = function (to, ...others) {
          if (to instanceof AudioDestinationNode) {
            globalThis.tap = new AnalyserNode(this.context, { fftSize: 32768 });
            connect.call(this, globalThis.tap);
          }
          return connect.call(this, to, ...others);
        };"""
    )
    start_shift(page)
    is_open(page)
    page.keyboard.press("i")
    expect(page.get_by_role("button", name="Play")).to_be_enabled()
    page.keyboard.press(" ")
    page.wait_for_timeout(1500)
    peak = page.evaluate(PEAK)
    print("peak at the loudspeaker:", round(peak, 3))
    assert 0.01 < peak <= 10 ** (-9 / 20) + 0.001
