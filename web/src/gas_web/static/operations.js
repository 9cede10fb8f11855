// Keeps the ages on the operators' page right between two looks, and tells when the looks themselves have stopped.

const LENGTHS = [["d", 86400], ["h", 3600], ["min", 60]];
// Longer than the longest pause between two looks: until then the next one may tell what is the matter.
const LOOKS_SECONDS = 20;
let lead = 0;

function rough(seconds) {
  for (const [unit, length] of LENGTHS) if (seconds >= 2 * length) return `${Math.floor(seconds / length)} ${unit}`;
  return `${Math.max(0, Math.floor(seconds))} s`;
}

// By the server's clock, which the page brings along: the reader's own may be wrong.
function setClock() {
  const now = document.getElementById("overview")?.dataset.now;
  if (now && now !== setClock.last) lead = Date.parse(now) - Date.now();
  setClock.last = now;
}

function tick() {
  setClock();
  const now = Date.now() + lead;
  const age = (since) => (now - Date.parse(since)) / 1000;
  for (const element of document.querySelectorAll("[data-age]")) element.textContent = rough(age(element.dataset.age));
  const { written, silentAfter, silent } = document.getElementById("overview").dataset;
  if (!written) return;
  const stale = document.getElementById("stale");
  const old = age(written);
  stale.hidden = silent !== undefined || old <= Number(silentAfter) + LOOKS_SECONDS;
  stale.querySelector("[data-stale]").textContent = rough(old);
}

tick();
window.setInterval(tick, 1000);
