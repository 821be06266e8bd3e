// What the person says of a clip. All of it is in this page's memory and nowhere else: a draft in the browser's storage
// would be words of a clip on the reviewer's disk, out of reach of its erasure.

const $ = (id) => document.getElementById(id);
const CRITICAL = [
  ["payment_card", "A payment card"], ["bank_account", "A bank account"], ["address", "An address"], ["phone", "A phone number"],
  ["email", "An e-mail address"], ["credential", "A password or PIN"], ["other", "Something else"],
];
const CRIME = "crime";
const MOST_LABELS = 20;

export const nameOf = (category) => CRITICAL.find(([value]) => value === category)?.[1] ?? category;

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function make(tag, { text, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

function choices(options, value) {
  const list = make("select", { className: "span-what" });
  list.append(...options.map(([key, words]) => make("option", { value: key, text: words, selected: key === value })));
  return list;
}

export class ReviewForm {
  constructor(player) {
    this.player = player;
    this.form = $("review");
    this.what = new Map(); // span id -> critical category, or "crime"
    $("critical-category").replaceChildren(...CRITICAL.map(([value, text]) => make("option", { value, text })));
    for (const id of ["flag-critical", "flag-criminal"]) $(id).addEventListener("change", () => this.showFlags());
  }

  open(words) {
    this.form.reset();
    this.words = words;
    this.blind = false;
    this.what.clear();
    $("spans").replaceChildren();
    this.showFlags();
    this.showSpans([]);
  }

  chosen(name) { return this.form.querySelector(`input[name="${name}"]:checked`)?.value; }

  choose(name, value) { this.form.querySelector(`input[name="${name}"][value="${value}"]`).checked = true; }

  tick(id) {
    $(id).checked = !$(id).checked;
    this.showFlags();
  }

  // From this step on the machine's words can be corrected; before it they stand nowhere on the page.
  reveal() {
    if (!$("transcript").value) $("transcript").value = this.words;
  }

  get isBegun() {
    const words = $("transcript").value;
    return Boolean((words && words !== this.words) || $("note").value || $("labels").value || $("flag-critical").checked || $("flag-criminal").checked);
  }

  showFlags() {
    $("critical-more").hidden = !$("flag-critical").checked;
    $("criminal-more").hidden = !$("flag-criminal").checked;
  }

  // One row a span: from, to, what it is, and away with it. Rows stay while they are typed in.
  showSpans(spans) {
    const list = $("spans");
    for (const row of [...list.children]) if (!spans.some(({ id }) => id === row.dataset.span)) row.remove();
    for (const span of spans) {
      const row = [...list.children].find((one) => one.dataset.span === span.id) ?? list.appendChild(this.row(span));
      for (const [name, ms] of [["from", span.start_ms], ["to", span.end_ms]]) {
        const box = row.querySelector(`.span-${name}`);
        if (box !== document.activeElement) box.value = (ms / 1000).toFixed(1);
      }
    }
    $("span-hint").hidden = spans.length > 0;
  }

  row(span) {
    const onlyCrime = $("flag-criminal").checked && !$("flag-critical").checked;
    const what = this.what.get(span.id) ?? (onlyCrime ? CRIME : $("critical-category").value);
    const list = choices([...CRITICAL, [CRIME, "Possibly a crime"]], what);
    const [from, to] = ["from", "to"].map((name) => make("input", { type: "number", step: "0.1", min: "0", className: `span-${name}`, inputMode: "decimal" }));
    const gone = make("button", { type: "button", className: "button small quiet", text: "Remove" });
    const place = `span ${$("spans").children.length + 1}`;
    for (const [part, name] of [[from, "From, in seconds"], [to, "To, in seconds"], [list, "What it is"], [gone, "Remove"]]) part.setAttribute("aria-label", `${name}, ${place}`);
    this.what.set(span.id, what);
    list.addEventListener("change", () => this.what.set(span.id, list.value));
    for (const box of [from, to]) box.addEventListener("change", () => this.player.moveSpan(span.id, Number(from.value) * 1000, Number(to.value) * 1000));
    gone.addEventListener("click", () => { this.player.removeSpan(span.id); $("mark").focus(); });
    const row = make("li", { className: "span-row" }, from, make("span", { className: "soft", text: "to" }), to, make("span", { className: "soft", text: "s" }), list, gone);
    row.dataset.span = span.id;
    return row;
  }

  // Pre-fill a flag from a suggestion. It is sent with the review, by the person, or not at all.
  takeOver({ category, start_ms: startMs, end_ms: endMs }, id) {
    if (!$("flag-critical").checked) $("critical-category").value = category;
    $("flag-critical").checked = true;
    this.showFlags();
    this.what.set(id, category);
    this.player.addSpan(startMs, endMs, id);
  }

  flags() {
    const spans = this.player.wave ? this.player.spans() : [];
    const ofKind = (isCrime) => spans.filter(({ id }) => (this.what.get(id) === CRIME) === isCrime);
    const place = ({ start_ms, end_ms }) => ({ start_ms, end_ms });
    const found = [];
    if ($("flag-critical").checked) {
      const marked = ofKind(false);
      if (!marked.length) found.push({ kind: "critical", category: $("critical-category").value });
      found.push(...marked.map((span) => ({ kind: "critical", category: this.what.get(span.id), ...place(span) })));
    }
    if ($("flag-criminal").checked) {
      const [first, ...others] = $("flag-critical").checked ? ofKind(true) : spans;
      const crime = { kind: "criminal", category: $("criminal-category").value };
      const note = $("note").value.trim();
      found.push({ ...crime, ...(first ? place(first) : {}), danger_now: $("danger-now").checked, ...(note ? { note } : {}) });
      found.push(...others.map((span) => ({ ...crime, ...place(span) })));
    }
    return found;
  }

  body() {
    const words = $("transcript").value.trim();
    const labels = $("labels").value.split(",").map((part) => part.trim()).filter(Boolean).slice(0, MOST_LABELS);
    const body = { activation: this.chosen("activation"), severity: Number(this.chosen("severity")), flags: this.flags() };
    return { ...body, ...(words ? { transcript: words } : {}), ...(labels.length ? { labels } : {}), ...(this.blind ? { blind: true } : {}) };
  }

  // Nothing may be left open that the service needs. Answers [name, words] of the first gap.
  gap() {
    if (!this.chosen("activation")) return ["activation", "Please say whether it was recorded rightly: r, f or u."];
    if (!this.chosen("severity")) return ["severity", "Please say how heavy it was for you: 0, 1, 2 or 3."];
    return null;
  }

  // Heard enough: what is missing is filled in, and nothing is sent yet.
  enough() {
    this.blind = true;
    $("flag-criminal").checked = true;
    if (!this.chosen("activation")) this.choose("activation", "unclear");
    if (!this.chosen("severity")) this.choose("severity", "3");
    this.showFlags();
    $("criminal-category").focus();
  }

  // The same with nothing left to ask. What kind it may be is theirs to find who take it up, unless it was said already.
  enoughAtOnce() {
    const wasSaid = $("flag-criminal").checked;
    this.enough();
    if (!wasSaid) $("criminal-category").value = "other";
  }
}
