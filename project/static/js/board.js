// The board: countdowns that tick, keys to walk the rows, and a fresh look every half minute unless somebody is busy.

import { tick } from "./case/countdown.js";

const FRESH_MS = 30000;
let at = -1;

const rows = () => [...document.querySelectorAll("[data-row]")];
const busy = () => document.hidden || document.querySelector("#board input:checked") || document.activeElement?.closest("#board");

function walk(step) {
  const all = rows();
  if (!all.length) return;
  at = Math.min(Math.max(at + step, 0), all.length - 1);
  for (const row of all) row.removeAttribute("data-at");
  all[at].setAttribute("data-at", "");
  all[at].querySelector("a").focus();
}

function tickAll() {
  const boxes = [...document.querySelectorAll("#board input[type=checkbox]")];
  const on = boxes.some((box) => !box.checked);
  for (const box of boxes) box.checked = on;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  if (event.key === "j") walk(1);
  if (event.key === "k") walk(-1);
  const box = event.key === "x" && rows()[at]?.querySelector("input[type=checkbox]");
  if (box) box.checked = !box.checked;
});

document.addEventListener("click", (event) => { if (event.target.id === "tick-all") tickAll(); });

function ready() {
  const all = document.getElementById("tick-all");
  if (all) all.hidden = false;
  at = -1;
  tick();
}

document.addEventListener("htmx:afterSettle", ready);
setInterval(tick, 1000);
setInterval(() => { if (!busy()) window.htmx?.trigger("#board", "refresh"); }, FRESH_MS);
ready();
