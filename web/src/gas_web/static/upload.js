// Choosing, checking and sending a VCF. Nothing is sent before its first 64 KiB were found to be a VCF's.

const LOOK_BYTES = 64 * 1024;
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
const endings = form.dataset.endings.split(" ");
let ready = null;
let choice = 0;
let underWay = null;

class SignedOut extends Error {}
class Stopped extends Error {}

function complain(text) {
  problem.textContent = text;
  problem.hidden = !text;
  signedOut.hidden = true;
}

const stay = (event) => event.preventDefault();

// While a file is on its way, whatever would leave the page asks first.
function lock(file) {
  underWay = new AbortController();
  window.addEventListener("beforeunload", stay);
  complain("");
  said.textContent = `Starting to send ${file.name} …`;
  bar.value = 0;
  bar.hidden = false;
  stop.hidden = false;
  // Before its own button is disabled, or the focus would fall out of the form.
  stop.focus();
  send.disabled = true;
  input.disabled = true;
}

function unlock() {
  underWay = null;
  window.removeEventListener("beforeunload", stay);
  input.disabled = false;
  bar.hidden = true;
  pace.textContent = "";
}

function explain(error) {
  if (error instanceof SignedOut) signedOut.hidden = false;
  else if (error instanceof Stopped) said.textContent = error.message;
  else complain(error.message);
}

function size(bytes) {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let step = 0;
  let left = bytes;
  while (left >= 1024 && step < units.length - 1) {
    left /= 1024;
    step += 1;
  }
  return `${step ? left.toFixed(left < 10 ? 1 : 0) : left} ${units[step]}`;
}

// The first text of a file, unpacked, and whether that is all of it; null where the browser cannot unpack.
async function beginning(file) {
  const head = await file.slice(0, LOOK_BYTES).arrayBuffer();
  const bytes = new Uint8Array(head);
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!packed) return { text: new TextDecoder().decode(bytes), whole: file.size <= LOOK_BYTES };
  if (!("DecompressionStream" in window)) return null;
  // The slice ends in the middle of the file: what was unpacked until then is enough.
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const decoder = new TextDecoder();
  let text = "";
  let whole = false;
  try {
    while (text.length < LOOK_BYTES) {
      const { done, value } = await reader.read();
      if (done) {
        whole = file.size <= LOOK_BYTES;
        break;
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    // A file of several parts, as bgzip makes them, ends like this as well: then only the first part is known.
  }
  reader.cancel().catch(() => {});
  return { text, whole };
}

function either(words) {
  return [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(" or ");
}

async function refusal(file) {
  const name = file.name.toLowerCase();
  if (!endings.some((ending) => name.endsWith(ending))) {
    return `${file.name} is not called like a VCF file: its name should end with ${either(endings)}.`;
  }
  if (file.size === 0) return `${file.name} is empty.`;
  if (file.size > limit) {
    return `${file.name} has ${size(file.size)}, and your plan takes files of up to ${size(limit)}. ${form.dataset.larger}`;
  }
  const begun = await beginning(file);
  if (begun === null) return "";
  const { text, whole } = begun;
  // What the mark of UTF-16 looks like to a reader of UTF-8.
  if (text.startsWith("\uFFFD\uFFFD") && text.includes("\0")) return `${file.name} is in UTF-16: save it as UTF-8 or plain text.`;
  // Empty lines before it do no harm.
  if (!text.replace(/^\uFEFF?[\r\n]*/, "").startsWith("##fileformat=VCF")) {
    return `${file.name} does not begin like a VCF file: its first line should be “##fileformat=VCFv4.x”.`;
  }
  // The last line may be cut off: it is known only where the text is whole.
  const lines = text.split(/\r?\n/);
  const columns = (whole ? lines : lines.slice(0, -1)).find((line) => line.startsWith("#CHROM"));
  if (columns === undefined) {
    return whole ? `${file.name} has no line of column names (#CHROM POS ID …), so it is not a whole VCF file.` : "";
  }
  if (!columns.startsWith("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")) {
    return `The line of column names of ${file.name} is not a VCF's: its columns must be separated by tabs, not blanks.`;
  }
  return "";
}

async function choose(file, { focus = true } = {}) {
  if (underWay) return;
  const mine = (choice += 1);
  ready = null;
  send.disabled = true;
  complain("");
  said.textContent = "";
  chosen.textContent = `${file.name}, ${size(file.size)}: being checked …`;
  const why = await refusal(file).catch(() => `${file.name} cannot be read: choose it again.`);
  // Another file was chosen meanwhile.
  if (mine !== choice) return;
  if (why) {
    chosen.textContent = "";
    input.value = "";
    complain(why);
    return;
  }
  chosen.textContent = `${file.name}, ${size(file.size)}`;
  ready = file;
  send.disabled = false;
  if (focus) send.focus();
}

async function permit(file, signal) {
  const answer = await fetch(form.dataset.permit, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ fileName: file.name, sizeBytes: file.size }),
    signal,
  }).catch(() => {
    throw signal.reason ?? new Error("GAS cannot be reached: check your network, then try again. Nothing was sent.");
  });
  if (answer.status === 401) throw new SignedOut();
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail ?? "The upload could not be started: try again in a moment.");
  return told;
}

