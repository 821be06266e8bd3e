// Every open page of a signed-in person: a socket says which topics changed, and what shows them is fetched anew.
// Without the socket the page asks by itself. An element says what it shows (data-live) and how it is fetched (htmx).

const SLOWLY_MS = 120000; // while the socket stands, for a nudge that got lost
const EVERY_MS = 30000; // without it
const SIGNED_OUT = 4401;
const TOO_MANY = 4429; // pages of one person: the oldest one asks from then on, until somebody looks at it

let socket = null;
let failures = 0;
let leaving = false;
let retry = null;
let over = false;
let asked = Date.now();

const live = () => socket !== null && socket.readyState === WebSocket.OPEN;
const topics = () => [...new Set([...document.querySelectorAll("[data-live]")].map((element) => element.dataset.live))];

function refresh(changed) {
  asked = Date.now();
  for (const element of document.querySelectorAll("[data-live]")) {
    if (changed.includes(element.dataset.live)) element.dispatchEvent(new CustomEvent("refresh"));
  }
}

function signedOut() {
  over = true;
  clearInterval(asking);
  document.dispatchEvent(new CustomEvent("signedout"));
}

// `live`: from now on this page hears. What changed while it did not, or since it was drawn, is fetched now; the count
// of notices only after a break, for every page has just drawn it.
function take(frame) {
  if (frame.type === "live") {
    document.documentElement.dataset.socket = "live";
    refresh(failures ? frame.topics : frame.topics.filter((topic) => topic !== "notices"));
    failures = 0;
  } else {
    refresh(frame.topics);
  }
}

function connect() {
  clearTimeout(retry);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const shown = topics().map((topic) => `show=${encodeURIComponent(topic)}`).join("&");
  try {
    socket = new WebSocket(`${scheme}://${location.host}/ws/live/?${shown}`);
  } catch {
    socket = null;
    return later(); // sockets are blocked here: the page asks
  }
  socket.addEventListener("message", (event) => take(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => {
    delete document.documentElement.dataset.socket;
    if (leaving) return;
    socket = null;
    if (event.code === SIGNED_OUT) signedOut();
    else if (event.code !== TOO_MANY) later();
  });
}

function later() {
  failures += 1;
  retry = setTimeout(connect, Math.min(1000 * 2 ** failures, EVERY_MS) * (0.5 + Math.random()));
}

const asking = setInterval(() => {
  if (!document.hidden && Date.now() - asked >= (live() ? SLOWLY_MS : EVERY_MS)) refresh(topics());
}, 5000);
document.addEventListener("visibilitychange", () => {
  if (document.hidden || over || socket) return;
  refresh(topics());
  connect();
});
// A page that leaves closes its socket, so that the browser may keep the page for the way back.
addEventListener("pagehide", () => { leaving = true; if (live()) socket.close(); });
addEventListener("pageshow", (event) => { if (event.persisted) { leaving = false; failures = 1; connect(); } });
connect();
