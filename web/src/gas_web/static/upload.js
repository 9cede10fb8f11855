// Choosing, checking and sending a VCF, and what comes with it. Nothing is sent before its beginning was found to be a VCF's, and a
// reference chosen.

import { vcfFault } from "./header.js";
import { lookAt } from "./looking.js";
import * as own from "./own.js";
import * as reference from "./reference.js";
import { SignedOut, deliver, forget } from "./sending.js";
import { size } from "./words.js";

const form = document.getElementById("upload");
const zone = document.getElementById("drop");
const input = document.getElementById("file");
const chosen = document.getElementById("chosen");
const problem = document.getElementById("problem");
const bar = document.getElementById("progress");
const said = document.getElementById("progress-text");
const pace = document.getElementById("pace");
const signedOut = document.getElementById("signed-out");
const send = document.getElementById("send");
const stop = document.getElementById("stop");
const limit = Number(form.dataset.maxBytes);
const asked = {
  kind: "VCF",
  endings: form.dataset.endings.split(" "),
  limit,
  most: `your plan takes files of up to ${size(limit)}. ${form.dataset.larger}`,
  fault: vcfFault,
};
let ready = null;
let choice = 0;
let underWay = null;

class Held extends Error {}
class Stopped extends Error {}
class Unseen extends Error {}

function complain(text) {
  problem.textContent = text;
  problem.hidden = !text;
  signedOut.hidden = true;
}

const stopped = (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
const stay = (event) => event.preventDefault();

// While a file is on its way, whatever would leave the page asks first.
function lock() {
  underWay = new AbortController();
  window.addEventListener("beforeunload", stay);
  complain("");
  bar.hidden = false;
  stop.hidden = false;
  // Before its own button is disabled, or the focus would fall out of the form.
  stop.focus();
  send.disabled = true;
  input.disabled = true;
  form.elements.reference.disabled = true;
  own.lock(true);
}

function unlock() {
  underWay = null;
  window.removeEventListener("beforeunload", stay);
  input.disabled = false;
  form.elements.reference.disabled = false;
  own.lock(false);
  bar.hidden = true;
  pace.textContent = "";
}

function explain(error) {
  if (error instanceof SignedOut) signedOut.hidden = false;
  else if (error instanceof Held) own.remind();
  else if (error instanceof Stopped) said.textContent = error.message;
  else if (error instanceof Unseen) said.textContent = "Nothing was sent yet: see what the file's header says of the reference, then press the button again.";
  else complain(error.message);
}

async function choose(file, { focus = true } = {}) {
  if (underWay) return;
  const mine = (choice += 1);
  ready = null;
  send.disabled = true;
  complain("");
  said.textContent = "";
  chosen.textContent = `${file.name}, ${size(file.size)}: being checked …`;
  reference.forget();
  const { why, begun } = await lookAt(file, asked);
  // Another file was chosen meanwhile.
  if (mine !== choice) return;
  if (why) {
    chosen.textContent = "";
    input.value = "";
    complain(why);
    return;
  }
  const failed = await reference.ask(begun).catch((error) => error);
  if (mine !== choice) return;
  if (failed) explain(failed);
  chosen.textContent = `${file.name}, ${size(file.size)}`;
  ready = file;
  send.disabled = false;
  if (focus) (reference.hold() ?? send).focus();
}

async function go(event) {
  event.preventDefault();
  if (!ready || underWay) return;
  const file = ready;
  lock();
  try {
    const { signal } = underWay;
    const beside = await own.taken();
    if (own.hold()) throw new Held();
    if (await Promise.race([reference.settle(), stopped(signal)])) throw new Unseen();
    // First what comes along: it is the smaller one.
    form.elements.own.value = beside ? await deliver(beside, "own", signal) : "";
    form.elements.key.value = await deliver(file, "input", signal);
    // What becomes of them now is the job's business: whoever comes back makes another job, of files of its own.
    forget();
    unlock();
    stop.hidden = true;
    said.textContent = "Sent. Starting the job …";
    form.submit();
  } catch (error) {
    unlock();
    said.textContent = "";
    explain(error);
    send.disabled = false;
    (own.hold() ?? reference.hold() ?? send).focus();
    stop.hidden = true;
  }
}

// What the browser kept when somebody comes back to this page: a chosen file is looked at again, and nothing is under way.
function arrive() {
  if (underWay) return;
  said.textContent = "";
  send.disabled = true;
  own.arrive();
  if (input.files.length) choose(input.files[0], { focus: false });
}

function carriesFiles(event) {
  return [...event.dataTransfer.types].includes("Files");
}

// Shows which field would take what is dragged; none where nothing is.
function light(over) {
  for (const each of [zone, own.zone]) each.classList.toggle("over", each === over);
}

function take(event) {
  light(null);
  if (!carriesFiles(event)) return;
  event.preventDefault();
  const files = [...event.dataTransfer.files];
  if (underWay) return;
  if (own.zone.contains(event.target)) own.take(event.dataTransfer.files);
  else if (files.length > 1) complain("One file at a time: each file becomes one job.");
  else if (files.length) {
    // Else the field goes on saying that no file is chosen.
    input.files = event.dataTransfer.files;
    choose(files[0]);
  }
}

input.addEventListener("change", () => input.files.length && choose(input.files[0]));
form.addEventListener("submit", go);
stop.addEventListener("click", () => underWay?.abort(new Stopped("You stopped the upload. Nothing was started.")));
// A file that is dropped beside the zone was meant for it; left to itself, the browser would go to the file.
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    light(own.zone.contains(event.target) ? own.zone : zone);
  });
}
document.addEventListener("dragleave", (event) => event.relatedTarget || light(null));
document.addEventListener("drop", take);
window.addEventListener("pageshow", arrive);
