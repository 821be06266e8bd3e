// The queue's clocks count down, and the page says when there is more to look at; it never reloads under your hands.
const queue = document.getElementById("queue");

function words(due) {
  const seconds = Math.round((new Date(due) - Date.now()) / 1000);
  const left = Math.abs(seconds);
  const span = left >= 5400 ? `${Math.round(left / 3600)} h` : left >= 90 ? `${Math.round(left / 60)} min` : `${left} s`;
  return seconds < 0 ? `late by ${span}` : `${span} left`;
}

function tick() {
  for (const clock of document.querySelectorAll("time[data-due]")) clock.textContent = words(clock.dataset.due);
}

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById("queue");
    if (!now || now.dataset.count === queue.dataset.count) return;
    const busy = queue.contains(document.activeElement) || queue.querySelector("details[open]");
    if (busy) {
      const problem = document.getElementById("problem");
      problem.hidden = false;
      problem.className = "alert";
      problem.dataset.tone = "info";
      problem.textContent = "The queue has changed. Reload the page when you are done here.";
      return;
    }
    queue.replaceChildren(...now.children);
    queue.dataset.count = now.dataset.count;
    tick();
  } catch { /* the next look will tell */ }
}

tick();
setInterval(tick, 1000);
setInterval(look, 10_000);
