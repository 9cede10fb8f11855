// Single pages: watching a job, and uploading with and without scripts.

import { setTimeout as pause } from "node:timers/promises";

const JOB = /\/annotations\/[^/?]+$/;
const VCF = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nMT\t11778\t.\tG\tA\t.\t.\t.\n";

// Watches a job until it says that it is completed, then waits whether the page goes on asking.
export async function watch({ plan, seen, page }) {
  await page.goto(plan.origin + plan.path);
  await page.locator("#cancel").focus();
  await page.waitForResponse((answer) => answer.url().endsWith("/status"));
  await pause(200);
  seen.focused = await page.evaluate(() => document.activeElement.id);
  await page.evaluate(() => {
    const bare = () => [...document.querySelectorAll(".copy")].filter((button) => getComputedStyle(button).visibility !== "visible");
    window.bare = bare().length;
    new MutationObserver(() => (window.bare += bare().length)).observe(document.querySelector("main"), { childList: true, subtree: true });
  });
  await page.evaluate((url) => fetch(url), `${plan.origin}/go-on`);
  await page.locator(".state-big", { hasText: "Completed" }).waitFor();
  await pause(300);
  seen.spoken = await page.locator("#spoken").textContent();
  seen.shown = await page.locator("#job [data-say]").last().textContent().catch(() => "");
  seen.refocused = await page.evaluate(() => document.activeElement.id);
  seen.time = await page.locator(".facts time").first().textContent();
  seen.copies = await page.locator(".copy").count();
  seen.bare = await page.evaluate(() => window.bare);
  seen.before = seen.sent.filter((line) => line.endsWith("/status")).length;
  await pause(4500);
  seen.after = seen.sent.filter((line) => line.endsWith("/status")).length;
}

// Looks at the operators' page, writes half a banner, and loses the network until the figures are too old.
export async function operations({ plan, seen, page, context }) {
  await page.clock.install();
  await page.goto(`${plan.origin}/operations`);
  seen.first = await page.locator(".as-of [data-age]").textContent();
  await page.fill("#banner", "half a sent");
  await page.waitForResponse((answer) => answer.url().endsWith("/operations/overview"));
  seen.early = await page.locator("#stale").isVisible();
  const faults = [...seen.faults];
  await context.setOffline(true);
  await page.clock.runFor(25_000);
  await page.locator("#stale:not([hidden])").waitFor();
  // What the browser complains of without a network is no fault of the page.
  seen.faults = faults;
  seen.stale = await page.locator("#stale").textContent();
  seen.last = await page.locator(".as-of [data-age]").textContent();
  seen.banner = await page.inputValue("#banner");
}

// Chooses files that are refused, then some that are not, and sends one.
export async function upload({ plan, seen, page }) {
  await page.goto(`${plan.origin}/annotate`);
  seen.refusals = [];
  for (const [name, content] of plan.refused) {
    await page.setInputFiles("#file", { name, mimeType: "text/plain", buffer: Buffer.from(content, "base64") });
    await page.locator("#problem:not([hidden])").waitFor();
    seen.refusals.push(await page.locator("#problem").textContent());
    seen.enabled ||= await page.locator("#send").isEnabled();
  }
  seen.passed = [];
  for (const [name, content] of plan.sound ?? []) {
    await page.setInputFiles("#file", { name, mimeType: "text/plain", buffer: Buffer.from(content, "base64") });
    await page.locator("#send:not([disabled]), #problem:not([hidden])").first().waitFor();
    seen.passed.push((await page.locator("#send").isEnabled()) ? "" : await page.locator("#problem").textContent());
  }
  // What the header says is asked about; nothing else goes anywhere.
  seen.early = seen.sent.filter((line) => line.startsWith("POST") && !line.endsWith("/references/choose")).length;
  const dataTransfer = await page.evaluateHandle((text) => {
    const held = new DataTransfer();
    held.items.add(new File([text], "mine.vcf"));
    return held;
  }, VCF);
  await page.dispatchEvent("#drop", "drop", { dataTransfer });
  await page.locator("#send:not([disabled])").waitFor();
  seen.dropped = await page.inputValue("#file");
  await page.keyboard.press("Enter");
  await page.waitForURL(JOB);
  seen.notice = await page.locator("main > .alert").innerText();
}

