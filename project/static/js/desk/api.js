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

const token = () => document.cookie.split("; ").find((part) => part.startsWith("earshot_csrf="))?.split("=")[1] ?? "";

export async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(`/api/v1/${path}`, {
      method,
      headers: { "X-CSRFToken": token(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
    });
  } catch {
    throw new Unreachable("The service could not be reached.");
  }
  const text = await answer.text();
  const data = text && answer.headers.get("Content-Type")?.includes("json") ? JSON.parse(text) : {};
  if (!answer.ok) throw new Refused(answer.status, data);
  return { status: answer.status, data };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Send what must arrive: again and again while the line is down. Safe only for calls that count once at the server.
export async function callUntilAnswered(method, path, body, onWaiting) {
  for (let wait = 500; ; wait = Math.min(wait * 2, 15000)) {
    try {
      return await call(method, path, body);
    } catch (error) {
      if (!(error instanceof Unreachable) && error.status !== 502 && error.status !== 503) throw error;
      onWaiting();
      await pause(wait);
    }
  }
}
