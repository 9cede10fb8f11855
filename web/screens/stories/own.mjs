// What comes along with a VCF: looked at before it is sent, and sent first.

import { setTimeout as pause } from "node:timers/promises";

const JOB = /\/annotations\/[^/?]+$/;
const file = ([name, content]) => ({ name, mimeType: "text/plain", buffer: Buffer.from(content, "base64") });
const posts = (seen) => seen.sent.filter((line) => line.startsWith("POST")).map((line) => line.replace(/^POST (https?:\/\/[^/]+)?/, ""));
const begun = (seen) => posts(seen).filter((line) => line !== "/api/v1/references/choose");

async function choose(plan, page) {
  await page.goto(`${plan.origin}/annotate`);
  await page.setInputFiles("#file", file(plan.input));
  await page.locator("#send:not([disabled])").waitFor();
}

// Chooses files of one's own one after another, drops the last one where it belongs, and sends it with a VCF.
export async function own({ plan, seen, page }) {
  await page.goto(`${plan.origin}/annotate`);
  seen.told = [];
  for (const each of plan.files) {
    await page.setInputFiles("#own-file", file(each));
    await page.waitForFunction(() => !/being checked/.test(document.getElementById("own-chosen").textContent));
    seen.told.push({ chosen: await page.locator("#own-chosen").textContent(), problem: await page.locator("#own-problem").textContent() });
  }
  await page.setInputFiles("#own-file", []);
  seen.none = await page.locator("#own-chosen").textContent();

  await page.setInputFiles("#file", file(plan.input));
  await page.locator("#send:not([disabled])").waitFor();
  const [name, content] = plan.files[0];
  const dropped = await page.evaluateHandle(([called, packed]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([Uint8Array.from(atob(packed), (sign) => sign.charCodeAt(0))], called));
    return carried;
  }, [name, content]);
  await page.dispatchEvent("#own-kinds", "drop", { dataTransfer: dropped });
  await page.waitForFunction(() => /comes along/.test(document.getElementById("own-chosen").textContent));
  seen.input = await page.locator("#chosen").textContent();
  seen.early = posts(seen);
  await page.click("#send");
  await page.waitForURL(JOB);
  seen.posted = posts(seen);
  seen.job = await page.locator("#job").innerText();
}

// Presses the button while a file of one's own is refused, is still looked at, or was left out after all.
export async function ownHeld({ plan, seen, page }) {
  const { bad, good } = plan;
  const problem = page.locator("#own-problem:not([hidden])");
  const press = async () => {
    await page.click("#send");
    await pause(500);
    return { posted: begun(seen), problem: await problem.textContent(), focus: await page.evaluate(() => document.activeElement.id), path: new URL(page.url()).pathname };
  };
  await choose(plan, page);
  await page.setInputFiles("#own-file", file(bad));
  await problem.waitFor();
  seen.refused = await press();

  await page.click("#own-none");
  seen.left = { problem: await problem.isVisible(), none: await page.locator("#own-none").isVisible() };

  // Looking takes as long as we let it.
  await page.evaluate(() => {
    const read = Blob.prototype.arrayBuffer;
    Blob.prototype.arrayBuffer = async function late() {
      await new Promise((resolve) => (window.goOn = resolve));
      return read.call(this);
    };
  });
  await page.setInputFiles("#own-file", file(bad));
  await page.waitForFunction(() => window.goOn);
  await page.click("#send");
  await page.evaluate(() => window.goOn());
  await problem.waitFor();
  seen.looked = await press();

  await page.setInputFiles("#own-file", file(good));
  await page.evaluate(() => window.goOn());
  await page.waitForFunction(() => /comes along/.test(document.getElementById("own-chosen").textContent));
  const hover = (target) => page.evaluate((where) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["x"], "x.bed"));
    document.querySelector(where).dispatchEvent(new DragEvent("dragover", { bubbles: true, cancelable: true, dataTransfer }));
    return [...document.querySelectorAll(".over")].map((each) => each.id);
  }, target);
  seen.over = [await hover("#own-kinds"), await hover("footer")];
  await page.click("#send");
  await page.waitForURL(JOB);
}

// Loses the connection while the larger file is sent, and presses the button again.
export async function ownAgain({ plan, seen, page }) {
  let times = 0;
  await page.route((url) => url.pathname === "/gas-inputs", (route) => {
    times += 1;
    return times === 2 ? route.abort() : route.continue();
  });
  await choose(plan, page);
  await page.setInputFiles("#own-file", file(plan.good));
  await page.waitForFunction(() => /comes along/.test(document.getElementById("own-chosen").textContent));
  const faults = [...seen.faults];
  await page.click("#send");
  await page.locator("#problem:not([hidden])").waitFor();
  // What the browser complains of without a network is no fault of the page.
  seen.faults = faults;
  seen.problem = await page.locator("#problem").textContent();
  await page.click("#send");
  await page.waitForURL(JOB);
  seen.begun = begun(seen);
}
