// The reviewer's desk. The server decides everything; this page shows where things stand and sends deliberate acts.
// States: loading, off (no shift), working (a clip), resting (break, cool-down, stop), waiting (nothing to serve), ended.

import { call, callUntilAnswered, farewell, Refused, Unreachable } from "./desk/api.js";
import { Ahead, gathered, unlocked } from "./desk/ahead.js";
import { clock, ReviewForm } from "./desk/form.js";
import * as keys from "./desk/keys.js";
import { showLabel } from "./desk/label.js";
import { showOpinions } from "./desk/opinions.js";
import { Player } from "./desk/player.js";
import { Rest } from "./desk/rest.js";
import { Suggestions } from "./desk/suggestions.js";
import { WAITING } from "./desk/waiting.js";

const $ = (id) => document.getElementById(id);
const desk = $("desk");
const HEARTBEAT_MS = 20000;
const LOOK_AGAIN_MS = 30000;
let shift = null, item = null, sending = false; // item: the clip on the desk, with all that belongs to it

const player = new Player($("wave"), desk.dataset.nonce, {
  onTime: (seconds) => { if (item) $("clock").textContent = `${clock(seconds)} of ${clock(item.lease.clip.duration_ms / 1000)}`; },
  onState: () => { $("play").firstChild.textContent = player.isPlaying() ? "Pause " : "Play "; },
  onSpans: (spans) => form.showSpans(spans),
});
const form = new ReviewForm(player);
const ahead = new Ahead();
const rest = new Rest({ show, say, ended });
const suggestions = new Suggestions($("suggestions"), $("transcript-box"), (one, id) => {
  form.takeOver(one, id);
  say("Filled in as a flag. Nothing is sent before you send it; move the span if it lies elsewhere.");
});

function say(text) { $("said").textContent = text; }

function show(state) {
  desk.dataset.state = state;
  for (const part of document.querySelectorAll("[data-show]")) part.hidden = !part.dataset.show.split(" ").includes(state);
}

function trouble(text) {
  $("trouble").hidden = !text;
  $("trouble").textContent = text;
}

function explain(error) {
  if (error instanceof Unreachable) return trouble("The service could not be reached. Nothing is lost; please try again in a moment.");
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) return trouble("You were signed out meanwhile. Sign in again in another window, then go on here: what you typed is still on this page.");
  trouble([error.problem.title, error.problem.detail].filter(Boolean).join(" "));
}

const guarded = (act) => async (...given) => { try { trouble(""); await act(...given); } catch (error) { explain(error); } };

// --- shift ---------------------------------------------------------------------------------------------------

async function begin() {
  const { data } = await call("GET", "desk/");
  shift = data.shift;
  if (!shift) return show("off");
  const [first, second] = data.leases;
  if (shift.state === "paused") return rest.open(data.pace);
  if (!first) return next();
  await open(await gathered(first, false));
  if (second) ahead.keep(second).catch(() => {}).finally(showUsed);
}

// What is fetched ahead has its place in the quota, but has not been used yet.
function showUsed() {
  if (ahead.found) desk.dataset.ahead = ahead.leaseId;
  else delete desk.dataset.ahead;
  $("used").textContent = shift ? `${shift.clips_used - (ahead.leaseId ? 1 : 0)} of at most ${shift.max_clips} clips` : "";
}

async function start(event) {
  event.preventDefault();
  const gentle = {};
  for (const name of ["max_clips", "minutes"]) {
    const value = new FormData($("start")).get(name);
    if (value) gentle[name] = Number(value);
  }
  shift = (await call("POST", "shifts/", gentle)).data;
  await next();
}

async function endShift() {
  player.stop();
  await leave("release");
  await ahead.putBack();
  await call("POST", "shifts/current/end/", {}).catch((error) => { if (error.status !== 409) throw error; });
  ended();
}

