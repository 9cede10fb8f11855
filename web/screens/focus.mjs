// Runs in the page: focuses everything that can be, and tells where the focus is not seen, is covered, or is too small.

export function focusFaults() {
  const SMALLEST = 24;
  const faults = [];
  const name = (element) => `${element.tagName.toLowerCase()} “${(element.textContent || element.id).trim().slice(0, 40)}”`;
  const reachable = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']");
  for (const element of reachable) {
    if (element.disabled || !element.checkVisibility({ visibilityProperty: true })) continue;
    element.focus();
    if (document.activeElement !== element) {
      faults.push(`${name(element)} takes no focus`);
      continue;
    }
    const style = getComputedStyle(element);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) faults.push(`the focus on ${name(element)} is not seen`);
    const box = element.getClientRects()[0];
    // The middle of what is in the window of it.
    const middle = (from, to, end) => (Math.max(0, from) + Math.min(to, end)) / 2;
    const top = document.elementFromPoint(middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
    if (!top || !element.contains(top)) {
      faults.push(`${name(element)} is covered or outside the window when it has the focus`);
    }
    // Links inside a sentence are as high as their line (WCAG 2.2, 2.5.8); so are the boxes of a native form control.
    const inSentence = element.tagName === "A" && style.display === "inline" && element.parentElement.textContent.trim() !== element.textContent.trim();
    const small = Math.min(box.width, box.height) < SMALLEST;
    if (small && !inSentence && !["checkbox", "radio"].includes(element.type)) faults.push(`${name(element)} is ${box.width.toFixed(0)} by ${box.height.toFixed(0)} px`);
  }
  document.activeElement.blur();
  return faults;
}
