// What is done on a page before its picture is taken.

const HEADER = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n";
const GOOD = `${HEADER}MT\t11778\t.\tG\tA\t.\t.\t.\n`;
const LARGE_BYTES = 12 * 1024 * 1024;

const file = (name, content) => ({ name, mimeType: "text/plain", buffer: Buffer.from(content) });

export const acts = {
  async choose(page) {
    await page.setInputFiles("#file", file("NA12878_mitochondrion.vcf", GOOD));
    await page.locator("#send:not([disabled])").waitFor();
  },
  async "choose-fitting"(page) {
    await page.setInputFiles("#file", file("exome.vcf", HEADER.replace("#CHROM", "##contig=<ID=chr1,length=248956422>\n##contig=<ID=chr2,length=242193529>\n#CHROM")));
    await page.locator("#send:not([disabled])").waitFor();
  },
  async "choose-unfitting"(page) {
    await page.setInputFiles("#file", file("old_exome.vcf", HEADER.replace("#CHROM", "##contig=<ID=chr1,length=249250621>\n##contig=<ID=chrM,length=16571>\n#CHROM")));
    await page.locator("#send:not([disabled])").waitFor();
  },
  async "choose-wrong"(page) {
    await page.setInputFiles("#file", file("variants.vcf", "Chromosome,Position,Reference\n"));
    await page.locator("#problem:not([hidden])").waitFor();
  },
  async "choose-own"(page) {
    await acts.choose(page);
    await page.setInputFiles("#own-file", file("our_panel.bed", "chrM\t3000\t4000\tND1\n"));
    await page.waitForFunction(() => /comes along/.test(document.getElementById("own-chosen").textContent));
  },
  async "choose-wrong-own"(page) {
    await page.setInputFiles("#own-file", file("our_panel.bed", "chrM 3000 4000 ND1\n"));
    await page.locator("#own-problem:not([hidden])").waitFor();
  },
  // The store of the pictures takes a while, so the progress stands somewhere in the middle.
  async upload(page) {
    await page.setInputFiles("#file", file("whole_family.vcf", HEADER.padEnd(LARGE_BYTES, "#")));
    await page.click("#send:not([disabled])");
    await page.waitForFunction(() => document.getElementById("progress").value > 0);
  },
  async "make-token"(page) {
    await page.fill("#token-name", "nightly pipeline");
    await page.click("text=Make a token");
    await page.locator("#token").waitFor();
  },
  async "save-blank"(page) {
    await page.fill("#name", "   ");
    await page.click("main form button >> nth=0");
    await page.locator("[role=alert]").waitFor();
  },
  async save(page) {
    await page.click("main form button >> nth=0");
    await page.locator("main > .alert").waitFor();
  },
  // Sends a form that the page does not have.
  async post(page, look) {
    const submit = ([action, fields]) => {
      const form = document.createElement("form");
      form.method = "post";
      form.action = action;
      for (const [name, value] of Object.entries(fields)) {
        const field = document.createElement("textarea");
        field.name = name;
        field.value = value;
        form.append(field);
      }
      document.body.append(form);
      // Not at once: the page that this runs in would be gone before it has answered.
      setTimeout(() => form.submit());
    };
    await Promise.all([page.waitForNavigation(), page.evaluate(submit, [look.to, look.form])]);
  },
};