// It is over, by the person's word or by the clock.
function ended() {
  shift = null;
  cleared();
  rest.close();
  show("ended");
  $("ended-title").focus();
  say("Your shift is over. Thank you, and rest well.");
}

function cleared() {
  item = null;
  player.close();
  suggestions.hide();
}

// --- one clip after another ------------------------------------------------------------------------------------

// The next clip: the one fetched ahead, where pace still allows it (the service has said so with the last review, or
// says so now), else a new claim.
async function next(looked) {
  await ahead.ready().catch(() => {});
  if (ahead.leaseId && (await mayOpen(looked))) return open(ahead.take());
  ahead.take();
  cleared();
  if (looked && !looked.may_open && looked.pace.decision !== "go") return rest.open(looked.pace);
  const { status, data } = await call("POST", "shifts/current/claim/", {});
  if (status === 201) return open(await gathered(data.lease, false));
  if (data.waiting) return showWaiting(data.waiting);
  return rest.open(data.pace);
}

async function mayOpen(looked) {
  if (!ahead.found) return false;
  const { may_open: may } = looked ?? (await call("POST", `leases/${ahead.leaseId}/look/`, {}).catch(() => ({ data: {} }))).data;
  return may;
}

// Everything that is needed is in `found`: no request stands between here and a clip that can be worked on.
async function open(found) {
  item = found;
  const { clip } = item.lease;
  rest.close();
  show("working");
  form.open(clip.transcript);
  player.open(item.lease, item.outline);
  suggestions.open(clip.transcript, item.suggestions);
  showOpinions($("opinions"), item.lease.adjudication, false);
  say(`Next clip: ${showLabel($("clip-labels"), clip)}.`);
  reveal(false);
  for (const id of ["step-softened", "step-original"]) $(id).setAttribute("aria-pressed", "false");
  for (const id of ["play", "stop", "mark"]) $(id).disabled = true;
  $("clock").textContent = clock(clip.duration_ms / 1000);
  desk.dataset.lease = item.lease.id;
  delete desk.dataset.ahead;
  $("clip-title").focus();
  performance.mark("desk-opened");
  prepareAhead().finally(refreshShift);
}

async function prepareAhead() {
  if (item && shift?.state === "active") await ahead.prepare(item.lease);
}

async function refreshShift() {
  const { data } = await call("GET", "shifts/current/").catch(() => ({}));
  if (data?.id) shift = data;
  showUsed();
}

// The words stand nowhere on the page before this step; from then on they can be corrected in the review.
function reveal(shown) {
  if (shown) {
    form.reveal();
    suggestions.show();
  } else suggestions.hide();
  $("transcript-box").hidden = !shown;
  $("step-transcript").setAttribute("aria-expanded", String(shown));
  showOpinions($("opinions"), item.lease.adjudication, shown);
}

async function step(version) {
  if (!item || sending) return;
  const mine = item;
  try {
    await player.step(version, version === "softened" ? await unlocked(mine) : undefined);
  } catch (error) {
    if (error.problem?.code !== "pace-forbids" || item !== mine) throw error;
    return restInstead(error.problem.pace);
  }
  for (const id of ["step-softened", "step-original"]) $(id).setAttribute("aria-pressed", String(id.endsWith(version)));
  for (const id of ["play", "stop", "mark"]) $(id).disabled = false;
  player.speed(Number($("speed").value));
  say(`${version} sound is ready. Press space to play.`);
}

// Pace changed its mind between the label and the sound: the clip goes back unheard.
async function restInstead(pace) {
  await leave("release");
  return pace.decision === "go" ? next() : rest.open(pace);
}

// --- send, skip, hand back ----------------------------------------------------------------------------------------

async function send(event) {
  event?.preventDefault();
  if (sending || !item) return;
  const gap = form.gap();
  if (gap) {
    form.form.querySelector(`input[name="${gap[0]}"]`).focus();
    return trouble(gap[1]);
  }
  player.stop();
  setBusy(true);
  performance.mark("desk-sent");
  try {
    await next(await sent());
  } catch (error) {
    explain(error);
  } finally {
    setBusy(false);
  }
}

