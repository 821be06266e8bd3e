// The board: countdowns that tick, keys to walk the rows, and a fresh look when a case changed, or every half minute.
// Over a fresh look ticks, focus and place stay with their cases, wherever those stand now.

import { tick } from "./case/countdown.js";

const FRESH_MS = 30000;
const AT_REST_MS = 400; // a row must not move away under a pointer that is about to press
let at = null; // the case that the keys have reached
let kept = null;
let moved = 0;
let later = null;

const board = () => document.getElementById("board");
const rows = () => [...document.querySelectorAll("[data-row]")];
const boxes = () => [...document.querySelectorAll("#board input[type=checkbox]")];
const place = () => rows().findIndex((row) => row.dataset.row === at);

function mark() {
  for (const row of rows()) row.toggleAttribute("data-at", row.dataset.row === at);
}

function walk(step) {
  const all = rows();
  if (!all.length) return;
  const row = all[Math.min(Math.max(place() + step, 0), all.length - 1)];
  at = row.dataset.row;
  mark();
  row.querySelector("a").focus();
}

function tickAll() {
  const on = boxes().some((box) => !box.checked);
  for (const box of boxes()) box.checked = on;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  if (event.key === "j") walk(1);
  if (event.key === "k") walk(-1);
  const box = event.key === "x" && rows()[place()]?.querySelector("input[type=checkbox]");
  if (box) box.checked = !box.checked;
});

document.addEventListener("click", (event) => { if (event.target.id === "tick-all") tickAll(); });
document.addEventListener("pointermove", (event) => { if (event.target.closest?.("#board")) moved = Date.now(); });
document.addEventListener("pointerdown", (event) => { if (event.target.closest?.("#board")) moved = Date.now(); });

// A fresh look waits until the pointer rests.
document.addEventListener("refresh", (event) => {
  if (event.target.id !== "board" || Date.now() - moved >= AT_REST_MS) return;
  event.stopImmediatePropagation();
  clearTimeout(later);
  later = setTimeout(look, AT_REST_MS);
}, true);

function look() {
  board().dispatchEvent(new CustomEvent("refresh"));
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "board") return;
  const focused = document.activeElement?.closest("#board [id]");
  kept = {
    ticked: new Set(boxes().filter((box) => box.checked).map((box) => box.value)),
    focus: focused?.id,
    row: rows().indexOf(focused?.closest("[data-row]")),
    case: focused?.closest("[data-row]")?.dataset.row,
    aside: document.querySelector("#board .scroll")?.scrollLeft ?? 0,
  };
});

// What had the focus may be gone: then its case has it, or whatever stands in that place now.
function heir() {
  const all = rows();
  return document.getElementById(kept.focus) ?? document.getElementById(`case-${kept.case}`)
    ?? all[Math.min(kept.row, all.length - 1)]?.querySelector("a");
}

function restore() {
  for (const box of boxes()) box.checked = kept.ticked.has(box.value);
  if (kept.focus) heir()?.focus({ preventScroll: true });
  const scroll = document.querySelector("#board .scroll");
  if (scroll) scroll.scrollLeft = kept.aside;
  kept = null;
}

function ready() {
  const all = document.getElementById("tick-all");
  if (all) all.hidden = false;
  mark();
  tick();
}

// In the same breath as the swap: no key may find the board without its ticks.
document.addEventListener("htmx:afterSwap", () => {
  if (!kept) return;
  restore();
  const [news, said] = ["board-news", "board-said"].map((id) => document.getElementById(id));
  if (news.textContent !== said.textContent) news.textContent = said.textContent;
  ready();
});
setInterval(tick, 1000);
setInterval(() => { if (!document.hidden) look(); }, FRESH_MS);
ready();
