// For an adjudicator: what independent reviewers found. Their words, like the machine's, only once they are asked for.

import { SEVERITIES } from "./label.js";

const SAID = { right: "recorded rightly", false: "recorded by accident", unclear: "unclear whether it was recorded rightly" };

function row({ activation, severity, blind, transcript, labels }, withWords) {
  const parts = [`${SAID[activation]}; ${severity}, ${SEVERITIES[severity]}${blind ? "; heard enough before its end" : ""}`];
  if (labels.length) parts.push(`Labels: ${labels.join(", ")}`);
  if (withWords) parts.push(transcript === null ? "Left the machine's words as they are." : `Wrote: ${transcript || "nothing is said"}`);
  const made = document.createElement("li");
  made.replaceChildren(...parts.map((text, place) => {
    const line = document.createElement("p");
    line.textContent = text;
    if (place) line.className = "small";
    return line;
  }));
  return made;
}

export function showOpinions(place, adjudication, withWords) {
  place.hidden = !adjudication;
  place.querySelector("ol").replaceChildren(...(adjudication?.reviews ?? []).map((one) => row(one, withWords)));
}
