// The first rung of the ladder: what is known of a clip without its words or its sound.

import { clock } from "./form.js";

export const SEVERITIES = ["ordinary", "uneasy", "heavy", "gravest"];

// Show it in `place`; answers the same in words.
export function showLabel(place, { predicted_severity: severity, predicted_categories: categories, locale, duration_ms: ms }) {
  const badges = [[locale === "und" ? "language unknown" : locale, ""], [clock(ms / 1000), ""]];
  badges.push(severity === null ? ["severity unknown", "warn"] : [`guess: ${SEVERITIES[severity]}`, severity > 1 ? "warn" : "good"]);
  for (const name of categories) badges.push([name.replaceAll("_", " "), "info"]);
  place.replaceChildren(...badges.map(([text, tone]) => {
    const badge = document.createElement("span");
    badge.className = "badge";
    if (tone) badge.dataset.tone = tone;
    badge.textContent = text;
    return badge;
  }));
  return badges.map(([text]) => text).join(", ");
}
