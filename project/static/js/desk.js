// The reviewer's desk. The server decides everything; this page shows where things stand and sends deliberate acts.
// States: loading, off (no shift), working (a clip), resting (break, cool-down, stop), waiting (nothing to serve).

import { call, callUntilAnswered, Refused, Unreachable } from "./desk/api.js";
import { Player } from "./desk/player.js";

const $ = (id) => document.getElementById(id);
const desk = $("desk");
const HEARTBEAT_MS = 20000;
const SEVERITIES = ["ordinary", "uneasy", "heavy", "gravest"];
let shift = null, lease = null, ahead = null, blind = false, sending = false, timer = 0;

const player = new Player($("wave"), desk.dataset.nonce, {
  onTime: (seconds) => { $("clock").textContent = `${clock(seconds)} of ${clock(lease.clip.duration_ms / 1000)}`; },
  onState: () => { $("play").firstChild.textContent = player.isPlaying() ? "Pause " : "Play "; },
  onSpans: showSpans,
});

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

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
  trouble([error.problem.title, error.problem.detail].filter(Boolean).join(" "));
}

const guarded = (act) => async (...given) => { try { trouble(""); await act(...given); } catch (error) { explain(error); } };

// --- shift ---------------------------------------------------------------------------------------------------

async function begin() {
  const { data } = await call("GET", "desk/");
  shift = data.shift;
  if (!shift) return show("off");
  showShift();
  if (shift.state === "paused") return showPause(data.pace);
  const [first, ...others] = data.leases;
  ahead = others[0] ?? null;
  return first ? open(first) : next();
}

function showShift() {
  $("used").textContent = `${shift.clips_used} of at most ${shift.max_clips} clips`;
}

async function start(event) {
  event.preventDefault();
  const gentle = {};
  for (const name of ["max_clips", "minutes"]) {
    const value = new FormData($("start")).get(name);
    if (value) gentle[name] = Number(value);
  }
  shift = (await call("POST", "shifts/", gentle)).data;
  showShift();
  await next();
}

async function endShift() {
  player.stop();
  await leave("release");
  await call("POST", "shifts/current/end/", {});
  shift = lease = ahead = null;
  player.close();
  show("off");
  say("Your shift has ended.");
}

// --- one clip after another ------------------------------------------------------------------------------------

async function claim() {
  const { status, data } = await call("POST", "shifts/current/claim/", {});
  if (status === 201) shift.clips_used += 1;
  if (status === 201) return data;
  return { pace: data.pace, waiting: data.waiting };
}

async function next() {
  const found = ahead ? { lease: ahead } : await claim();
  ahead = null;
  if (found.lease) return open(found.lease);
  lease = null;
  player.close();
  if (found.waiting) return showWaiting(found.waiting);
  return showPace(found.pace);
}

async function open(found) {
  lease = found;
  blind = false;
  const outline = (await call("GET", `leases/${lease.id}/waveform/`)).data;
  show("working");
  $("review").reset();
  showFlags();
  player.open(lease, outline);
  label();
  $("transcript-box").textContent = lease.clip.transcript || "No transcript came with this clip.";
  reveal(false);
  for (const id of ["step-softened", "step-original"]) $(id).setAttribute("aria-pressed", "false");
  for (const id of ["play", "stop", "mark"]) $(id).disabled = true;
  $("clock").textContent = clock(lease.clip.duration_ms / 1000);
  $("clip-title").focus?.();
  showShift();
}

function label() {
  const { predicted_severity: severity, predicted_categories: categories, locale, duration_ms: ms } = lease.clip;
  const badges = [[locale, ""], [clock(ms / 1000), ""]];
  badges.push(severity === null ? ["severity unknown", "warn"] : [`guess: ${SEVERITIES[severity]}`, severity > 1 ? "warn" : "good"]);
  for (const name of categories) badges.push([name.replaceAll("_", " "), "info"]);
  $("clip-labels").replaceChildren(...badges.map(([text, tone]) => {
    const badge = document.createElement("span");
    badge.className = "badge";
    if (tone) badge.dataset.tone = tone;
    badge.textContent = text;
    return badge;
  }));
  say(`Next clip: ${badges.map(([text]) => text).join(", ")}.`);
}

