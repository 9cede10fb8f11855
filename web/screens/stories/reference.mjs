// Which reference a file was made on, told before any of it is sent.

const JOB = /\/annotations\/[^/?]+$/;

// Chooses files one after another; the last fits nothing, and is sent all the same. Then another reference for the first.
export async function reference({ plan, seen, page }) {
  const file = ([name, content]) => ({ name, mimeType: "text/plain", buffer: Buffer.from(content, "base64") });
  const uploads = () => seen.sent.filter((line) => line === "POST /api/v1/uploads").length;
  await page.goto(`${plan.origin}/annotate`);
  seen.before = await look(page);
  seen.told = [];
  for (const each of plan.files) {
    await page.setInputFiles("#file", file(each));
    await page.locator("#send:not([disabled])").waitFor();
    seen.told.push(await look(page));
  }
  seen.focused = await page.evaluate(() => document.activeElement.id);
  await page.click("#send");
  await page.waitForTimeout(300);
  seen.early = uploads();

  await page.setInputFiles("#file", file(plan.files[0]));
  await page.locator("#send:not([disabled])").waitFor();
  await page.selectOption("#reference", plan.other);
  seen.other = await look(page);

  await page.setInputFiles("#file", file(plan.files.at(-1)));
  await page.locator("#send:not([disabled])").waitFor();
  await page.check("#anyway");
  await page.click("#send");
  await page.waitForURL(JOB);
  seen.job = await page.locator("#job").innerText();
}

async function look(page) {
  return {
    said: await page.locator("#looks").textContent(),
    tone: (await page.locator("#looks").getAttribute("class")).match(/alert-(success|warning|danger)/)?.[1] ?? "",
    chosen: await page.inputValue("#reference"),
    held: await page.locator("#anyway").isVisible(),
    made: await page.locator("[data-reference]:visible").allInnerTexts(),
  };
}
