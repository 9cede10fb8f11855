// The reference of a chosen file: GAS says what its header fits, and the person decides.

import { headerFacts } from "./header.js";
import { SignedOut } from "./sending.js";

const PATIENCE = 8000;
const form = document.getElementById("upload");
const field = form.elements.reference;
const looks = document.getElementById("looks");
const anyway = document.getElementById("anyway");
const usual = field.value;
const TONES = { fits: "alert-success", partly: "alert-warning", unknown: "alert-warning", not: "alert-danger" };
const UNSAID = { sentence: "GAS cannot say now whether the file fits: see to the reference yourself.", fits: [] };
// What the header says, and what GAS made of it.
let facts = null;
let told = null;
// What a person chose stands, whatever the header turns out to say.
let byHand = false;

const named = (name) => document.querySelector(`[data-reference="${CSS.escape(name)}"]`)?.dataset.named ?? name;

// What holds the file back until a person says otherwise; null where nothing does.
export const hold = () => (anyway.required && !anyway.checked ? anyway : null);

// Before another file is looked at.
export function forget() {
  facts = null;
  told = null;
  byHand = false;
  field.value = usual;
  show();
}

// Ask what fits the beginning of a file, and choose it. Nothing of its records is sent.
export async function ask(begun) {
  facts = begun && headerFacts(begun);
  await settle();
}

// Ask once more where there is no answer yet. True where somebody has to see it first: it holds the file back, or chose another reference than
// the one that stood there.
export async function settle() {
  if (told && told !== UNSAID) return false;
  const before = field.value;
  const mine = facts;
  const answer = mine && (await choice(mine));
  // Another file was chosen meanwhile.
  if (mine !== facts) return false;
  told = answer ?? UNSAID;
  if (told.reference && !byHand) field.value = told.reference;
  show();
  return hold() !== null || field.value !== before;
}

async function choice(said) {
  const answer = await fetch(form.dataset.choose, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(said),
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => null);
  if (answer?.status === 401) throw new SignedOut();
  return answer?.ok ? answer.json().catch(() => null) : null;
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

field.addEventListener("change", () => {
  byHand = true;
  show();
});
