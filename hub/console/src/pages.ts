// The pages of the room, of which one is shown, and the way between them.

import { h } from "./dom.js";
import { text } from "./words.js";

/** What is shown is drawn anew at most so often, unless a person turns to it. */
const DRAW_EVERY_MS = 2_000;
/** Times pass though nothing comes. */
const DRAW_AT_LEAST_EVERY_MS = 30_000;

export interface Page {
  /** `page_NAME` is its text. */
  name: string;
  /** The key that shows it. */
  key: string;
  element: HTMLElement;
  draw?(): void;
  /** Whether a press was for it. */
  pressed?(event: KeyboardEvent): boolean;
}

export class Pages {
  readonly navigation: HTMLElement;
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private shown: Page;
  private isDirty = false;
  private drawnMs = 0;

  constructor(private readonly pages: Page[]) {
    this.shown = pages[0]!;
    for (const { name, key } of pages) {
      const button = h("button", { text: text(`page_${name}`), attrs: { type: "button", "aria-keyshortcuts": key }, on: { click: () => this.show(name) } });
      this.buttons.set(name, button);
    }
    this.navigation = h("nav", { class: "pages", attrs: { "aria-label": text("pages") } }, ...this.buttons.values());
    this.show(this.shown.name);
  }

  get elements(): HTMLElement[] {
    return this.pages.map(({ element }) => element);
  }

  show(name: string): void {
    this.shown = this.pages.find((page) => page.name === name) ?? this.shown;
    for (const page of this.pages) {
      page.element.hidden = page !== this.shown;
      const button = this.buttons.get(page.name);
      if (page === this.shown) button?.setAttribute("aria-current", "page");
      else button?.removeAttribute("aria-current");
    }
    this.draw();
  }

  get isFirstShown(): boolean {
    return this.shown === this.pages[0];
  }

  /** To the beginning of what is shown. */
  focus(): void {
    this.shown.element.querySelector<HTMLElement>("h1")?.focus();
  }

  /** What the shown page is made of changed. */
  changed(): void {
    this.isDirty = true;
  }

  tick(): void {
    const age = Date.now() - this.drawnMs;
    if ((this.isDirty && age >= DRAW_EVERY_MS) || age >= DRAW_AT_LEAST_EVERY_MS) this.draw();
  }

  /** Whether a press turned to a page, or was for the shown one. Nothing of the list happens where it is not seen. */
  key(event: KeyboardEvent): boolean {
    const other = this.pages.find((page) => page.key === event.key && page.pressed);
    if (other) {
      // Else it would be typed into a field that the page begins with.
      event.preventDefault();
      this.show(other.name);
      if (!this.shown.element.contains(document.activeElement)) this.focus();
      return true;
    }
    if (!this.shown.pressed || /^[1-4m?]$/i.test(event.key)) return false;
    this.shown.pressed(event);
    return true;
  }

  private draw(): void {
    this.isDirty = false;
    this.drawnMs = Date.now();
    this.shown.draw?.();
  }
}
