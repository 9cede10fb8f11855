// The whole story of a free user's file, on the running platform, from signing in to the same bytes a second time.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { press } from "./keyboard.mjs";

const JOB = /\/annotations\/[^/?]+$/;

const link = (name) => (page) => page.getByRole("link", { name, exact: true });
const button = (name) => (page) => page.getByRole("button", { name, exact: true });

export async function whole({ plan, seen, page, context }) {
  const cookies = new Set();
  const addresses = new Set();
  page.on("request", (request) => addresses.add(request.url()));
  const remember = async () => (await context.cookies()).forEach(({ value }) => cookies.add(value));

  page.on("filechooser", (chooser) => chooser.setFiles({ name: plan.name, mimeType: "text/plain", buffer: Buffer.from(plan.vcf) }));

  // Signing in goes by keyboard; the rest of the way does in its own story.
  await page.goto(plan.origin);
  await press(page, "Sign in to annotate");
  await page.waitForURL(/\/login/);
  await press(page, "Continue");
  await page.waitForURL((url) => url.origin !== plan.origin);
  await remember();
  await press(page, "Fay Free");
  await page.waitForURL(`${plan.origin}/annotate`);
  await remember();

  await follow(page, link("Fay Free"), /\/profile$/);
  await profile(plan, page, seen);
  await follow(page, link("Annotate"), /\/annotate$/);
  seen.limits = await page.locator(".limits").first().innerText();
  await page.click("#file");
  await follow(page, (at) => at.locator("#send:not([disabled])"), JOB);
  const address = page.url();
  seen.job = address.split("/").pop();

  await shows(page, "Completed");
  // The annotators complete a job, and the controllers say a moment later until when its result is kept.
  await page.locator("#job", { hasText: "can be downloaded until" }).waitFor();
  seen.completed = await page.locator("#job").innerText();
  seen.first = await download(page);
  await follow(page, link("Statistics and preview"), /\/preview$/);
  seen.preview = await page.locator("main").innerText();
  await page.fill("#q", "rnr1");
  await follow(page, button("Filter"), /q=rnr1/);
  seen.filtered = await page.locator(".scroll tbody tr").count();
  writeFileSync(plan.looked, "");

  await page.goto(address);
  await shows(page, "Archived");
  seen.archived = await page.locator("#job").innerText();
  seen.linked = await link("Download the result")(page).count();
  seen.refused = (await context.request.get(`${address}/result`, { maxRedirects: 0 })).status();
  await follow(page, link("Statistics and preview"), /\/preview$/);
  seen.kept = await page.locator("main").innerText();
  await page.goto(address);

  // Results whose bytes are still at their place would be there again at once.
  while (!existsSync(plan.gate)) await pause(200);
  await follow(page, link("Become premium"), /\/subscribe/);
  await follow(page, button("Become premium"), JOB);
  seen.upgraded = await page.locator("main > .alert").innerText();
  await shows(page, "Restoring");
  seen.restoring = await page.locator("#job").innerText();
  await shows(page, "Restored");
  seen.restored = await page.locator("#job").innerText();
  seen.sum = await page.locator(".sum code").innerText();
  seen.history = await page.locator(".history strong").allInnerTexts();
  seen.second = await download(page);

  await page.goto(`${plan.origin}/annotations?state=Restored`);
  seen.listed = await page.locator("tbody a").allInnerTexts();
  await remember();
  await follow(page, button("Sign out"), (url) => url.origin !== plan.origin);
  await follow(page, (at) => at.getByText("Back to"), (url) => url.origin === plan.origin);
  await page.goto(`${plan.origin}/annotations`);
  seen.left = new URL(page.url()).pathname;
  seen.cookies = [...cookies].filter((value) => value.length > 20);
  seen.addresses = [...addresses];
}

// An e-mail address and a token that nobody else has.
async function profile(plan, page, seen) {
  await page.fill("#email", plan.email);
  await button("Save")(page).click();
  seen.notice = await page.locator("main > .alert").innerText();
  await page.fill("#token-name", "a script");
  await button("Make a token")(page).click();
  seen.token = await page.locator("#token").innerText();
}

async function follow(page, what, where) {
  await Promise.all([page.waitForURL(where), what(page).click()]);
}

// Waits until the page shows a state by itself: a reload would lose the mark.
async function shows(page, state) {
  await page.evaluate(() => (window.mark = true));
  await page.locator(".state-big", { hasText: state }).waitFor();
  if (!(await page.evaluate(() => window.mark))) throw new Error(`the page was loaded anew before ${state}`);
}

async function download(page) {
  const [file] = await Promise.all([page.waitForEvent("download"), link("Download the result")(page).click()]);
  const content = readFileSync(await file.path());
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { name: file.suggestedFilename(), bytes: content.length, sha256 };
}
