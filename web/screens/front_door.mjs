// A person comes through the front door of a cluster: signs in, sends a file, watches it, downloads the result. The plan
// comes as JSON on stdin; what was seen goes to stdout.

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const plan = JSON.parse(readFileSync(0, "utf8"));
const seen = { sentences: [], faults: [] };

// On the node every pod that comes or goes is a change of the network, at which Chromium gives up what is under way.
const CHANGED = "ERR_NETWORK_CHANGED";

const browser = await chromium.launch({
  executablePath: plan.browser,
  args: [
    "--no-sandbox",
    `--host-resolver-rules=MAP ${plan.host} ${plan.ingress}`,
    // Believe this one key and no other: the certificate is still the ingress controller's to show.
    `--ignore-certificate-errors-spki-list=${plan.key}`,
  ],
});
const context = await browser.newContext({ acceptDownloads: true });
const page = await context.newPage();
page.setDefaultTimeout(plan.seconds * 1000);
page.on("pageerror", (error) => seen.faults.push(error.message));
// The local issuer's page is not ours: browsers miss its icon.
const ours = (said) => said.location().url.startsWith(`https://${plan.host}`);
page.on("console", (said) => {
  if (said.type() === "error" && ours(said) && !said.text().includes(CHANGED)) seen.faults.push(`${said.text()} ${said.location().url}`);
});

const signIn = async () => {
  await page.goto(`https://${plan.host}/annotate`);
  const button = page.getByRole("button", { name: "Continue", exact: true });
  if (await button.count()) {
    await button.click();
    await page.getByRole("link", { name: plan.person }).click();
    await page.waitForURL(`https://${plan.host}/annotate`);
  }
};
try {
  await signIn();
} catch (error) {
  if (!error.message.includes(CHANGED)) throw error;
  await signIn();
}
seen.cookies = (await context.cookies()).map(({ name, secure, httpOnly, sameSite }) => ({ name, secure, httpOnly, sameSite }));

await page.setInputFiles("#file", { name: "mine.vcf", mimeType: "text/plain", buffer: Buffer.from(plan.file, "base64") });
await page.locator("#send:not([disabled])").click();
await page.waitForURL(/\/annotations\/[^/?]+$/);

// Every sentence that the page tells until the job is done, each once.
const state = page.locator("#job .state-big");
const now = page.locator("#job section").first();
for (const end = Date.now() + plan.seconds * 1000; Date.now() < end; await page.waitForTimeout(100)) {
  const lines = (await now.innerText()).split("\n").map((line) => line.trim());
  const text = lines.filter((line) => line && line !== "Now").slice(0, 2).join(": ");
  if (seen.sentences.at(-1) !== text) seen.sentences.push(text);
  if (/Completed|Failed/.test(await state.innerText())) break;
}
seen.state = (await state.innerText()).trim();

const [download] = await Promise.all([
  page.waitForEvent("download"),
  page.getByRole("link", { name: "Download the result" }).click(),
]);
seen.file = download.suggestedFilename();
seen.bytes = readFileSync(await download.path()).toString("base64");

await browser.close();
console.log(JSON.stringify(seen));
