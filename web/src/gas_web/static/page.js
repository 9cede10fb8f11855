// Small kindnesses for every page: copying, and a look again at what still changes.

const SOON = 2000;
const LATE = 15000;
const SLOWER = 1.4;

// On the root and on the document, so that what every look puts anew into the page can be copied from as well.
function offerCopies() {
  if (!navigator.clipboard) return;
  document.documentElement.classList.add("copies");
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    button.firstChild.textContent = "Copied";
  });
}

function speak(text) {
  const spoken = document.getElementById("spoken");
  if (spoken && text && spoken.textContent !== text) spoken.textContent = text;
}

// What a person who hears the page is told of a change: the very words that stand there, with the same times.
function saying(now) {
  if (now.dataset.spoken) return now.dataset.spoken;
  return [...now.querySelectorAll("[data-say]")].map((part) => part.textContent.trim()).join(". ");
}

// Looks every 2 s while something happens and ever more seldom while nothing does; stops where the server says so.
function watch() {
  let wait = SOON;
  let timer = 0;
  const live = () => document.querySelector("[data-live]");
  const schedule = () => {
    window.clearTimeout(timer);
    if (live() && !document.hidden) timer = window.setTimeout(look, wait);
  };
  const look = () => live()?.dispatchEvent(new CustomEvent("gas:look"));

  document.addEventListener("htmx:after:request", (event) => {
    const status = event.detail?.ctx?.response?.raw?.status ?? event.detail?.ctx?.response?.status;
    if (status !== 401 && status !== 404) return;
    live()?.removeAttribute("data-live");
    const out = document.getElementById("signed-out");
    if (status === 401 && out) out.hidden = false;
    speak(status === 401 && out ? out.textContent : "This page no longer refreshes itself. Reload it.");
  });
  let held = null;
  document.addEventListener("htmx:before:swap", () => (held = live()?.contains(document.activeElement) ? document.activeElement : null));
  document.addEventListener("htmx:finally:request", () => {
    window.setTimeout(() => {
      const now = document.querySelector("[data-version]");
      const changed = now && now.dataset.version !== watch.version;
      watch.version = now?.dataset.version;
      wait = changed ? SOON : Math.min(wait * SLOWER, LATE);
      if (changed) speak(saying(now));
      // A button that is gone takes the focus with it, to nowhere: what comes next is read from the start of the content.
      if (held && document.activeElement === document.body) document.getElementById("content").focus({ preventScroll: true });
      held = null;
      schedule();
    }, 50);
  });
  document.addEventListener("visibilitychange", () => (document.hidden ? window.clearTimeout(timer) : (wait = SOON, look())));
  watch.version = document.querySelector("[data-version]")?.dataset.version;
  schedule();
}

offerCopies();
if (document.querySelector("[data-live]")) watch();
