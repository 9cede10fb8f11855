// The beginning of a VCF as the browser reads it, and what its header says of the reference it was made on.

// More than any header has; the longest of whole genomes, with all decoys, have a fifth of it.
const LOOK_BYTES = 1024 * 1024;
// As many as GAS takes, in no more bytes than it takes.
const MOST_CONTIGS = 4000;
const MOST_NAMES_BYTES = 90_000;
const LONGEST_NAME = 200;
const MOST_TEXTS = 20;
const LONGEST_TEXT = 1000;
// Records whose contigs are looked at where no line of the header names any.
const MOST_RECORDS = 1000;

// The first text of a file, unpacked, and whether that is all of it; null where the browser cannot unpack. Of a BCF that is its header.
export async function beginning(file) {
  const begun = await unpacked(file);
  if (!begun?.text.startsWith("BCF\u0002")) return begun;
  const start = begun.text.indexOf("##");
  const end = begun.text.indexOf("\0", start);
  return { text: begun.text.slice(Math.max(0, start), end < 0 ? undefined : end), whole: end >= 0 };
}

async function unpacked(file) {
  const bytes = new Uint8Array(await file.slice(0, LOOK_BYTES).arrayBuffer());
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!packed) return { text: new TextDecoder().decode(bytes), whole: file.size <= LOOK_BYTES };
  if (!("DecompressionStream" in window)) return null;
  const decoder = new TextDecoder();
  let text = "";
  let at = 0;
  while (at < bytes.length && text.length < LOOK_BYTES) {
    // A stream ends with its first part, so the parts that bgzip makes are unpacked one by one.
    const end = at + (blockBytes(bytes, at) || bytes.length);
    const whole = await unpack(bytes.subarray(at, end), (piece) => (text += decoder.decode(piece, { stream: true })), () => text.length < LOOK_BYTES);
    if (!whole || end > bytes.length) return { text, whole: false };
    at = end;
  }
  return { text, whole: at >= file.size };
}

// The length of the BGZF block that begins there, as its extra field tells; 0 where it is another gzip file.
function blockBytes(bytes, at) {
  const head = bytes.subarray(at, at + 18);
  const bgzf = head.length === 18 && head[0] === 0x1f && head[1] === 0x8b && head[3] & 4 && head[10] === 6 && head[12] === 0x42 && head[13] === 0x43;
  return bgzf ? head[16] + 256 * head[17] + 1 : 0;
}

// Gives what is unpacked piece by piece; false where it was not unpacked to its end.
async function unpack(bytes, take, wanted) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    while (wanted()) {
      const { done, value } = await reader.read();
      if (done) return true;
      take(value);
    }
  } catch {
    // The slice ends in the middle of the file, or another part follows: what was unpacked until then is enough.
  }
  reader.cancel().catch(() => {});
  return false;
}

const valueOf = (line, key) => new RegExp(`[<,]${key}=("[^"]*"|[^,>]*)`).exec(line)?.[1].replaceAll('"', "");

// The lines of such a beginning. The last one may be cut off: it is known only where the text is whole.
export function linesOf({ text, whole }) {
  const lines = text.split(/\r?\n/);
  return whole ? lines : lines.slice(0, -1);
}

// What the mark of UTF-16 looks like to a reader of UTF-8.
export function wideFault(file, { text }) {
  return text.startsWith("\uFFFD\uFFFD") && text.includes("\0") ? `${file.name} is in UTF-16: save it as UTF-8 or plain text.` : "";
}

// Without a byte order mark, and without the empty lines before the first one, which do no harm.
export function textOf({ text }) {
  return text.replace(/^\uFEFF/, "").replace(/^\s*\n/, "");
}

// Why a file that begins so is no VCF; empty where it may be one.
export function vcfFault(file, begun) {
  if (begun === null) return "";
  const wide = wideFault(file, begun);
  if (wide) return wide;
  if (!textOf(begun).startsWith("##fileformat=VCF")) {
    return `${file.name} does not begin like a VCF file: its first line should be “##fileformat=VCFv4.x”.`;
  }
  const columns = linesOf(begun).find((line) => line.startsWith("#CHROM"));
  if (columns === undefined) {
    return begun.whole ? `${file.name} has no line of column names (#CHROM POS ID …), so it is not a whole VCF file.` : "";
  }
  if (!columns.startsWith("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")) {
    return `The line of column names of ${file.name} is not a VCF's: its columns must be separated by tabs, not blanks.`;
  }
  return "";
}

// What GAS is asked with: contigs with their lengths, and the words that may name an assembly.
export function headerFacts(begun) {
  const lines = linesOf(begun);
  const contigs = new Map();
  const texts = new Set();
  let room = MOST_NAMES_BYTES;
  const add = (name, length) => {
    if (!name || name.length > LONGEST_NAME || contigs.has(name) || contigs.size >= MOST_CONTIGS || room < 0) return;
    room -= new TextEncoder().encode(name).length + 15;
    contigs.set(name, Number.isSafeInteger(length) && length > 0 ? length : null);
  };
  for (const line of lines) {
    if (line.startsWith("##contig=")) {
      add(valueOf(line, "ID"), Number(valueOf(line, "length") ?? NaN));
      texts.add(valueOf(line, "assembly") ?? "");
    } else if (line.startsWith("##reference=") || line.startsWith("##assembly=")) texts.add(line.slice(line.indexOf("=") + 1));
    else if (line.startsWith("#CHROM")) break;
  }
  texts.delete("");
  const start = lines.findIndex((line) => line.startsWith("#CHROM")) + 1;
  if (!contigs.size && start) for (const line of lines.slice(start, start + MOST_RECORDS)) add(line.split("\t", 1)[0]);
  return { contigs: Object.fromEntries(contigs), texts: [...texts].slice(0, MOST_TEXTS).map((each) => each.slice(0, LONGEST_TEXT)) };
}