// Stops an upload before it has begun, while GAS is slow to answer; then loses the network; then sends it after all.
export async function secondThoughts({ plan, seen, page }) {
  const file = (name) => ({ name, mimeType: "text/plain", buffer: Buffer.from(VCF) });
  await page.goto(`${plan.origin}/annotate`);
  await page.setInputFiles("#file", file("mine.vcf"));
  await page.locator("#send:not([disabled])").waitFor();
  let asked;
  const slow = new Promise((resolve) => (asked = resolve));
  await page.route("**/api/v1/uploads", asked);
  await page.click("#send");
  await slow;
  seen.locked = await page.locator("#file").isDisabled();
  await page.click("#stop");
  await page.locator("#progress-text", { hasText: "stopped" }).waitFor();
  seen.stopped = await page.locator("#progress-text").textContent();
  seen.alarmed = await page.locator("#problem").isVisible();
  await page.unroute("**/api/v1/uploads");

  await page.route("**/api/v1/uploads", (route) => route.abort());
  const faults = [...seen.faults];
  await page.click("#send");
  await page.locator("#problem", { hasText: "cannot be reached" }).waitFor();
  seen.lost = await page.locator("#problem").textContent();
  // What the browser complains of without a network is no fault of the page.
  seen.faults = faults;
  await page.unroute("**/api/v1/uploads");

  await page.setInputFiles("#file", file("other.vcf"));
  await page.locator("#chosen", { hasText: /^other\.vcf, \d+ bytes$/ }).waitFor();
  await page.click("#send");
  await page.waitForURL(JOB);
  seen.notice = await page.locator("main > .alert").innerText();
}

// Sends a file to a store that does not let this origin.
export async function shutOut({ plan, seen, page }) {
  await page.goto(`${plan.origin}/annotate`);
  await page.setInputFiles("#file", { name: "mine.vcf", mimeType: "text/plain", buffer: Buffer.from(VCF) });
  await page.locator("#send:not([disabled])").waitFor();
  await page.keyboard.press("Enter");
  await page.locator("#problem:not([hidden])").waitFor();
  seen.problem = await page.locator("#problem").textContent();
}

// The same without scripts: three forms.
export async function plain({ plan, seen, page }) {
  await page.goto(`${plan.origin}/annotate`);
  await page.fill("#name", "mine.vcf");
  await page.click("noscript button");
  await page.setInputFiles("#file", { name: "mine.vcf", mimeType: "text/plain", buffer: Buffer.from(VCF) });
  await page.click("text=Send the file");
  await page.waitForURL(/\/annotate\/uploaded/);
  await page.click("text=Start annotation");
  await page.waitForURL(JOB);
  seen.notice = await page.locator("main > .alert").innerText();
}

// Stays on the page of a job that does not move, for a minute and a half of the page's own clock.
export async function patience({ plan, seen, page }) {
  // The clock stands but where it is moved on: a slow machine takes no time of the page.
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(1000);
  await page.addInitScript(() => {
    // By the page's clock, which the answers do not go by: a pause begins with an answer, the first one with the page.
    window.told = { pauses: [], begun: 0, answered: true };
    const begin = () => Object.assign(told, { begun: Date.now(), answered: true });
    document.addEventListener("DOMContentLoaded", begin);
    document.addEventListener("htmx:finally:request", begin);
    document.addEventListener("gas:look", () => {
      told.pauses.push((Date.now() - told.begun) / 1000);
      told.answered = false;
    }, true);
  });
  await page.goto(plan.origin + plan.path);
  const whole = (pauses) => pauses.reduce((sum, each) => sum + each, 0);
  while (whole((seen.pauses = await page.evaluate(() => told.pauses))) < plan.watched) {
    await page.clock.runFor(1000);
    while (!(await page.evaluate(() => told.answered))) {
      await pause(20);
      await page.clock.runFor(1);
    }
  }
}
