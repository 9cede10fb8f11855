// What a person does on the pages, played by a real browser. The plan comes as JSON on stdin; what was seen goes to
// stdout.

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { back, beside, signedOutChoice, signedOutList, signedOutUpload, slowUpload } from "./stories/interrupted.mjs";
import { keyboard } from "./stories/keyboard.mjs";
import { first, motion } from "./stories/measured.mjs";
import { operations, patience, plain, secondThoughts, shutOut, upload, watch } from "./stories/pages.mjs";
import { own, ownAgain, ownHeld } from "./stories/own.mjs";
import { dates, figures, older } from "./stories/read.mjs";
import { reference } from "./stories/reference.mjs";
import { whole } from "./stories/whole.mjs";

const stories = {
  back, beside, dates, figures, first, keyboard, motion, older, operations, own, ownAgain, ownHeld, patience, plain, reference, secondThoughts, shutOut,
  signedOutChoice, signedOutList, signedOutUpload, slowUpload, upload, watch, whole,
};
const plan = JSON.parse(readFileSync(0, "utf8"));
const seen = { sent: [], faults: [] };

const browser = await chromium.launch({ executablePath: plan.browser, args: ["--no-sandbox"] });
const context = await browser.newContext({
  javaScriptEnabled: plan.story !== "plain", timezoneId: plan.zone ?? "Europe/Zurich", locale: plan.language, reducedMotion: plan.motion ?? "no-preference",
});
if (plan.cookie) await context.addCookies([{ ...plan.cookie, url: plan.origin }]);
const page = await context.newPage();
page.setDefaultTimeout(plan.patience ?? 20_000);
page.on("request", (request) => seen.sent.push(`${request.method()} ${request.url().split("?")[0].replace(plan.origin, "")}`));
page.on("pageerror", (error) => seen.faults.push(error.message));
page.on("console", (said) => said.type() === "error" && !/status of 4/.test(said.text()) && seen.faults.push(said.text()));

try {
  await stories[plan.story]({ plan, seen, page, context });
} catch (error) {
  console.error(`at ${page.url()}: ${await page.locator("main").innerText().catch(() => "")}`);
  throw error;
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
