// Sends files to where GAS permits it. What was permitted, and what has arrived, is remembered with its file: a second try takes no second
// of the places that a user has for uploads.

import { size, span } from "./words.js";

// What has arrived is there for a day or so, as the installation says; nobody tries again for as long.
const KEPT_FOR = 3_600_000;
// A form holds for five minutes where nobody set less, by the service's clock.
const PERMITTED_FOR = 120_000;
const form = document.getElementById("upload");
const bar = document.getElementById("progress");
const said = document.getElementById("progress-text");
const pace = document.getElementById("pace");
const kept = new Map();

export class SignedOut extends Error {}
class Unwanted extends Error {}

async function permit(file, use, signal) {
  const answer = await fetch(form.dataset.permit, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ fileName: file.name, sizeBytes: file.size, use }),
    signal,
  }).catch(() => {
    throw signal.reason ?? new Error("GAS cannot be reached: check your network, then try again. Nothing was sent.");
  });
  if (answer.status === 401) throw new SignedOut();
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail ?? "The upload could not be started: try again in a moment.");
  return told;
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

// Sends a file to where GAS permits it, unless it lies there already, and gives its key.
export async function deliver(file, use, signal) {
  signal.throwIfAborted();
  const before = kept.get(use);
  const known = before?.file === file && before.good > Date.now();
  if (known && before.arrived) return before.to.key;
  bar.value = 0;
  said.textContent = `Starting to send ${file.name} …`;
  const to = known ? before.to : await permit(file, use, signal);
  if (!known) kept.set(use, { file, to, good: Date.now() + PERMITTED_FOR, arrived: false });
  await upload(to, file, signal).catch((error) => {
    if (error instanceof Unwanted) kept.delete(use);
    throw error;
  });
  kept.set(use, { file, to, good: Date.now() + KEPT_FOR, arrived: true });
  return to.key;
}

export function forget() {
  kept.clear();
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
        : reject(new Unwanted("The storage refused the file. Choose it again; if that does not help, tell the operators."));
    sending.onerror = () => reject(new Error("The connection broke while the file was sent. Nothing was started: try again."));
    sending.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => sending.abort());
    sending.send(body);
  });
}
