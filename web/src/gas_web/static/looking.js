// Looks at a chosen file before anything of it is sent: its name, its size, and how it begins.

import { beginning } from "./header.js";
import { either, size } from "./words.js";

// Why a file is not taken, an empty text if it is, and how it begins. What is asked of it: `kind`, as people say it; `endings`, of which its
// name has one; `limit` in bytes, and `most`, which says that limit; `fault`, given the file and its beginning, says what is wrong with that.
export async function lookAt(file, { kind, endings, limit, most, fault }) {
  const name = file.name.toLowerCase();
  if (!endings.some((ending) => name.endsWith(ending))) {
    return { why: `${file.name} is not called like a ${kind} file: its name should end with ${either(endings)}.` };
  }
  if (file.size === 0) return { why: `${file.name} is empty.` };
  if (file.size > limit) return { why: `${file.name} has ${size(file.size)}, and ${most}` };
  try {
    const begun = await beginning(file);
    return { why: fault(file, begun), begun };
  } catch {
    return { why: `${file.name} cannot be read: choose it again.` };
  }
}
