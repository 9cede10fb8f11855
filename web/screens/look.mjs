// Looks at each page of a plan (JSON on stdin) in two widths, light and dark: takes a picture, asks axe, and notes
// whatever moves, scrolls sideways, fails or talks to somewhere else.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const plan = JSON.parse(readFileSync(0, "utf8"));
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = { 320: 640, 1280: 800 };
const SHIFT = 0.01;
const EYES = 3;

const browser = await chromium.launch({ executablePath: plan.browser, args: ["--no-sandbox", "--force-prefers-reduced-motion"] });
const report = [];

const waiting = plan.looks.flatMap((look) =>
  ["light", "dark"].flatMap((colorScheme) => Object.entries(WIDTHS).map(([width, height]) => [look, Number(width), height, colorScheme])),
);
async function eye() {
  for (let next = waiting.shift(); next; next = waiting.shift()) report.push(await seen(...next));
}
await Promise.all(Array.from({ length: EYES }, eye));
report.sort((one, other) => one.picture.localeCompare(other.picture));
await browser.close();
writeFileSync(`${plan.output}/axe.json`, JSON.stringify(report, null, 1));

const bad = report.filter((page) => page.faults.length);
for (const page of bad) console.error(`${page.picture}: ${page.faults.join("; ")}`);
console.log(`${report.length} pictures in build/screens, ${bad.length} with faults`);
process.exit(bad.length ? 1 : 0);

async function seen(look, width, height, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce", timezoneId: "Europe/Zurich" });
  if (look.cookie) await context.addCookies([{ name: look.cookie_name ?? plan.cookie, value: look.cookie, url: plan.origin }]);
  const page = await context.newPage();
  const faults = [];
  let bytes = 0;
  page.on("console", (said) => said.type() === "error" && !/status of 4\d\d/.test(said.text()) && faults.push(`console: ${said.text()}`));
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (![plan.origin, plan.store].some((origin) => url.startsWith(`${origin}/`)) && !url.startsWith("data:")) faults.push(`talks to ${url}`);
  });
  page.on("response", async (response) => {
    if (response.status() >= 400 && response.url() !== plan.origin + look.path) faults.push(`${response.status()} for ${response.url()}`);
  });
  page.on("requestfinished", async (request) => {
    const sizes = await request.sizes().catch(() => null);
    if (sizes) bytes += sizes.responseBodySize + sizes.responseHeadersSize;
  });
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shifted += entry.value))).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(plan.origin + look.path, { waitUntil: "load" });
  await page.evaluate(() => new Promise((done) => setTimeout(done, 150)));
  const measured = await page.evaluate(() => ({
    shifted: window.shifted,
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }));
  // The picture of the whole page makes the window as long as the page, which moves things: it comes after measuring.
  const picture = `${look.name}-${width}-${colorScheme}.png`;
  await page.screenshot({ path: `${plan.output}/${picture}`, fullPage: true });
  if (measured.sideways > 0) faults.push(`scrolls sideways by ${measured.sideways} px`);
  if (measured.shifted > SHIFT) faults.push(`shifts its layout by ${measured.shifted.toFixed(3)}`);
  await page.evaluate(axe);
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags, resultTypes: ["violations", "incomplete"] }), TAGS);
  for (const violation of found.violations) {
    faults.push(`axe ${violation.id}: ${violation.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ")}`);
  }
  await context.close();
  return {
    picture, path: look.path, bytes, shifted: measured.shifted, faults,
    violations: found.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.html) })),
    unsure: found.incomplete.map(({ id }) => id),
  };
}
