// One room: live over a socket, by asking every few seconds where sockets are blocked. What is sent waits in this
// page until the room has answered, keeps its client id over reconnects, and so is posted once. Nothing is kept in
// the browser's storage: what was typed and not sent is gone with the page.

const room = document.getElementById("room");
const log = document.getElementById("log");
const scroll = document.getElementById("scroll"); // the box around it
const asides = document.getElementById("asides");
const composer = document.getElementById("composer");
const field = composer.elements.text;
const template = document.getElementById("message-template");
const token = composer.elements.csrfmiddlewaretoken.value;

const waiting = new Map(); // client id -> {text, element, tries}
let last = Number(room.dataset.last);
let socket = null;
let failures = 0;
let asking = null;
let retry = null;

const part = (element, name) => element.querySelector(`[data-part="${name}"]`);
const say = (words) => { document.getElementById("link").textContent = words; };
const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };

function aside(words, tone = "info", link = null) {
  const item = document.createElement("li");
  item.className = "alert";
  item.dataset.tone = tone;
  item.textContent = words;
  if (link) {
    const way = document.createElement("a");
    way.href = link.to;
    way.textContent = link.words;
    item.append(" ", way);
  }
  asides.append(item);
  while (asides.children.length > 3) asides.firstElementChild.remove();
}

function drawn(frame) {
  const item = template.content.firstElementChild.cloneNode(true);
  part(item, "pseudonym").textContent = frame.pseudonym ?? "You";
  part(item, "text").textContent = frame.text;
  part(item, "mine").hidden = !frame.mine;
  part(item, "moderator").hidden = !frame.moderator;
  item.classList.toggle("mine", Boolean(frame.mine));
  const report = item.querySelector(".message-acts");
  if (frame.mine) report.remove();
  else report.elements.message_id.value = frame.id;
  if (frame.at) {
    part(item, "at").dateTime = frame.at;
    part(item, "at").textContent = clock(frame.at);
  }
  return item;
}

function place(item, id) {
  item.dataset.id = id;
  item.id = `message-${id}`;
  const stay = atEnd();
  const next = [...log.children].find((other) => !other.dataset.id || Number(other.dataset.id) > id);
  log.insertBefore(item, next ?? null);
  document.getElementById("nobody-yet").hidden = true;
  if (stay) toEnd();
}

function done(clientId) {
  const own = waiting.get(clientId);
  if (!own) return null;
  waiting.delete(clientId);
  own.element.remove();
  count();
  return own;
}

function count() {
  const number = waiting.size;
  document.getElementById("outbox").textContent = number ? `${number} waiting to be sent` : "";
}

const on = {
  message(frame) {
    last = Math.max(last, frame.id);
    if (frame.client_id) done(frame.client_id);
    if (!document.getElementById(`message-${frame.id}`)) place(drawn(frame), frame.id);
  },
  removed(frame) {
    gone(frame, "A moderator removed this message.");
    if (frame.about) aside(frame.detail, "warn", { to: frame.about, words: "Your message, and what you can do" });
  },
  restored(frame) {
    last = Math.max(last, frame.number);
    document.getElementById(`message-${frame.id}`)?.remove();
    place(drawn(frame), frame.id);
  },
  held(frame) { gone(frame, "A moderator is looking at this message."); },
  masked(frame) { aside(`${frame.why.map((one) => one.why).join(" ")} It was cut out before anybody saw it.`); },
  muted(frame) { refused(frame, `${frame.detail} Until ${new Date(frame.until).toLocaleTimeString()}.`); },
  care(frame) {
    const card = document.getElementById("care");
    card.hidden = false;
    document.getElementById("about").elements.message.value = frame.question.message;
    document.getElementById("about-clip").hidden = frame.question.likely !== "clip";
    document.getElementById("help").open = true;
    card.focus();
  },
  noted(frame) {
    document.getElementById("about-clip").hidden = frame.answer !== "clip";
    aside("Thank you. The moderator knows.");
  },
  reported() { aside("Thank you. A moderator will look at it; nobody is told that it was you."); },
  presence(frame) {
    const others = frame.here.filter((name) => name !== room.dataset.pseudonym);
    const number = frame.count === 1 ? "Only you are here" : `${frame.count} are here`;
    document.getElementById("here").textContent = others.length ? `${number}: you, ${others.join(", ")}` : number;
    const writers = frame.typing.filter((name) => name !== room.dataset.pseudonym);
    document.getElementById("typing").textContent = writers.length
      ? `${writers.join(", ")} ${writers.length === 1 ? "is" : "are"} writing` : "";
  },
  room(frame) {
    writable(frame.writable, frame.closed, frame.opens_at);
    const seconds = frame.slow_mode_ms / 1000;
    document.getElementById("slow").textContent = seconds ? `Slow mode: one message in ${seconds} s` : "";
  },
  error(frame) {
    if (frame.code === "too-fast" && frame.client_id) {
      setTimeout(() => sendAgain(frame.client_id), frame.retry_after_ms);
      return;
    }
    if (frame.code === "unavailable" && frame.client_id) {
      setTimeout(() => sendAgain(frame.client_id), 3000);
      return;
    }
    if (frame.code === "read-only" || frame.code === "closed") writable(false, frame.code === "closed", frame.opens_at);
    refused(frame, frame.detail);
  },
};

function gone(frame, words) {
  if (frame.number) last = Math.max(last, frame.number);
  if (frame.client_id) {
    done(frame.client_id);
    aside(frame.detail ?? words);
    return;
  }
  const item = document.getElementById(`message-${frame.id}`);
  if (!item) return;
  item.classList.add("gone");
  part(item, "text")?.replaceChildren(words);
  item.querySelector(".message-text").textContent = words;
  item.querySelector(".message-acts")?.remove();
}

