// Looks at each page of a plan (JSON on stdin) in two widths, light and dark: takes a picture, asks axe, and notes
// whatever moves, scrolls sideways, fails, hides the focus or talks to somewhere else.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";
import { acts } from "./acts.mjs";
import { focusFaults } from "./focus.mjs";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const plan = JSON.parse(readFileSync(0, "utf8"));
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = { 320: 640, 1280: 800 };
const EYES = 3;
const SETTLED = 150;
const LONGEST_MS = 120_000;

const browser = await chromium.launch({ executablePath: plan.browser, args: ["--no-sandbox", "--force-prefers-reduced-motion"] });
const report = [];

const waiting = plan.looks.flatMap((look) =>
  ["light", "dark"].flatMap((colorScheme) => Object.entries(WIDTHS).map(([width, height]) => [look, Number(width), height, colorScheme])),
);
async function eye() {
  for (let next = waiting.shift(); next; next = waiting.shift()) report.push(await withinTime(next));
}
await Promise.all(Array.from({ length: EYES }, eye));
report.sort((one, other) => one.picture.localeCompare(other.picture));
await browser.close();
writeFileSync(`${plan.output}/axe.json`, JSON.stringify(report, null, 1));

const bad = report.filter((page) => page.faults.length);
for (const page of bad) console.error(`${page.picture}: ${page.faults.join("; ")}`);
console.log(`${report.length} pictures in ${plan.output}, ${bad.length} with faults`);
process.exit(bad.length ? 1 : 0);

// A page that hangs, or cannot be looked at, is a fault of that page and not of the run.
async function withinTime([look, width, height, colorScheme]) {
  const failed = (why) => ({ picture: `${look.name}-${width}-${colorScheme}.png`, path: look.path, faults: [why], violations: [], unsure: [] });
  const looked = seen(look, width, height, colorScheme).catch((error) => failed(`cannot be looked at: ${error.message.split("\n")[0]}`));
  return Promise.race([looked, pause(LONGEST_MS, null, { ref: false }).then(() => failed(`took longer than ${LONGEST_MS / 1000} s`))]);
}

async function seen(look, width, height, colorScheme) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme, reducedMotion: "reduce", timezoneId: "Europe/Zurich", javaScriptEnabled: look.scripts,
  });
  if (look.cookie) await context.addCookies([{ name: look.cookie_name ?? plan.cookie, value: look.cookie, url: look.origin }]);
  const page = await context.newPage();
  const faults = [];
  let bytes = 0;
  page.on("console", (said) => said.type() === "error" && !/status of [45]\d\d/.test(said.text()) && faults.push(`console: ${said.text()}`));
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (![look.origin, plan.store].some((origin) => url.startsWith(`${origin}/`)) && !url.startsWith("data:")) faults.push(`talks to ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() < 400) return;
    if (response.request().isNavigationRequest() && response.status() === look.status) return;
    faults.push(`${response.status()} for ${response.url()}`);
  });
  page.on("requestfinished", async (request) => {
    const sizes = await request.sizes().catch(() => null);
    if (sizes) bytes += sizes.responseBodySize + sizes.responseHeadersSize;
  });
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shifted += entry.value))).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(look.origin + look.path, { waitUntil: "load" });
  await page.waitForTimeout(SETTLED);
  // What moves because somebody did something may move. Without scripts, the observer of shifts does not run.
  const shifted = await page.evaluate(() => window.shifted ?? 0);
  if (look.act) await acts[look.act](page, look);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  // The picture of the whole page makes the window as long as the page, which moves things: it comes after measuring.
  const picture = `${look.name}-${width}-${colorScheme}.png`;
  await page.screenshot({ path: `${plan.output}/${picture}`, fullPage: true });
  if (sideways > 0) faults.push(`scrolls sideways by ${sideways} px`);
  if (shifted > 0) faults.push(`shifts its layout by ${shifted.toFixed(4)}`);
  const judged = look.scripts ? page : await copied(page, { width, height }, colorScheme);
  await judged.evaluate(axe);
  const found = await judged.evaluate((tags) => window.axe.run(document, { runOnly: tags, resultTypes: ["violations", "incomplete"] }), TAGS);
  for (const violation of found.violations) faults.push(`axe ${violation.id}: ${targets(violation)}`);
  const unsure = found.incomplete.map((rule) => ({ ...rule, nodes: rule.nodes.filter((node) => !knownToBeFine(rule, node)) })).filter((rule) => rule.nodes.length);
  for (const rule of unsure) faults.push(`axe cannot tell ${rule.id}: ${targets(rule)}`);
  faults.push(...(await judged.evaluate(focusFaults)));
  if (judged !== page) await judged.context().close();
  await context.close();
  return {
    picture, path: look.path, bytes, shifted, faults,
    violations: found.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.html) })),
    unsure: unsure.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html) })),
  };
}

// Axe needs timers, and without scripts a page has none: it judges a copy of what is shown.
async function copied(page, viewport, colorScheme) {
  const html = await page.evaluate(() => {
    for (const element of document.querySelectorAll("script, .needs-script")) element.remove();
    for (const element of document.querySelectorAll("noscript")) element.replaceWith(...element.childNodes);
    return `<!doctype html>${document.documentElement.outerHTML}`;
  });
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: "reduce" });
  const copy = await context.newPage();
  await copy.route(page.url(), (route) => route.fulfill({ contentType: "text/html; charset=utf-8", body: html }));
  await copy.goto(page.url());
  return copy;
}

function targets(rule) {
  return rule.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ");
}

// The arrow of a select is a background image, over which axe does not judge the text; its colours are the form's.
function knownToBeFine(rule, node) {
  return rule.id === "color-contrast" && node.html.startsWith("<select");
}
