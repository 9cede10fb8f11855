// The file of one's own variants or regions that may come with a VCF: chosen and looked at here, and the engine has the last word.

import { linesOf, textOf, vcfFault, wideFault } from "./header.js";
import { lookAt } from "./looking.js";
import { size } from "./words.js";

const form = document.getElementById("upload");
const input = document.getElementById("own-file");
const chosen = document.getElementById("own-chosen");
const problem = document.getElementById("own-problem");
const none = document.getElementById("own-none");
const limit = Number(input.dataset.maxBytes);
const asked = {
  kind: "VCF or BED",
  endings: input.dataset.endings.split(" "),
  limit,
  most: `a file of your own variants may have up to ${size(limit)}.`,
  fault,
};
let ready = null;
// Why the file that was chosen last is not taken: nothing is sent until another is chosen, or none.
let refused = "";
let choice = 0;
let looking = Promise.resolve();

export const zone = document.getElementById("brought");

// What was chosen and looked at; null where nothing comes along.
export async function taken() {
  await looking;
  return ready;
}

// What holds the input back until somebody chooses another file, or none; null where nothing does.
export const hold = () => (refused ? input : null);

// Says once more why, to whoever has just pressed the button.
export function remind() {
  complain(`${refused} Nothing was sent: choose another file, or leave it out.`);
}

export function lock(locked) {
  input.disabled = locked;
  none.disabled = locked;
}

export function take(files) {
  if (input.disabled || !files.length) return;
  if (files.length > 1) {
    choice += 1;
    refuse("One file of your own variants at a time.");
    return;
  }
  input.files = files;
  choose(files[0]);
}

// What the browser kept when somebody comes back to this page.
export function arrive() {
  form.elements.own.value = "";
  if (input.files.length) choose(input.files[0]);
}

function complain(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

// Nothing comes along: for want of a file, or because of what is wrong with the one that was chosen.
function refuse(why) {
  ready = null;
  refused = why;
  input.value = "";
  chosen.textContent = "";
  none.hidden = !why;
  complain(why);
}

function leaveOut() {
  choice += 1;
  refuse("");
}

function choose(file) {
  const mine = (choice += 1);
  ready = null;
  refused = "";
  complain("");
  none.hidden = false;
  chosen.textContent = `${file.name}, ${size(file.size)}: being checked …`;
  looking = lookAt(file, asked).then(({ why }) => {
    if (mine !== choice) return;
    if (why) {
      refuse(why);
      return;
    }
    chosen.textContent = `${file.name}, ${size(file.size)}, comes along`;
    ready = file;
  });
}

// As the engine tells them apart: a VCF by its name, its first line or its column names, a BED by its first region.
function fault(file, begun) {
  if (begun === null) return "";
  const wide = wideFault(file, begun);
  if (wide) return wide;
  const isRegion = (line) => line.trim() && !/^(#|track|browser)/.test(line);
  const lines = textOf(begun).split(/\r?\n/);
  const first = lines.findIndex(isRegion);
  const head = first < 0 ? lines : lines.slice(0, first);
  if (/\.vcf(\.gz|\.bgz)?$/i.test(file.name) || lines[0].startsWith("##fileformat=VCF") || head.some((line) => /^#CHROM\s+POS\b/.test(line))) {
    return vcfFault(file, begun);
  }
  const region = linesOf(begun).find(isRegion);
  if (region?.includes("\0")) return `${file.name} is no text file, or it is damaged: save it as UTF-8 or plain text.`;
  return region === undefined || /^[^\t]+\t\d+\t\d+(\t|$)/.test(region)
    ? ""
    : `${file.name} is neither a VCF, which begins with “##fileformat=VCFv4.x”, nor a BED, whose lines have a contig, a start and an end with tabs between them.`;
}

input.addEventListener("change", () => {
  if (input.files.length) choose(input.files[0]);
  else leaveOut();
});
none.addEventListener("click", () => {
  leaveOut();
  // The button that had the focus is gone.
  input.focus();
});
