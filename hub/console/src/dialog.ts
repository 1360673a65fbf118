// What every dialog has: a way out that changes nothing, with its key.

import { h } from "./dom.js";
import { text } from "./words.js";

/** Closes the dialog; `code`: its text. */
export function closeButton(dialog: HTMLDialogElement, code: string): HTMLButtonElement {
  return h("button", { attrs: { type: "button" }, on: { click: () => dialog.close() } }, text(code), h("kbd", { text: "Esc" }));
}
