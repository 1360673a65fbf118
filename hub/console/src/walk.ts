// Walking through a page's entries by keys: one of them can be reached by Tab, the arrows go on from it.

import { namesake } from "./focus.js";

export class Walk {
  private current = "";

  constructor(private readonly list: HTMLElement) {
    list.addEventListener("focusin", (event) => {
      const entry = (event.target as HTMLElement).closest<HTMLElement>("[data-entry]");
      if (entry) this.choose(entry.dataset["entry"]!);
    });
  }

  /** Draws the entries anew: whoever was at one, or at a control of it, still is. */
  redraw(draw: () => void): void {
    const active = document.activeElement;
    const held = active !== null && active !== this.list && this.list.contains(active) ? active : null;
    draw();
    this.choose(this.current);
    if (!(held instanceof HTMLElement)) return;
    const entry = this.entries().find((one) => one.tabIndex === 0);
    const control = entry === undefined ? undefined : namesake(entry, held);
    (held.isConnected ? held : (control ?? entry ?? this.list)).focus({ preventScroll: true });
  }

  /** Whether the press was for the entries. */
  key(event: KeyboardEvent): boolean {
    const to = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -Infinity, End: Infinity }[event.key];
    if (to === undefined) return false;
    const entries = this.entries();
    const at = entries.findIndex((one) => one.contains(document.activeElement));
    const next = entries[at < 0 ? 0 : Math.min(Math.max(at + to, 0), entries.length - 1)];
    event.preventDefault();
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
    return true;
  }

  private entries(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>("[data-entry]")];
  }

  private choose(name: string): void {
    const entries = this.entries();
    const chosen = entries.find((one) => one.dataset["entry"] === name) ?? entries[0];
    for (const one of entries) one.tabIndex = one === chosen ? 0 : -1;
    if (chosen) this.current = chosen.dataset["entry"]!;
  }
}