// The words stand nowhere on the page before this step; from then on they can be corrected in the review.
function reveal(open) {
  if (open && !$("transcript").value) $("transcript").value = lease.clip.transcript ?? "";
  $("transcript-box").hidden = !open;
  $("step-transcript").setAttribute("aria-expanded", String(open));
}

async function step(version) {
  if (!lease || sending) return;
  await player.step(version);
  for (const id of ["step-softened", "step-original"]) $(id).setAttribute("aria-pressed", String(id.endsWith(version)));
  for (const id of ["play", "stop", "mark"]) $(id).disabled = false;
  player.speed(Number($("speed").value));
  say(`${version} sound is ready. Press space to play.`);
}

function showSpans(spans) {
  const hint = $("span-hint");
  hint.textContent = spans.length
    ? `Marked: ${spans.map((span) => `${clock(span.start_ms / 1000)} to ${clock(span.end_ms / 1000)}`).join(", ")}. Double-click a span to remove it.`
    : "Marked: nothing. Drag on the waveform, or press m at the start and again at the end.";
}

// --- what the person says of it ----------------------------------------------------------------------------------

const chosen = (name) => $("review").querySelector(`input[name="${name}"]:checked`)?.value;
const choose = (name, value) => { $("review").querySelector(`input[name="${name}"][value="${value}"]`).checked = true; };

function showFlags() {
  $("critical-more").hidden = !$("flag-critical").checked;
  $("criminal-more").hidden = !$("flag-criminal").checked;
}

function flags() {
  const spans = player.wave ? player.spans() : [];
  const one = (kind) => (spans.length ? spans : [{}]).map((span) => ({ kind, category: $(`${kind}-category`).value, ...span }));
  const found = [];
  if ($("flag-critical").checked) found.push(...one("critical"));
  if ($("flag-criminal").checked) {
    const note = $("note").value.trim();
    found.push({ kind: "criminal", category: $("criminal-category").value, ...(spans[0] ?? {}), danger_now: $("danger-now").checked, ...(note ? { note } : {}) });
  }
  return found;
}

function review() {
  const words = $("transcript").value.trim();
  const body = { activation: chosen("activation"), severity: Number(chosen("severity")), flags: flags() };
  if (words) body.transcript = words;
  if (blind) body.blind = true;
  return body;
}

// Nothing may be left open that the service needs; heard enough fills in what is missing.
function missing() {
  if (!chosen("activation")) return ["activation", "Please say whether it was recorded rightly: r, f or u."];
  if (!chosen("severity")) return ["severity", "Please say how heavy it was for you: 0, 1, 2 or 3."];
  return null;
}

async function send(event) {
  event?.preventDefault();
  if (sending || !lease) return;
  const gap = missing();
  if (gap) {
    $("review").querySelector(`input[name="${gap[0]}"]`).focus();
    return trouble(gap[1]);
  }
  player.stop();
  sending = true;
  setBusy(true);
  try {
    await reportHeard();
    const done = await callUntilAnswered("POST", `leases/${lease.id}/review/`, review(), () => trouble("The line is down. Your review is kept here and is sent as soon as it is back. Please leave this page open."));
    trouble("");
    thank(done.data);
    await next();
  } catch (error) {
    // 409 after a broken line: the first sending arrived after all.
    if (error.status === 409 || error.status === 404) { explain(error); await next(); } else explain(error);
  } finally {
    sending = false;
    setBusy(false);
  }
}

// Between one clip and the next nothing on the desk may act on the one that is gone.
function setBusy(busy) {
  for (const part of document.querySelectorAll('[data-show="working"]')) part.inert = busy;
}

