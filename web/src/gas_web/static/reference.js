// The reference of a chosen file: GAS says what its header fits, and the person decides.

import { headerFacts } from "./header.js";

const PATIENCE = 8000;
const form = document.getElementById("upload");
const field = form.elements.reference;
const looks = document.getElementById("looks");
const anyway = document.getElementById("anyway");
const usual = field.value;
const TONES = { fits: "alert-success", partly: "alert-warning", unknown: "alert-warning", not: "alert-danger" };
let told = null;

const named = (name) => document.querySelector(`[data-reference="${CSS.escape(name)}"]`)?.dataset.named ?? name;

// What holds the file back until a person says otherwise; null where nothing does.
export const hold = () => (anyway.required && !anyway.checked ? anyway : null);

// Before another file is looked at.
export function forget() {
  told = null;
  field.value = usual;
  show();
}

// Ask what fits the beginning of a file, and choose it. Nothing of its records is sent.
export async function ask(begun, stillWanted) {
  const answer = begun && (await choice(headerFacts(begun)).catch(() => null));
  if (!stillWanted()) return;
  told = answer ?? { sentence: "GAS cannot say now whether the file fits: see to the reference yourself.", fits: [] };
  if (told.reference) field.value = told.reference;
  show();
}

async function choice(facts) {
  const answer = await fetch(form.dataset.choose, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(facts),
    signal: AbortSignal.timeout(PATIENCE),
  });
  return answer.ok ? answer.json() : null;
}

function sentence(name, fit) {
  if (!fit || told.verdict === "none") return told.sentence;
  if (name !== told.reference) return `You chose ${named(name)}. ${fit.sentence}`;
  return told.verdict === "fits" ? `This looks like ${named(name)}. ${told.sentence}` : told.sentence;
}

function show() {
  const name = field.value;
  const fit = told?.fits.find((each) => each.name === name);
  const tone = told?.verdict === "unsure" && name === told.reference ? "partly" : fit?.fit ?? "unknown";
  looks.hidden = !told;
  looks.className = `alert mb-0 ${TONES[tone]}`;
  looks.textContent = told ? sentence(name, fit) : "";
  anyway.required = tone === "not";
  anyway.checked = false;
  anyway.closest("div").hidden = !anyway.required;
  document.getElementById("anyway-name").textContent = name;
  for (const line of document.querySelectorAll("[data-reference]")) line.hidden = line.dataset.reference !== name;
}

field.addEventListener("change", show);
