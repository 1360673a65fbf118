// Walking through a page's entries by keys: one of them can be reached by Tab, the arrows go on from it.

export class Walk {
  private current = "";

  constructor(private readonly list: HTMLElement) {
    list.addEventListener("focusin", (event) => {
      const entry = (event.target as HTMLElement).closest<HTMLElement>("[data-entry]");
      if (entry) this.choose(entry.dataset["entry"]!);
    });
  }

  /** After the entries were drawn anew. */
  settle(hadFocus: boolean): void {
    this.choose(this.current);
    const entry = this.entries().find((one) => one.tabIndex === 0);
    if (hadFocus && entry?.dataset["entry"] === this.current) entry.focus({ preventScroll: true });
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

  /** Whether an entry itself has the focus. */
  hasFocus(): boolean {
    return (document.activeElement as HTMLElement | null)?.dataset["entry"] !== undefined && this.list.contains(document.activeElement);
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