function thank(done) {
  const said = ["Saved."];
  if (done.erasures?.length) said.push("The clip is out of reach and will be erased.");
  if (done.cases?.length) said.push("Thank you. A supervisor must take this up now; you will hear what became of it.");
  say(said.join(" "));
  if (said.length > 1) { $("trouble").hidden = false; $("trouble").dataset.tone = "good"; $("trouble").textContent = said.join(" "); setTimeout(() => { if ($("trouble").dataset.tone === "good") { $("trouble").hidden = true; $("trouble").dataset.tone = "warn"; } }, 8000); }
}

function enough() {
  player.stop();
  blind = true;
  $("flag-criminal").checked = true;
  if (!chosen("activation")) choose("activation", "unclear");
  if (!chosen("severity")) choose("severity", "3");
  showFlags();
  $("criminal-category").focus();
  say("Stopped. The clip is marked as possibly a crime. Press Control and Enter to hand it on.");
  $("span-hint").textContent = "Stopped. Hand it on with Ctrl and Enter, with or without a word. You need not listen again.";
}

// Hand the clip back: `skip` for good, `release` for now. One that is over already is no trouble.
async function leave(verb) {
  if (!lease) return;
  await reportHeard();
  const left = lease;
  lease = null;
  player.close();
  await call("POST", `leases/${left.id}/${verb}/`, {}).catch((error) => { if (error.status !== 409 && error.status !== 404) throw error; });
}

async function skip() {
  if (!lease || sending) return;
  player.stop();
  setBusy(true);
  try { await leave("skip"); await next(); } finally { setBusy(false); }
}

// Without a report, sound that was served counts as heard whole; a lost report errs on the protecting side.
async function reportHeard() {
  if (player.version) await call("POST", `leases/${lease.id}/extend/`, { heard_ms: player.heardMs() }).catch(() => {});
}

// --- rest --------------------------------------------------------------------------------------------------------

const REST_TITLES = { break: "Time for a break", cool_down: "A quiet moment", stop: "That is all for now" };

function showPace(pace) {
  show("resting");
  $("rest-title").textContent = REST_TITLES[pace.decision] ?? "One moment";
  $("rest-reason").textContent = pace.reason;
  $("rest-start").hidden = pace.decision !== "break";
  $("rest-over").hidden = pace.decision === "break";
  $("rest-over").disabled = true;
  $("rest-later").hidden = pace.decision !== "break";
  countDown(pace.decision === "break" ? null : pace.until);
  say(`${$("rest-title").textContent}. ${pace.reason}`);
}

async function showPause(known) {
  const pace = known ?? (await call("GET", "me/pace/")).data;
  show("resting");
  $("rest-title").textContent = "You are on a break";
  $("rest-reason").textContent = pace.decision === "go" ? "Come back when you are ready. Nobody sees how long you rest." : pace.reason;
  $("rest-start").hidden = $("rest-later").hidden = true;
  $("rest-over").hidden = false;
  $("rest-over").disabled = false;
  countDown(pace.until);
}

function countDown(until) {
  clearInterval(timer);
  $("rest-left").textContent = "";
  if (!until) return;
  const tick = () => {
    const left = (new Date(until) - Date.now()) / 1000;
    $("rest-left").textContent = left > 0 ? clock(left) : "";
    if (left > 0) return;
    clearInterval(timer);
    $("rest-over").disabled = false;
    say("The rest is over whenever you are ready.");
  };
  timer = setInterval(tick, 1000);
  tick();
}

async function rest() {
  player.stop();
  await leave("release");
  shift = (await call("POST", "shifts/current/pause/", {})).data;
  await showPause();
}

async function goOn() {
  clearInterval(timer);
  if (shift?.state === "paused") shift = (await call("POST", "shifts/current/resume/", {})).data;
  await next();
}

