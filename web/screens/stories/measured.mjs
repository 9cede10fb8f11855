// What a page weighs, whether it moves, and whether it holds still for people who ask for that.

import { setTimeout as pause } from "node:timers/promises";

// The first page of somebody who was never here, then another page, for which the browser kept what both need.
export async function first({ plan, seen, page, context }) {
  const wire = await context.newCDPSession(page);
  const answers = new Map();
  await wire.send("Network.enable");
  wire.on("Network.responseReceived", ({ requestId, response }) => {
    const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]));
    answers.set(requestId, {
      path: response.url.replace(plan.origin, ""), kept: response.fromDiskCache || false, bytes: 0,
      encoding: headers["content-encoding"] ?? "", cache: headers["cache-control"] ?? "",
    });
  });
  wire.on("Network.requestServedFromCache", ({ requestId }) => answers.set(`kept ${requestId}`, { path: "", kept: true, bytes: 0 }));
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (answers.has(requestId)) answers.get(requestId).bytes = encodedDataLength;
  });
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shifted += entry.value))).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(plan.origin + (plan.path ?? "/"), { waitUntil: "networkidle" });
  await pause(500);
  seen.shifted = await page.evaluate(() => window.shifted);
  seen.first = [...answers.values()].filter((answer) => answer.path);
  answers.clear();
  await page.goto(`${plan.origin}/login`, { waitUntil: "networkidle" });
  seen.second = [...answers.values()].filter((answer) => answer.path && !answer.kept && answer.bytes > 0);
}

// How many things move on a page of a job that runs.
export async function motion({ plan, seen, page }) {
  await page.goto(plan.origin + plan.path);
  seen.moving = await page.evaluate(() => document.getAnimations().filter((one) => one.playState === "running").length);
}
