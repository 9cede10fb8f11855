// What has to be right before the first paint, so that nothing flashes or moves: light or dark as the system is, and
// times in the reader's zone, here and in whatever is put into the page later.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  follow();
  dark.addEventListener("change", follow);

  const TIME = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  const DAY = { day: "numeric", month: "short", year: "numeric" };
  const clocks = {
    usual: new Intl.DateTimeFormat("en-GB", { ...DAY, ...TIME }),
    seconds: new Intl.DateTimeFormat("en-GB", { ...DAY, ...TIME, second: "2-digit" }),
    today: new Intl.DateTimeFormat("en-GB", TIME),
  };

  function localise(element) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    // Where data-near stands, a time of today needs no date.
    const near = element.closest("[data-near]") && moment.toDateString() === new Date().toDateString();
    const text = clocks[near ? "today" : "seconds" in element.dataset ? "seconds" : "usual"].format(moment);
    if (element.textContent === text) return;
    element.title = `${moment.toISOString().slice(0, 19).replace("T", " ")} UTC`;
    element.textContent = text;
  }

  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const around = target.parentElement?.closest("time[datetime]") ?? target.closest?.("time[datetime]");
      if (around) localise(around);
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.matches("time[datetime]")) localise(node);
        node.querySelectorAll("time[datetime]").forEach(localise);
      }
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });
})();
