// A question with few answers, each with its number: the dialog teaches the keys.

import { closeButton } from "./dialog.js";
import { h } from "./dom.js";
import { text } from "./words.js";

export interface Question {
  title: string;
  /** What it is about. */
  about: string;
  note: string;
  /** What a number does: gives the answer, or only goes to it, where a slip would last. */
  byNumber: "answers" | "chooses";
  /** Code and words, in the order of their numbers. */
  answers: [string, string][];
  chosen(code: string): void;
}

export class ChoiceDialog {
  private readonly dialog = h("dialog", { class: "choice" });
  private question: Question | null = null;

  constructor(parent: HTMLElement) {
    parent.append(this.dialog);
    this.dialog.addEventListener("keydown", (event) => this.onKey(event));
    // Told late: the next question may be asked by then.
    this.dialog.addEventListener("close", () => this.dialog.open || this.dialog.replaceChildren());
  }

  ask(question: Question): void {
    if (this.dialog.open) return;
    this.question = question;
    const answers = question.answers.map(([code, words], index) =>
      h(
        "li",
        {},
        h(
          "button",
          { attrs: { type: "button", "aria-keyshortcuts": String(index + 1) }, on: { click: () => this.choose(code) } },
          h("kbd", { text: String(index + 1) }),
          h("span", { text: words }),
        ),
      ),
    );
    this.dialog.setAttribute("aria-label", question.title);
    this.dialog.replaceChildren(
      h("h2", { text: question.title }),
      h("p", { class: "faint", text: question.about }),
      h("p", { class: "ask small", text: text(question.byNumber === "answers" ? "choose" : "choose_confirm") }),
      h("ol", { class: "answers" }, ...answers),
      h("p", { class: "faint small", text: question.note }),
      h("div", { class: "buttons" }, closeButton(this.dialog, "cancel")),
    );
    this.dialog.showModal();
    this.buttons()[0]?.focus();
  }

  get isOpen(): boolean {
    return this.dialog.open;
  }

  close(): void {
    this.dialog.close();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // The press that answered the question before this one is not let go yet.
    if (/^([1-9]|Enter)$/.test(event.key) && event.repeat) return event.preventDefault();
    const number = Number(event.key) - 1;
    const answer = this.question?.answers[number];
    if (answer) {
      event.preventDefault();
      // The dialog is closed when the press comes to the page, where the same number means another thing.
      event.stopPropagation();
      return this.question?.byNumber === "answers" ? this.choose(answer[0]) : this.buttons()[number]?.focus();
    }
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const buttons = this.buttons();
    const at = buttons.findIndex((one) => one === document.activeElement);
    buttons[Math.min(Math.max(at + by, 0), buttons.length - 1)]?.focus();
  }

  private buttons(): HTMLElement[] {
    return [...this.dialog.querySelectorAll<HTMLElement>(".answers button")];
  }

  private choose(code: string): void {
    const question = this.question;
    this.close();
    question?.chosen(code);
  }
}