function refused(frame, words) {
  const own = frame.client_id ? done(frame.client_id) : null;
  aside(words, "warn");
  if (own && !field.value) field.value = own.text;
}

function writable(yes, closed, opens = null) {
  room.dataset.writable = yes ? "yes" : "no";
  field.disabled = !yes;
  document.getElementById("send").disabled = !yes;
  const badge = document.getElementById("duty");
  badge.dataset.tone = yes ? "good" : "warn";
  badge.textContent = yes ? "A moderator is here" : closed ? "Closed for now" : opens
    ? `Read-only: opens ${new Date(opens).toLocaleString([], { weekday: "short", hour: "2-digit", minute: "2-digit" })}` : "Read-only: no moderator here";
  if (!yes) document.getElementById("help").open = true;
}

const take = (frame) => on[frame.type]?.(frame);

// --- the ways to the room -----------------------------------------------------------------------------------------
const open = () => socket !== null && socket.readyState === WebSocket.OPEN;

function connect() {
  clearTimeout(retry);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  let attempt;
  try {
    attempt = new WebSocket(`${scheme}://${location.host}/ws/rooms/${room.dataset.slug}/`);
  } catch {
    lost({ code: 0 });
    return;
  }
  socket = attempt;
  attempt.addEventListener("open", () => {
    failures = 0;
    stopAsking();
    say("Live");
    attempt.send(JSON.stringify({ type: "resume", after: last }));
    attempt.send(JSON.stringify({ type: "attend" }));
    for (const clientId of waiting.keys()) sendAgain(clientId);
  });
  attempt.addEventListener("message", (event) => take(JSON.parse(event.data)));
  attempt.addEventListener("close", (event) => { if (socket === attempt) lost(event); });
}

function lost(event) {
  socket = null;
  document.getElementById("here").textContent = "";
  document.getElementById("typing").textContent = "";
  if (event.code === 4404 || event.code === 4401) {
    clearTimeout(retry);
    say("You are no longer in this room");
    writable(false, false);
    aside(event.code === 4401 ? "Please sign in again." : "You are no longer in this room.", "warn");
    stopAsking();
    return;
  }
  failures += 1;
  say("Reconnecting. What you send waits here");
  if (failures >= 2) startAsking();
  retry = setTimeout(connect, Math.min(30_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2));
}

function startAsking() {
  if (asking !== null) return;
  asking = setInterval(ask, 3000);
  ask();
}

function stopAsking() {
  clearInterval(asking);
  asking = null;
}

async function ask() {
  try {
    const answer = await fetch(`${room.dataset.frames}?after=${last}`, { headers: { Accept: "application/json", "X-Earshot-Background": "1" } });
    if (asking === null) return; // a socket has opened meanwhile and tells it all
    if (answer.redirected || answer.status === 404) { // to the page to sign in; or this room is none for us any more
      lost({ code: answer.redirected ? 4401 : 4404 });
      return;
    }
    if (!answer.ok) return;
    const { frames, upto } = await answer.json();
    frames.forEach(take);
    last = Math.max(last, upto);
    say("Asking every few seconds");
    for (const clientId of waiting.keys()) sendAgain(clientId);
  } catch {
    say("Offline. What you send waits here");
  }
}

async function sendByForm(clientId, own) {
  if (own.under) return;
  own.under = true;
  try {
    const body = new URLSearchParams({ client_id: clientId, text: own.text, csrfmiddlewaretoken: token });
    const answer = await fetch(room.dataset.post, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { frames } = await answer.json();
    frames.forEach(take);
    if (waiting.has(clientId) && frames.every((frame) => frame.type !== "error")) done(clientId);
    if (asking !== null) await ask();
  } catch {
    say("Offline. What you send waits here");
  } finally {
    own.under = false;
  }
}

function sendAgain(clientId) {
  const own = waiting.get(clientId);
  if (!own) return;
  if (open()) socket.send(JSON.stringify({ type: "post", client_id: clientId, text: own.text }));
  else if (asking !== null) sendByForm(clientId, own);
}

function send() {
  const text = field.value.trim();
  if (!text || field.disabled) return;
  const clientId = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  const element = drawn({ text, mine: true });
  element.classList.add("waiting");
  part(element, "state").textContent = "sending";
  log.append(element);
  toEnd();
  waiting.set(clientId, { text, element, under: false });
  field.value = "";
  count();
  sendAgain(clientId);
}

let saidAt = 0; // that one is writing: at most every three seconds, and only that
field.addEventListener("input", () => {
  if (!open() || !field.value.trim() || Date.now() - saidAt < 3000) return;
  saidAt = Date.now();
  socket.send(JSON.stringify({ type: "typing" }));
});
composer.addEventListener("submit", (event) => { event.preventDefault(); send(); });
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); }
});
log.addEventListener("submit", (event) => {
  if (!open()) return;
  event.preventDefault();
  const id = Number(event.target.elements.message_id.value);
  socket.send(JSON.stringify({ type: "report", message_id: id, reason: "" }));
});
document.getElementById("about").addEventListener("submit", (event) => {
  if (!open()) return;
  event.preventDefault();
  const message = event.target.elements.message.value;
  socket.send(JSON.stringify({ type: "about", message, answer: event.submitter.value }));
});
window.addEventListener("online", connect);
window.addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });

for (const at of log.querySelectorAll("time")) at.textContent = clock(at.dateTime);
toEnd();
connect();