// Send once, however often it takes: the service counts one review a lease, and tells a second sending what the first
// one led to. Answers what the service says of the clip fetched ahead, if it was asked.
async function sent() {
  const body = { ...form.body(), heard_ms: player.heardMs(), next: ahead.leaseId };
  const waiting = () => trouble("The line is down. Your review is kept on this page and is sent as soon as it is back. Please leave the page open.");
  try {
    const { data } = await callUntilAnswered("POST", `leases/${item.lease.id}/review/`, body, waiting);
    trouble("");
    thank(data);
    return data.next;
  } catch (error) {
    if (error.problem?.code === "already-reviewed") {
      trouble(error.again ? "" : error.message);
      thank(error.problem);
      return undefined;
    }
    if (error.problem?.code !== "lease-over") throw error;
    explain(error);
    return undefined;
  }
}

// Between one clip and the next nothing on the desk may act on the one that is gone.
function setBusy(busy) {
  sending = busy;
  for (const part of document.querySelectorAll('[data-show="working"]')) part.inert = busy;
}

function thank({ erasures = [], cases = [] }) {
  const said = ["Saved."];
  if (erasures.length) said.push("The clip is out of reach and will be erased.");
  if (cases.length) said.push("Thank you. A supervisor must take this up now; you will hear what became of it.");
  say(said.join(" "));
  if (said.length === 1) return;
  $("thanks").hidden = false;
  $("thanks").textContent = said.join(" ");
  setTimeout(() => { $("thanks").hidden = true; }, 8000);
}

function enough() {
  player.stop();
  form.enough();
  say("Stopped. The clip is marked as possibly a crime. Press Control and Enter to hand it on.");
}

// One keystroke, for whoever wants no further word with this clip. It is sent as any review is: once.
async function enoughAtOnce() {
  player.stop();
  form.enoughAtOnce();
  await send();
}

// Hand the clip back: `skip` for good, `release` for now. One that is over already is no trouble.
async function leave(verb) {
  if (!item) return;
  const { lease } = item;
  player.stop();
  await call("POST", `leases/${lease.id}/${verb}/`, { heard_ms: player.heardMs() })
    .catch((error) => { if (error.status !== 409 && error.status !== 404) throw error; });
  cleared();
}

async function skip() {
  if (!item || sending) return;
  player.stop();
  setBusy(true);
  try { await leave("skip"); await next(); } finally { setBusy(false); }
}

// --- rest, nothing to do ---------------------------------------------------------------------------------------------

async function takeBreak() {
  player.stop();
  await leave("release");
  await ahead.putBack();
  if (shift?.state !== "paused") shift = (await call("POST", "shifts/current/pause/", {})).data;
  rest.open((await call("GET", "me/pace/")).data);
}

async function goOn() {
  if (shift?.state === "paused") shift = (await call("POST", "shifts/current/resume/", {})).data;
  await next();
}

async function later() {
  const { data } = await call("POST", "me/pace/put-off/", {});
  if (!data.put_off) { $("rest-later").hidden = true; return trouble("You have put it off once already. This break is for you."); }
  await next();
}

function showWaiting(why) {
  const [title, text] = WAITING[why] ?? WAITING.empty;
  const isNew = desk.dataset.state !== "waiting" || $("wait-title").textContent !== title;
  show("waiting");
  $("wait-title").textContent = title;
  $("wait-text").textContent = text;
  $("wait-since").textContent = `Looked at ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}.`;
  refreshShift();
  if (!isNew) return;
  $("wait-title").focus();
  say(`${title}. ${text}`);
}

// --- heartbeats, keys, buttons -------------------------------------------------------------------------------------

