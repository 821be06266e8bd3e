// Deadlines as "in 12 min" or "3 h late", from the time element's own instant.

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function words(seconds) {
  const left = Math.abs(seconds);
  const [size, unit] = UNITS.find(([length]) => left >= length) ?? [1, "s"];
  const rest = size > 60 && left < 86400 ? ` ${Math.floor((left % size) / 60)} min` : "";
  const span = `${Math.floor(left / size)} ${unit}${rest}`;
  return seconds < 0 ? `${span} late` : `in ${span}`;
}

export function tick() {
  for (const place of document.querySelectorAll("time[data-countdown]")) {
    place.textContent = words(Math.round((new Date(place.dateTime) - Date.now()) / 1000));
  }
}
