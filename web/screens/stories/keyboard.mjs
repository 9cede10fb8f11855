// The way of a file by keyboard alone, and what a person who sees the focus sees at each stop.

const VCF = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nMT\t11778\t.\tG\tA\t.\t.\t.\n";
const MOST_STOPS = 80;

export async function keyboard({ plan, seen, page }) {
  seen.stops = [];
  page.on("filechooser", (chooser) => chooser.setFiles({ name: "mine.vcf", mimeType: "text/plain", buffer: Buffer.from(VCF) }));
  await page.goto(plan.origin);
  await page.keyboard.press("Tab");
  seen.skip = await stop(page);
  await page.keyboard.press("Enter");
  seen.skipped = await page.evaluate(() => document.activeElement.id);

  await press(page, "Annotate a file", seen.stops);
  await page.waitForURL("**/annotate");
  await tabTo(page, (at) => at.id === "file", seen.stops);
  await page.keyboard.press("Space");
  await page.locator("#send:not([disabled])").waitFor();
  seen.ready = await page.evaluate(() => document.activeElement.id);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/annotations\/[^/]+$/);

  await press(page, "Cancel the job", seen.stops);
  seen.cancelled = await page.locator("main > .alert").innerText();
  await press(page, "Jobs", seen.stops);
  await page.waitForURL("**/annotations");
  await tabTo(page, (at) => at.id === "name", seen.stops);
  await page.keyboard.type("MINE");
  await page.keyboard.press("Enter");
  await page.waitForURL(/name=MINE/);
  await press(page, "mine.vcf", seen.stops);
  await page.waitForURL(/\/annotations\/[^/]+$/);
  await press(page, "Delete the job …", seen.stops);
  await page.waitForURL(/\/delete$/);
  await press(page, "Delete all its files", seen.stops);
  seen.deleted = await page.locator("main > .alert").innerText();
  seen.bad = seen.stops.filter((at) => !at.seen || !at.open || at.small);
}

// Goes to what is called so, and presses it.
export async function press(page, name, stops = []) {
  await tabTo(page, (at) => at.name === name, stops);
  await page.keyboard.press("Enter");
}

// Presses Tab until it stands where it should; everything on the way is noted.
async function tabTo(page, arrived, stops) {
  const passed = [];
  for (let tries = 0; tries < MOST_STOPS; tries += 1) {
    await page.keyboard.press("Tab");
    const at = await stop(page);
    stops.push(at);
    passed.push(at.name);
    if (arrived(at)) return;
  }
  throw new Error(`never got there; the stops were ${passed.join(" | ")}`);
}

// Where the focus is: whether it is seen, open to view, and large enough to hit.
function stop(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const box = element.getClientRects()[0] ?? new DOMRect();
    const style = getComputedStyle(element);
    const middle = (from, to, end) => (Math.max(0, from) + Math.min(to, end)) / 2;
    const top = document.elementFromPoint(middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
    return {
      name: (element.innerText || element.id).trim(),
      id: element.id,
      page: location.pathname,
      seen: element === document.body || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
      open: element === document.body || (top !== null && element.contains(top)),
      small: element.matches("button, input, .btn, .nav-link") && Math.min(box.width, box.height) < 24,
      top: box.top,
    };
  });
}
