// Breaks, quiet moments and the end of a day: what is said, how long it lasts, and what one can do. Never a dead end, and
// never a clip that opens by itself: when the time is over the screen says that it is, and waits.

import { call } from "./api.js";
import { clock } from "./form.js";

const $ = (id) => document.getElementById(id);
const ASK_EVERY_MS = 30000;
const TITLES = { break: "Time for a break", cool_down: "A quiet moment", stop: "That is all for now" };
const OVER = ["shift_over", "no_shift"];

export class Rest {
  constructor({ show, say, ended }) {
    this.tell = { show, say, ended };
    this.pace = null;
    setInterval(() => this.ask(), ASK_EVERY_MS);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.ask(); });
    addEventListener("focus", () => this.ask());
  }

  // Ask again: clocks move on while a computer sleeps, and a shift may end meanwhile.
  async ask() {
    if (!this.pace) return;
    const was = this.pace;
    const { data } = await call("GET", "me/pace/").catch(() => ({}));
    if (!data || this.pace !== was) return;
    if (was.code === "ready" && (data.decision === "go" || data.code === "paused")) return;
    if (data.decision === "go") return this.ready();
    if (OVER.includes(data.code)) return this.tell.ended();
    if (data.code !== was.code || data.until !== was.until) this.open(data);
  }

  open(pace) {
    if (OVER.includes(pace.code)) { this.close(); return this.tell.ended(); }
    if (pace.code === "paused" && !pace.until) return this.ready();
    const onBreak = pace.code === "on_break" || pace.code === "paused";
    this.pace = pace;
    this.fill(onBreak ? "Your break" : TITLES[pace.decision] ?? "One moment", pace.reason, {
      "rest-start": pace.code === "break_due",
      "rest-later": pace.code === "break_due",
      "rest-back": onBreak,
      "rest-end": pace.decision === "stop",
    });
    this.countDown(pace.until, pace.decision);
  }

  // The rest is over. Nothing opens by itself.
  ready() {
    this.pace = { code: "ready" };
    clearInterval(this.timer);
    $("rest-left").textContent = "";
    this.fill("Ready when you are", "The time is over. Take a little more if you like; nothing opens or plays by itself.", { "rest-over": true });
  }

  close() {
    this.pace = null;
    clearInterval(this.timer);
  }

  fill(title, reason, buttons) {
    this.tell.show("resting");
    $("rest-title").textContent = title;
    $("rest-reason").textContent = reason;
    for (const id of ["rest-start", "rest-later", "rest-back", "rest-end", "rest-over"]) $(id).hidden = !buttons[id];
    $("rest-title").focus();
    this.tell.say(`${title}. ${reason}`);
  }

  countDown(until, decision) {
    clearInterval(this.timer);
    $("rest-left").textContent = "";
    $("rest-until").textContent = "";
    if (!until || decision === "stop") return;
    const whole = new Date(until).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    $("rest-until").textContent = `until ${whole}`;
    const tick = () => {
      const left = (new Date(until) - Date.now()) / 1000;
      $("rest-left").textContent = left > 0 ? clock(Math.ceil(left)) : "";
      if (left > 0) return;
      clearInterval(this.timer);
      $("rest-until").textContent = "";
      this.ask();
    };
    this.timer = setInterval(tick, 1000);
    tick();
  }
}
