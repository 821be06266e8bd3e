// What a machine found in its transcript: shown with the words, never before; a help, and never a decision.

import { clock, nameOf } from "./form.js";

export class Suggestions {
  // `take(suggestion, id)` pre-fills a flag with it.
  constructor(place, words, take) {
    this.place = place;
    this.words = words;
    this.take = take;
  }

  open(transcript, found) {
    this.found = found.map((one, number) => ({ ...one, id: `guess-${number}` }));
    this.taken = new Set();
    this.letters = Array.from(transcript); // places count code points
  }

  // The words, with what was found marked in them; only called once the person has asked for them.
  show() {
    const parts = [];
    let at = 0;
    for (const one of this.found) {
      parts.push(this.letters.slice(at, one.start).join(""));
      const mark = document.createElement("mark");
      mark.textContent = this.letters.slice(one.start, one.end).join("");
      parts.push(mark);
      at = one.end;
    }
    parts.push(this.letters.slice(at).join(""));
    this.words.replaceChildren(...(this.letters.length ? parts : ["No transcript came with this clip."]));
    this.place.hidden = !this.found.length;
    this.place.querySelector("ul").replaceChildren(...this.found.map((one) => this.row(one)));
  }

  hide() {
    this.words.replaceChildren();
    this.place.hidden = true;
    this.place.querySelector("ul").replaceChildren();
  }

  row(one) {
    const row = document.createElement("li");
    row.className = "between";
    const says = document.createElement("span");
    says.textContent = `${nameOf(one.category)}? Perhaps ${clock(one.start_ms / 1000)} to ${clock(Math.ceil(one.end_ms / 1000))}`;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = this.taken.has(one.id) ? "Taken over" : "Take it over";
    button.disabled = this.taken.has(one.id);
    button.setAttribute("aria-label", `${button.textContent}: ${nameOf(one.category)}`);
    button.addEventListener("click", () => this.takeOver(one));
    row.append(says, button);
    return row;
  }

  takeOver(one) {
    if (this.taken.has(one.id)) return;
    this.taken.add(one.id);
    this.take(one, one.id);
    if (!this.place.hidden) this.show();
  }

  // The next one that was not taken over yet; answers whether there was one. Not before its words were shown.
  takeNext() {
    const next = this.place.hidden ? undefined : this.found.find((one) => !this.taken.has(one.id));
    if (next) this.takeOver(next);
    return Boolean(next);
  }
}
