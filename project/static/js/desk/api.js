// The API as the desk speaks it: JSON, the session's cookie, a CSRF header, and refusals as exceptions.

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.title || "That was refused.");
    this.status = status;
    this.problem = problem;
  }
}

// The service could not be reached at all: what was sent may or may not have arrived.
export class Unreachable extends Error {}

const token = () => document.cookie.match(/(?:^|; )(?:__Host-)?earshot_csrf=([^;]*)/)?.[1] ?? "";

async function send(method, path, body, keepalive) {
  try {
    return await fetch(`/api/v1/${path}`, {
      method,
      headers: { "X-CSRFToken": token(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      keepalive,
    });
  } catch {
    throw new Unreachable("The service could not be reached.");
  }
}

export async function call(method, path, body) {
  const answer = await send(method, path, body, false);
  let text;
  try { text = await answer.text(); } catch { throw new Unreachable("The answer did not arrive."); }
  const data = text && answer.headers.get("Content-Type")?.includes("json") ? JSON.parse(text) : {};
  if (!answer.ok) throw new Refused(answer.status, data);
  return { status: answer.status, data };
}

// Bytes, in memory only.
export async function bytes(path) {
  const answer = await send("GET", path, undefined, false);
  if (!answer.ok) throw new Refused(answer.status, {});
  return answer.arrayBuffer();
}

// For a page that is going away: nobody waits for the answer.
export const farewell = (path, body) => send("POST", path, body, true).catch(() => {});

const pause = (ms) => new Promise((resolve) => {
  const done = () => { clearTimeout(timer); removeEventListener("online", done); resolve(); };
  const timer = setTimeout(done, ms);
  addEventListener("online", done);
});

// Send what must arrive: again and again while the line is down, at once when it is back. Safe only for calls that
// count once at the server. Answers whether it was sent more than once: then an earlier one may have arrived.
export async function callUntilAnswered(method, path, body, onWaiting) {
  for (let wait = 500, again = false; ; wait = Math.min(wait * 2, 15000), again = true) {
    try {
      return { ...(await call(method, path, body)), again };
    } catch (error) {
      error.again = again;
      if (!(error instanceof Unreachable) && error.status !== 502 && error.status !== 503) throw error;
      onWaiting();
      await pause(wait);
    }
  }
}
