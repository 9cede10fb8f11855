// How a page is read: its dates in the reader's language, zone and width, and the sizes of what it says.

// Opens a page in several widths; tells each time as it is shown, and whatever sticks out of its box.
export async function dates({ plan, seen, page }) {
  seen.out = [];
  for (const width of plan.widths) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto(plan.origin + plan.path);
    seen.times = await page.locator("main time").evaluateAll((all) => all.filter((time) => time.checkVisibility()).map((time) => ({
      text: time.textContent, title: time.title, lang: time.lang, at: time.dateTime,
    })));
    seen.out.push(...(await page.locator("main time").evaluateAll((all, at) => all.flatMap((time) => {
      const box = time.closest(".card, td, th, .sheet, main");
      const inside = box.getBoundingClientRect();
      const room = inside.right - parseFloat(getComputedStyle(box).paddingRight);
      const over = [...time.getClientRects()].map((each) => each.right - room).find((each) => each > 0.5);
      return over ? [`${time.textContent} by ${over.toFixed(0)} px at ${at}`] : [];
    }), width)));
    seen.out.push(...(await page.evaluate((at) => {
      const more = document.documentElement.scrollWidth - document.documentElement.clientWidth;
      return more > 0 ? [`the page by ${more} px at ${at}`] : [];
    }, width)));
  }
}

// Stays while time passes by the page's own clock.
export async function older({ plan, seen, page }) {
  await page.clock.install({ time: new Date(plan.now) });
  await page.goto(plan.origin + plan.path);
  const text = () => page.locator(".facts time").first().textContent();
  seen.before = await text();
  await page.clock.runFor(plan.passing * 1000);
  seen.after = await text();
}

// How large each figure of the operators' page stands there.
export async function figures({ plan, seen, page }) {
  await page.goto(`${plan.origin}/operations`);
  seen.sizes = await page.locator(".limits.figures dt").evaluateAll((all) => Object.fromEntries(all.map((dt) => {
    const value = dt.nextElementSibling;
    const first = [...value.childNodes].find((node) => node.textContent.trim());
    return [dt.textContent, parseFloat(getComputedStyle(first.nodeType === Node.ELEMENT_NODE ? first : value).fontSize)];
  })));
}
