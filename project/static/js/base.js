// Runs before the page paints: the person's choice of light or dark, and what every page's htmx needs.
const chosen = localStorage.getItem("theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  if (event.target.closest("[data-theme-choice]")) {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
      || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("theme", document.documentElement.dataset.theme);
  }
  for (const open of document.querySelectorAll(".top details[open]")) if (!open.contains(event.target)) open.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll(".top details[open]")) open.open = false;
});

// Help lies in every page: F1 opens it without asking anybody, and no key pressed in it reaches the page behind.
document.addEventListener("keydown", (event) => {
  const card = document.getElementById("help-card");
  if (!card || event.isComposing) return;
  if (event.key === "F1") {
    event.preventDefault();
    event.stopPropagation();
    card.togglePopover();
  } else if (card.matches(":popover-open") && card.contains(event.target) && event.key !== "Escape") {
    event.stopPropagation();
  }
}, true);

function say(words) {
  const place = document.getElementById("problem");
  place.hidden = false;
  place.className = "alert";
  place.dataset.tone = "warn";
  place.textContent = words;
}

document.addEventListener("signedout", () => say("You are signed out. What this page shows stays as it was. Please sign in again to go on."));

// Whoever is signed out is answered with the page to sign in, which belongs into no corner of this one.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!new URL(event.detail.xhr.responseURL || "/", location.href).pathname.startsWith("/accounts/login/")) return;
  event.detail.shouldSwap = false;
  document.dispatchEvent(new CustomEvent("signedout"));
});

// A refusal answers with a fragment that says what to do next; without an answer the service is out of reach.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status < 400) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
  if (event.detail.xhr.status === 422) return;
  event.detail.target = document.getElementById("problem");
  event.detail.target.hidden = false;
  event.detail.swapOverride = "innerHTML";
});
// What the page asks by itself is no sign of a person: it keeps no sign-in alive.
document.addEventListener("htmx:configRequest", (event) => {
  const by = event.detail.triggeringEvent;
  if (!by || by.type === "refresh") event.detail.headers["X-Earshot-Background"] = "1";
});
// What the page asked by itself it will ask again.
document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.requestConfig?.headers["X-Earshot-Background"]) return;
  say("The service could not be reached. Nothing was sent; what you typed is still here. Please try again.");
});
