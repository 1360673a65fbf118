// Keeping the focus where somebody works, though what they work on is drawn anew.

const CONTROLS = "button, input, select, textarea, summary";

const nameOf = (of: Element): string => of.getAttribute("aria-label") ?? of.textContent ?? "";

/** The control of a part that has the name of one that was there before. */
export function namesake(part: ParentNode, of: Element): HTMLElement | undefined {
  return [...part.querySelectorAll<HTMLElement>(CONTROLS)].find((one) => one.tagName === of.tagName && nameOf(one) === nameOf(of));
}

/** Whether nothing has the focus: what had it is gone, or cannot be seen. */
export function isFocusLost(): boolean {
  const active = document.activeElement;
  return active === null || active === document.body || active.getClientRects().length === 0;
}
