// What has to be right before the first paint, so that nothing flashes or moves: light or dark as the system is, and
// times as the reader's clock and language have them, here and in whatever is put into the page later.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  follow();
  dark.addEventListener("change", follow);

  const MINUTE = 60_000;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;
  // Later or earlier than this, the day matters and the minute does not.
  const DAYS_WITH_CLOCK = 7;
  const LANGUAGES = [...navigator.languages];
  const clock = (parts) => new Intl.DateTimeFormat(LANGUAGES, parts);
  const TIME = { hour: "numeric", minute: "2-digit" };
  const DATE = { day: "numeric", month: "short" };
  const forms = {
    full: clock({ dateStyle: "full", timeStyle: "long" }),
    today: { usual: clock(TIME), seconds: clock({ ...TIME, second: "2-digit" }) },
    near: { usual: clock({ ...DATE, ...TIME }), seconds: clock({ ...DATE, ...TIME, second: "2-digit" }) },
    thisYear: clock(DATE),
    otherYear: clock({ ...DATE, year: "numeric" }),
    ago: new Intl.RelativeTimeFormat(LANGUAGES, { numeric: "auto", style: "short" }),
  };
  const language = forms.full.resolvedOptions().locale;

  function ago(away) {
    const far = Math.abs(away);
    if (far < MINUTE) return forms.ago.format(0, "second");
    const [unit, length] = far < HOUR ? ["minute", MINUTE] : ["hour", HOUR];
    return forms.ago.format(Math.trunc(away / length), unit);
  }

  // As short as it can be said without doubt; the whole of it is in the title.
  function short(moment, { ago: relative, seconds }) {
    const now = new Date();
    const away = moment - now;
    if (relative !== undefined && Math.abs(away) < DAY) return ago(away);
    const form = seconds === undefined ? "usual" : "seconds";
    if (moment.toDateString() === now.toDateString()) return forms.today[form].format(moment);
    if (seconds !== undefined || Math.abs(away) < DAYS_WITH_CLOCK * DAY) return forms.near[form].format(moment);
    return forms[moment.getFullYear() === now.getFullYear() ? "thisYear" : "otherYear"].format(moment);
  }

  function localise(element) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) return;
    const text = short(moment, element.dataset);
    if (element.textContent === text) return;
    element.title = forms.full.format(moment);
    element.lang = language;
    element.textContent = text;
  }
  const localiseAll = (root) => root.querySelectorAll("time[datetime]").forEach(localise);

  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const around = target.parentElement?.closest("time[datetime]") ?? target.closest?.("time[datetime]");
      if (around) localise(around);
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.matches("time[datetime]")) localise(node);
        localiseAll(node);
      }
    }
  }).observe(document, { childList: true, subtree: true, characterData: true });
  // "2 min. ago" grows old.
  window.setInterval(() => localiseAll(document), MINUTE / 4);
})();
