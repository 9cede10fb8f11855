// What happens to people in the middle of something: a session ends, they go elsewhere, come back, or miss the mark.

import { setTimeout as pause } from "node:timers/promises";

const HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
const VCF = `${HEAD}MT\t11778\t.\tG\tA\t.\t.\t.\n`;
const JOB = /\/annotations\/[^/?]+$/;
const file = (name, content = VCF) => ({ name, mimeType: "text/plain", buffer: Buffer.from(content) });
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);

async function choose(plan, page, content) {
  await page.goto(`${plan.origin}/annotate`);
  await page.setInputFiles("#file", file("mine.vcf", content));
  await page.locator("#send:not([disabled])").waitFor();
}

// The session ends before the upload; somebody signs in beside the page, and sends the file that is still chosen.
export async function signedOutUpload({ plan, seen, page, context }) {
  await choose(plan, page);
  await context.clearCookies();
  const faults = [...seen.faults];
  await page.click("#send");
  await page.locator("[role=alert]:not([hidden])").waitFor();
  seen.faults = faults;
  seen.told = await page.locator("[role=alert]:not([hidden])").innerText();
  seen.link = await page.locator("[role=alert]:not([hidden]) a").getAttribute("href").catch(() => null);
  seen.chosen = await page.inputValue("#file");
  await context.addCookies([{ ...plan.cookie, url: plan.origin }]);
  await page.click("#send");
  await page.waitForURL(JOB);
}

// The session ends before the file is chosen, so nobody is asked which reference it fits until somebody signs in beside the page and presses.
export async function signedOutChoice({ plan, seen, page, context }) {
  const uploads = () => seen.sent.filter((line) => line === "POST /api/v1/uploads").length;
  await page.goto(`${plan.origin}/annotate`);
  await context.clearCookies();
  await page.setInputFiles("#file", file("mine.vcf", plan.content));
  await page.locator("#send:not([disabled])").waitFor();
  seen.told = await page.locator("[role=alert]:visible").allInnerTexts();
  await context.addCookies([{ ...plan.cookie, url: plan.origin }]);
  if (plan.byHand) await page.selectOption("#reference", plan.byHand);
  await page.click("#send");
  const held = page.getByText("Nothing was sent yet");
  await Promise.race([held.waitFor(), page.waitForURL(JOB)]);
  seen.held = !JOB.test(page.url());
  if (!seen.held) return;
  seen.alarms = await page.locator("[role=alert]:visible").count();
  seen.looks = await page.locator("#looks").innerText();
  seen.focus = await focused(page);
  seen.early = uploads();
  if (seen.focus === "anyway") await page.check("#anyway");
  await page.click("#send");
  await page.waitForURL(JOB);
}

// The list of jobs looks again after its session has ended.
export async function signedOutList({ plan, seen, page, context }) {
  await page.goto(`${plan.origin}/annotations`);
  await context.clearCookies();
  await page.waitForResponse((answer) => new URL(answer.url()).pathname === "/annotations" && answer.request().method() === "GET");
  await pause(300);
  seen.rows = await page.locator("#jobs tbody tr").count();
  seen.told = await page.locator("main").innerText();
  seen.link = await page.locator("#signed-out a").getAttribute("href").catch(() => null);
}

// Sends a file over a slow line, reads how it goes, tries to leave, and stops it by keyboard.
export async function slowUpload({ plan, seen, page, context }) {
  const wire = await context.newCDPSession(page);
  await choose(plan, page, HEAD.padEnd(140 * 1024, "#"));
  await page.evaluate(() => {
    const said = document.getElementById("progress-text");
    window.heard = [];
    new MutationObserver(() => said.textContent && window.heard.push(said.textContent)).observe(said, { childList: true, characterData: true, subtree: true });
  });
  await wire.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 24 * 1024 });
  await page.locator("#send").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("progress").value > 30);
  seen.focus = await focused(page);
  seen.pace = await page.locator("#pace").innerText();
  const asked = new Promise((resolve) => page.once("dialog", async (dialog) => {
    resolve(dialog.type());
    await dialog.dismiss();
  }));
  await page.getByRole("link", { name: "Jobs", exact: true }).click({ noWaitAfter: true });
  seen.asked = await Promise.race([asked, pause(3000, "nothing")]);
  seen.stayed = new URL(page.url()).pathname;
  if (seen.stayed !== "/annotate") return;
  await page.locator("#stop").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /stopped/.test(document.querySelector("main").textContent));
  seen.after = await focused(page);
  seen.stopped = await page.locator("#progress-text").innerText();
  seen.alarm = await page.locator("#problem").isVisible();
  seen.heard = await page.evaluate(() => window.heard);
  await page.getByRole("link", { name: "Jobs", exact: true }).click();
  await page.waitForURL("**/annotations");
  seen.left = new URL(page.url()).pathname;
}

// Whether a browser gives the field its file back is the browser's: here it did.
async function givenBack(page) {
  await page.evaluate((text) => {
    const held = new DataTransfer();
    held.items.add(new File([text], "mine.vcf"));
    document.getElementById("file").files = held.files;
    window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  }, VCF);
  await page.locator("#send:not([disabled])").waitFor({ timeout: 3000 }).catch(() => {});
  return {
    named: await page.inputValue("#file"),
    enabled: await page.locator("#send").isEnabled(),
    chosen: await page.locator("#chosen").innerText(),
  };
}

// Makes a job, goes back to the form, forward to the job, and back to the form once more.
export async function back({ plan, seen, page }) {
  await choose(plan, page);
  await page.click("#send");
  await page.waitForURL(JOB);
  const job = page.url();
  const form = async () => {
    await page.goBack({ waitUntil: "load" });
    await pause(500);
    return { said: await page.locator(".meter").innerText(), ...(await givenBack(page)) };
  };
  seen.forms = [await form()];
  await page.goForward({ waitUntil: "load" });
  seen.forward = page.url() === job && await page.locator("#job").isVisible();
  seen.forms.push(await form());
}

// Drops a file beside the zone; and something that is no file.
export async function beside({ plan, seen, page }) {
  await page.goto(`${plan.origin}/annotate`);
  await page.locator("#upload").waitFor();
  const drop = (target, text) => page.evaluate(([where, content]) => {
    const dataTransfer = new DataTransfer();
    if (content) dataTransfer.items.add(new File([content], "mine.vcf"));
    else dataTransfer.setData("text/plain", "words");
    const fire = (name) => !document.querySelector(where).dispatchEvent(new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer }));
    return [fire("dragover"), fire("drop")];
  }, [target, text]);
  seen.words = await drop("footer", null);
  seen.files = await drop("footer", VCF);
  await page.locator("#send:not([disabled])").waitFor({ timeout: 3000 }).catch(() => {});
  seen.dropped = await page.inputValue("#file");
  seen.path = new URL(page.url()).pathname;
}