async function later() {
  const { data } = await call("POST", "me/pace/put-off/", {});
  if (!data.put_off) { $("rest-later").hidden = true; trouble("You have put it off once already. This break is for you."); return; }
  await next();
}

const WAITING = {
  empty: ["Nothing to do", "No clip is waiting that you could take. Have a stretch; new ones appear by themselves."],
  "all-leased": ["Everything is taken", "Colleagues have the waiting clips on their desks. One may come back within ten minutes."],
  "desk-full": ["Your desk is full", "Three clips are on it already, perhaps in another window. Finish or close that one first."],
};

function showWaiting(why) {
  const [title, text] = WAITING[why] ?? WAITING.empty;
  show("waiting");
  $("wait-title").textContent = title;
  $("wait-text").textContent = text;
  say(`${title}. ${text}`);
}

// --- heartbeats, keys, buttons -------------------------------------------------------------------------------------

async function beat() {
  if (!lease || sending) return;
  try {
    await call("POST", `leases/${lease.id}/extend/`, { heard_ms: player.heardMs() });
  } catch (error) {
    if (error instanceof Unreachable) return;
    player.stop();
    lease = null;
    explain(error);
    await next().catch(explain);
  }
}
setInterval(beat, HEARTBEAT_MS);
setInterval(() => { if (desk.dataset.state === "waiting") next().catch(explain); }, 30000);

const tick = (id) => { $(id).checked = !$(id).checked; showFlags(); };
const KEYS = {
  " ": () => player.toggle(), t: () => reveal($("transcript-box").hidden), o: guarded(() => step("softened")), i: guarded(() => step("original")),
  ArrowLeft: () => player.seek(-2), ArrowRight: () => player.seek(2), m: () => player.version && player.mark(),
  ",": () => nudgeSpeed(-1), ".": () => nudgeSpeed(1),
  r: () => choose("activation", "right"), f: () => choose("activation", "false"), u: () => choose("activation", "unclear"),
  0: () => choose("severity", "0"), 1: () => choose("severity", "1"), 2: () => choose("severity", "2"), 3: () => choose("severity", "3"),
  c: () => tick("flag-critical"), v: () => tick("flag-criminal"), x: enough, s: guarded(skip), b: guarded(rest),
};

function nudgeSpeed(by) {
  const box = $("speed");
  box.selectedIndex = Math.max(0, Math.min(box.options.length - 1, box.selectedIndex + by));
  player.speed(Number(box.value));
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && player.wave) { player.stop(); return; }
  if (event.key === "Enter" && event.ctrlKey && desk.dataset.state === "working") { send(event); return; }
  const typing = event.target.closest?.("textarea, select, input:not([type=radio], [type=checkbox]), dialog");
  if (typing || sending || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") { $("keys").showModal(); return; }
  const act = desk.dataset.state === "working" ? KEYS[event.key] : undefined;
  if (!act || (event.key === " " && event.target.closest("button, a, input, summary"))) return;
  event.preventDefault();
  act();
});

const on = (id, act, kind = "click") => $(id).addEventListener(kind, guarded(act));
on("start", start, "submit");
on("review", send, "submit");
on("play", () => player.toggle());
on("stop", () => player.stop());
on("mark", () => player.mark());
on("speed", () => player.speed(Number($("speed").value)), "change");
on("step-transcript", () => reveal($("transcript-box").hidden));
on("step-softened", () => step("softened"));
on("step-original", () => step("original"));
on("enough", enough);
on("skip", skip);
on("break", rest);
on("end-shift", endShift);
on("rest-start", rest);
on("rest-over", goOn);
on("rest-later", later);
on("wait-again", () => next());
on("flag-critical", showFlags, "change");
on("flag-criminal", showFlags, "change");
on("keys-open", () => $("keys").showModal());
on("keys-close", () => $("keys").close());
addEventListener("pagehide", () => player.stop());
addEventListener("beforeunload", (event) => { if (sending) event.preventDefault(); });

guarded(begin)();
