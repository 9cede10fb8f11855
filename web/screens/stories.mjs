// What a person does on the pages, played by a real browser. The plan comes as JSON on stdin; what was seen goes to
// stdout.

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const plan = JSON.parse(readFileSync(0, "utf8"));
const VCF = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nMT\t11778\t.\tG\tA\t.\t.\t.\n";
const seen = { sent: [], faults: [] };

const browser = await chromium.launch({ executablePath: plan.browser, args: ["--no-sandbox"] });
const context = await browser.newContext({ javaScriptEnabled: plan.story !== "plain", timezoneId: "Europe/Zurich" });
await context.addCookies([{ ...plan.cookie, url: plan.origin }]);
const page = await context.newPage();
page.setDefaultTimeout(20_000);
page.on("request", (request) => seen.sent.push(`${request.method()} ${request.url().split("?")[0].replace(plan.origin, "")}`));
page.on("pageerror", (error) => seen.faults.push(error.message));
page.on("console", (said) => said.type() === "error" && !/status of 4/.test(said.text()) && seen.faults.push(said.text()));

const stories = {
  // Watches a job until it says that it is completed, then waits whether the page goes on asking.
  async watch() {
    await page.goto(plan.origin + plan.path);
    await page.locator("#cancel").focus();
    await page.waitForResponse((answer) => answer.url().endsWith("/status"));
    await page.waitForTimeout(200);
    seen.focused = await page.evaluate(() => document.activeElement.id);
    await page.evaluate((url) => fetch(url), `${plan.origin}/go-on`);
    await page.locator(".state-big", { hasText: "Completed" }).waitFor();
    await page.waitForTimeout(300);
    seen.spoken = await page.locator("#spoken").textContent();
    seen.time = await page.locator(".facts time").first().textContent();
    seen.before = seen.sent.filter((line) => line.endsWith("/status")).length;
    await page.waitForTimeout(4500);
    seen.after = seen.sent.filter((line) => line.endsWith("/status")).length;
  },
  // Looks at the operators' page, writes half a banner, and loses the network until the figures are too old.
  async operations() {
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
  },
  // Chooses files that are refused, then one that is not.
  async upload() {
    await page.goto(`${plan.origin}/annotate`);
    seen.refusals = [];
    for (const [name, content] of plan.refused) {
      await page.setInputFiles("#file", { name, mimeType: "text/plain", buffer: Buffer.from(content, "base64") });
      await page.locator("#problem:not([hidden])").waitFor();
      seen.refusals.push(await page.locator("#problem").textContent());
      seen.enabled ||= await page.locator("#send").isEnabled();
    }
    seen.early = seen.sent.filter((line) => line.startsWith("POST")).length;
    await page.setInputFiles("#file", { name: "mine.vcf", mimeType: "text/plain", buffer: Buffer.from(VCF) });
    await page.locator("#send:not([disabled])").waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/received$/);
    seen.heading = await page.locator("h1").textContent();
  },
  // Sends a file to a store that does not let this origin.
  async shutOut() {
    await page.goto(`${plan.origin}/annotate`);
    await page.setInputFiles("#file", { name: "mine.vcf", mimeType: "text/plain", buffer: Buffer.from(VCF) });
    await page.locator("#send:not([disabled])").waitFor();
    await page.keyboard.press("Enter");
    await page.locator("#problem:not([hidden])").waitFor();
    seen.problem = await page.locator("#problem").textContent();
  },
  // The same without scripts: three forms.
  async plain() {
    await page.goto(`${plan.origin}/annotate`);
    await page.fill("#name", "mine.vcf");
    await page.click("noscript button");
    await page.setInputFiles("#file", { name: "mine.vcf", mimeType: "text/plain", buffer: Buffer.from(VCF) });
    await page.click("text=Send the file");
    await page.waitForURL(/\/annotate\/uploaded/);
    await page.click("text=Start annotation");
    await page.waitForURL(/\/received$/);
    seen.heading = await page.locator("h1").textContent();
  },
};

await stories[plan.story]();
await browser.close();
console.log(JSON.stringify(seen));