async function beat() {
  if (!item || sending) return;
  ahead.beat();
  const { lease } = item;
  try {
    await call("POST", `leases/${lease.id}/extend/`, { heard_ms: player.heardMs() });
    prepareAhead();
  } catch (error) {
    if (error instanceof Unreachable || error.status === 401 || item?.lease !== lease || sending) return;
    cleared();
    await next().catch(explain);
    explain(error);
  }
}
setInterval(beat, HEARTBEAT_MS);
setInterval(() => { if (desk.dataset.state === "waiting") next().catch(explain); }, LOOK_AGAIN_MS);

function nudgeSpeed(by) {
  const box = $("speed");
  box.selectedIndex = Math.max(0, Math.min(box.options.length - 1, box.selectedIndex + by));
  player.speed(Number(box.value));
  say(`Speed ${box.value}`);
}

function mark() {
  if (!player.version) return;
  const begun = player.mark();
  if (begun !== undefined) say(`A span begins at ${clock(begun)}. Press m again where it ends.`);
}

function showKeys() {
  $("keys-letters").checked = keys.lettersAreOn();
  $("keys").showModal();
}

const ACTS = {
  play: () => player.toggle(),
  stop: () => player.stop(),
  "step-transcript": () => reveal($("transcript-box").hidden),
  "step-softened": guarded(() => step("softened")),
  "step-original": guarded(() => step("original")),
  back: () => player.seek(-2),
  on: () => player.seek(2),
  slower: () => nudgeSpeed(-1),
  faster: () => nudgeSpeed(1),
  mark,
  unmark: () => { const last = player.spans().at(-1); if (last) player.removeSpan(last.id); },
  "take-over": () => suggestions.takeNext(),
  ...Object.fromEntries(["right", "false", "unclear"].map((value) => [`activation-${value}`, () => form.choose("activation", value)])),
  ...Object.fromEntries(["0", "1", "2", "3"].map((value) => [`severity-${value}`, () => form.choose("severity", value)])),
  "flag-critical": () => form.tick("flag-critical"),
  "flag-criminal": () => form.tick("flag-criminal"),
  send: guarded(send),
  enough,
  "enough-at-once": guarded(enoughAtOnce),
  skip: guarded(skip),
  break: guarded(takeBreak),
};

document.addEventListener("keydown", (event) => {
  const act = keys.actOf(event);
  if (act === "keys-open") { event.preventDefault(); showKeys(); return; }
  if (!act || !ACTS[act] || desk.dataset.state !== "working" || (sending && act !== "stop")) return;
  if (act !== "stop") event.preventDefault();
  ACTS[act](act === "send" ? event : undefined);
});

const on = (id, act, kind = "click") => $(id).addEventListener(kind, guarded(act));
for (const id of ["play", "stop", "mark", "step-transcript", "step-softened", "step-original", "enough", "skip", "break"]) on(id, () => ACTS[id]());
on("start", start, "submit");
on("review", send, "submit");
on("speed", () => player.speed(Number($("speed").value)), "change");
on("end-shift", endShift);
on("start-anew", () => show("off"));
on("rest-start", takeBreak);
on("rest-over", goOn);
on("rest-back", goOn);
on("rest-end", endShift);
on("rest-later", later);
on("wait-again", () => next());
on("keys-open", showKeys);
on("keys-close", () => $("keys").close());
on("keys-letters", () => keys.switchLetters($("keys-letters").checked), "change");
$("keys-card").replaceChildren(...keys.card());
keys.label(desk);

// Whoever closes the page has heard what they heard; what was fetched ahead goes back unheard.
addEventListener("pagehide", () => {
  if (!item) return;
  const heard = player.heardMs();
  if (heard !== undefined && !sending) farewell(`leases/${item.lease.id}/extend/`, { heard_ms: heard });
  player.stop();
  ahead.leave();
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("beforeunload", (event) => { if (sending || (item && form.isBegun)) event.preventDefault(); });

guarded(begin)();
