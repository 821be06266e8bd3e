// Every key of the desk in one table: it drives the keyboard, the card that `?` opens, the hints on the buttons and
// what assistive technology is told (aria-keyshortcuts). Letters can be switched off (WCAG 2.1.4), because a screen
// reader's user or somebody who dictates may set them off without wanting to. Nothing here needs a modifier that
// browsers or screen readers use for themselves.

// [act, keys, words]; an act that is also the id of an element shows its key there.
export const TABLE = [
  ["Listen", [
    ["play", [" "], "Play or pause"],
    ["stop", ["Escape"], "Stop the sound at once"],
    ["step-transcript", ["t"], "Transcript"],
    ["step-softened", ["o"], "Softened sound"],
    ["step-original", ["i"], "Original sound"],
    ["back", ["ArrowLeft"], "Two seconds back"],
    ["on", ["ArrowRight"], "Two seconds on"],
    ["slower", [","], "Slower"],
    ["faster", ["."], "Faster"],
    ["mark", ["m"], "Mark a span: at its start, and again at its end"],
    ["unmark", ["Delete"], "Take the last mark away"],
    ["take-over", ["a"], "Take over the next suggestion"],
  ]],
  ["Review", [
    ["activation-right", ["r"], "Recorded rightly"],
    ["activation-false", ["f"], "Recorded by accident"],
    ["activation-unclear", ["u"], "Unclear"],
    ["severity-0", ["0"], "Heavy? 0, ordinary"],
    ["severity-1", ["1"], "1, uneasy"],
    ["severity-2", ["2"], "2, heavy"],
    ["severity-3", ["3"], "3, gravest"],
    ["flag-critical", ["c"], "Critical data"],
    ["flag-criminal", ["v"], "Possibly a crime"],
    ["send", ["Control+Enter"], "Send and go on"],
  ]],
  ["Whenever you like", [
    ["enough", ["x"], "I heard enough: stop, say what you like, then send"],
    ["enough-at-once", ["X"], "I heard enough: stop, and hand it on at once (Shift and x)"],
    ["skip", ["s"], "Skip, no reason needed"],
    ["break", ["b"], "Take a break"],
    ["keys-open", ["?"], "This card"],
  ]],
];

const NAMES = { " ": "Space", Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", Delete: "Del", Control: "Ctrl" };
const ACTS = new Map(TABLE.flatMap(([, rows]) => rows.flatMap(([act, keys]) => keys.map((key) => [key, act]))));
const WITHOUT_LETTERS = "keys-off";
const STAY = "textarea, select, dialog, input:not([type=radio], [type=checkbox])";

export const lettersAreOn = () => localStorage.getItem(WITHOUT_LETTERS) !== "yes";
export const switchLetters = (on) => (on ? localStorage.removeItem(WITHOUT_LETTERS) : localStorage.setItem(WITHOUT_LETTERS, "yes"));

function caps(key) {
  const parts = key.length > 1 ? key.split("+") : [key];
  return parts.flatMap((part, place) => {
    const cap = document.createElement("kbd");
    cap.textContent = NAMES[part] ?? part;
    return place ? [" ", cap] : [cap];
  });
}

// Which act a key press asks for, or nothing. Caps lock and keyboards with other letters than Latin ones work too.
export function actOf(event) {
  if (event.isComposing || event.metaKey || event.altKey) return undefined;
  if (event.key === "Escape") return event.target.closest?.("dialog") ? undefined : ACTS.get("Escape");
  if (event.ctrlKey) return event.key === "Enter" ? ACTS.get("Control+Enter") : undefined;
  if (event.target.closest?.(STAY)) return undefined;
  const arrow = event.key.startsWith("Arrow");
  if (event.repeat && !arrow) return undefined;
  if (event.target.closest?.("input") && (arrow || event.key === " ")) return undefined; // radios move and tick with these
  if (event.key === " " && event.target.closest?.("button, a, summary, label")) return undefined;
  if (event.key.length === 1 && event.key !== " " && !lettersAreOn()) return undefined;
  return ACTS.get(letterOf(event));
}

function letterOf({ key, code, shiftKey }) {
  if (key.length !== 1 || shiftKey) return key;
  if (key > "\u007f" && code?.startsWith("Key")) return code.slice(3).toLowerCase();
  return key.toLowerCase();
}

// Show each key on its button, and tell assistive technology.
export function label(root) {
  for (const [act, keys] of TABLE.flatMap(([, rows]) => rows)) {
    const place = root.querySelector(`#${act}`);
    if (!place) continue;
    place.setAttribute("aria-keyshortcuts", keys.map((key) => (key === " " ? "Space" : key)).join(" "));
    const shown = place.matches("input") ? place.closest("label") : place;
    shown.append(" ", ...keys.flatMap(caps));
  }
}

// The card, from the table.
export function card() {
  return TABLE.map(([title, rows]) => {
    const part = document.createElement("section");
    const heading = document.createElement("h3");
    heading.textContent = title;
    const list = document.createElement("dl");
    list.className = "facts";
    for (const [, keys, words] of rows) {
      const term = document.createElement("dt");
      term.append(...keys.flatMap(caps));
      const says = document.createElement("dd");
      says.textContent = words;
      list.append(term, says);
    }
    part.append(heading, list);
    return part;
  });
}
