// How sizes, spans and lists are said.

export function size(bytes) {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let step = 0;
  let left = bytes;
  while (left >= 1024 && step < units.length - 1) {
    left /= 1024;
    step += 1;
  }
  return `${step ? left.toFixed(left < 10 ? 1 : 0) : left} ${units[step]}`;
}

export function either(words) {
  return [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(" or ");
}

export function span(seconds) {
  const [unit, length] = [["h", 3600], ["min", 60], ["s", 1]].find(([, each]) => seconds >= 2 * each) ?? ["s", 1];
  return `${Math.max(1, Math.round(seconds / length))} ${unit}`;
}