function span(seconds) {
  const [unit, length] = [["h", 3600], ["min", 60], ["s", 1]].find(([, each]) => seconds >= 2 * each) ?? ["s", 1];
  return `${Math.max(1, Math.round(seconds / length))} ${unit}`;
}

// Says how far an upload is: the eye sees every percent, how fast, and what is left; the ear hears each quarter.
function meter(file) {
  const begun = performance.now();
  let quarter = 0;
  return ({ loaded, total, lengthComputable }) => {
    if (!lengthComputable) return;
    const percent = Math.floor((100 * loaded) / total);
    const seconds = (performance.now() - begun) / 1000;
    bar.value = percent;
    const speed = loaded / seconds;
    const more = seconds >= 1 && loaded ? `, ${size(Math.round(speed))} a second, about ${span((total - loaded) / speed)} left` : "";
    pace.textContent = `${percent} % of ${size(file.size)} sent${more}`;
    if (Math.floor(percent / 25) > quarter) {
      quarter = Math.floor(percent / 25);
      said.textContent = `${percent} % of ${file.name} sent`;
    }
  };
}

function upload(to, file, signal) {
  return new Promise((resolve, reject) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(to.fields)) body.append(name, value);
    body.append("file", file);
    const sending = new XMLHttpRequest();
    sending.open("POST", to.url);
    sending.upload.onprogress = meter(file);
    sending.onload = () =>
      sending.status < 300
        ? resolve()
        : reject(new Error("The storage refused the file. Choose it again; if that does not help, tell the operators."));
    sending.onerror = () => reject(new Error("The connection broke while the file was sent. Nothing was started: try again."));
    sending.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => sending.abort());
    sending.send(body);
  });
}

async function go(event) {
  event.preventDefault();
  if (!ready || underWay) return;
  const file = ready;
  lock(file);
  try {
    const to = await permit(file, underWay.signal);
    await upload(to, file, underWay.signal);
    unlock();
    stop.hidden = true;
    said.textContent = "Sent. Starting the job …";
    form.elements.key.value = to.key;
    form.submit();
  } catch (error) {
    unlock();
    said.textContent = "";
    explain(error);
    send.disabled = false;
    send.focus();
    stop.hidden = true;
  }
}

// What the browser kept when somebody comes back to this page: a chosen file is looked at again, and nothing is under way.
function arrive() {
  if (underWay) return;
  said.textContent = "";
  send.disabled = true;
  if (input.files.length) choose(input.files[0], { focus: false });
}

function carriesFiles(event) {
  return [...event.dataTransfer.types].includes("Files");
}

function take(event) {
  zone.classList.remove("over");
  if (!carriesFiles(event)) return;
  event.preventDefault();
  const files = [...event.dataTransfer.files];
  if (underWay) return;
  if (files.length > 1) complain("One file at a time: each file becomes one job.");
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
    zone.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => event.relatedTarget || zone.classList.remove("over"));
document.addEventListener("drop", take);
window.addEventListener("pageshow", arrive);
