// Choosing, checking and sending a VCF. Nothing is sent before its first 64 KiB were found to be a VCF's.

const LOOK_BYTES = 64 * 1024;
const form = document.getElementById("upload");
const zone = document.getElementById("drop");
const input = document.getElementById("file");
const chosen = document.getElementById("chosen");
const problem = document.getElementById("problem");
const bar = document.getElementById("progress");
const said = document.getElementById("progress-text");
const send = document.getElementById("send");
const stop = document.getElementById("stop");
const limit = Number(form.dataset.maxBytes);
const endings = form.dataset.endings.split(" ");
let ready = null;
let choice = 0;
let underWay = null;

function complain(text) {
  problem.textContent = text;
  problem.hidden = !text;
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

async function beginning(file) {
  const head = await file.slice(0, LOOK_BYTES).arrayBuffer();
  const bytes = new Uint8Array(head);
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!packed) return new TextDecoder().decode(bytes);
  if (!("DecompressionStream" in window)) return null;
  // The slice ends in the middle of the file: what was unpacked until then is enough.
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    while (text.length < LOOK_BYTES) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    if (!text) return "";
  }
  reader.cancel().catch(() => {});
  return text;
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
  const text = await beginning(file);
  if (text === null) return "";
  // What the mark of UTF-16 looks like to a reader of UTF-8.
  if (text.startsWith("\uFFFD\uFFFD") && text.includes("\0")) return `${file.name} is in UTF-16: save it as UTF-8 or plain text.`;
  if (!text.replace(/^\uFEFF/, "").startsWith("##fileformat=VCF")) {
    return `${file.name} does not begin like a VCF file: its first line should be “##fileformat=VCFv4.x”.`;
  }
  const columns = text.split(/\r?\n/).find((line) => line.startsWith("#CHROM"));
  const whole = file.size <= LOOK_BYTES;
  if (columns === undefined) {
    return whole ? `${file.name} has no line of column names (#CHROM POS ID …), so it is not a whole VCF file.` : "";
  }
  if (!columns.startsWith("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")) {
    return `The line of column names of ${file.name} is not a VCF's: its columns must be separated by tabs, not blanks.`;
  }
  return "";
}

async function choose(file) {
  if (underWay) return;
  const mine = (choice += 1);
  ready = null;
  send.disabled = true;
  complain("");
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
  send.focus();
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
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail ?? "The upload could not be started: try again in a moment.");
  return said;
}

function upload(to, file, signal) {
  return new Promise((resolve, reject) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(to.fields)) body.append(name, value);
    body.append("file", file);
    const sending = new XMLHttpRequest();
    sending.open("POST", to.url);
    sending.upload.onprogress = (event) => {
      if (!event.lengthComputable) return;
      const percent = Math.floor((100 * event.loaded) / event.total);
      bar.value = percent;
      said.textContent = `${percent} % of ${size(file.size)} sent`;
    };
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
  if (!ready) return;
  const file = ready;
  underWay = new AbortController();
  input.disabled = true;
  send.disabled = true;
  stop.hidden = false;
  bar.hidden = false;
  bar.value = 0;
  said.textContent = "Starting …";
  complain("");
  try {
    const to = await permit(file, underWay.signal);
    await upload(to, file, underWay.signal);
    said.textContent = "Sent. Starting the job …";
    form.elements.key.value = to.key;
    form.submit();
  } catch (error) {
    complain(error.message);
    bar.hidden = true;
    said.textContent = "";
    send.disabled = false;
  } finally {
    underWay = null;
    input.disabled = false;
    stop.hidden = true;
  }
}

input.addEventListener("change", () => input.files.length && choose(input.files[0]));
form.addEventListener("submit", go);
stop.addEventListener("click", () => underWay?.abort(new Error("You stopped the upload. Nothing was started.")));
for (const name of ["dragenter", "dragover"]) {
  zone.addEventListener(name, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
zone.addEventListener("drop", (event) => {
  event.preventDefault();
  const files = [...event.dataTransfer.files];
  if (underWay) return;
  if (files.length > 1) complain("One file at a time: each file becomes one job.");
  else if (files.length) {
    // Else the field goes on saying that no file is chosen.
    input.files = event.dataTransfer.files;
    choose(files[0]);
  }
});
send.disabled = true;
