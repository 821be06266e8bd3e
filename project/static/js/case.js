// The case page: countdowns, and an evidence player that stops at one key and says how much was really heard.

import { tick } from "./case/countdown.js";

const REPORT_MS = 5000;
const player = document.querySelector("[data-player]");

function csrf() {
  return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
}

function watch(place) {
  const sounds = [...place.querySelectorAll("audio")];
  let heard = Number(place.dataset.heardMs), told = heard, last = 0;

  const count = () => {
    const now = performance.now();
    if (sounds.some((sound) => !sound.paused && sound.readyState > 2)) heard += now - last;
    last = now;
  };
  const report = () => {
    const whole = Math.round(heard);
    if (whole === told) return;
    told = whole;
    fetch(place.dataset.heard, {
      method: "POST", keepalive: true, body: JSON.stringify({ heard_ms: whole }),
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
    }).catch(() => { told = -1; });
  };
  const stop = () => { for (const sound of sounds) sound.pause(); };

  for (const sound of sounds) {
    sound.addEventListener("play", () => {
      for (const other of sounds) if (other !== sound) other.pause();
      last = performance.now();
      if (sound.dataset.version === "softened") place.querySelector("[data-original]").hidden = false;
    });
    for (const event of ["pause", "ended"]) sound.addEventListener(event, () => { count(); report(); });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { stop(); return; }
    if (event.key !== " " || event.target.closest("input, textarea, select, button, summary, a, audio")) return;
    event.preventDefault();
    const playing = sounds.find((sound) => !sound.paused);
    if (playing) playing.pause();
    else sounds[0].play().catch(() => {});  // stopped before it began: that is what was wanted
  });
  addEventListener("pagehide", () => { stop(); count(); report(); });
  setInterval(count, 250);
  setInterval(report, REPORT_MS);
}

if (player) watch(player);
setInterval(tick, 1000);
tick();
