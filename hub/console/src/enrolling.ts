// What administrators do with boxes: a token that is shown once, and a revocation that the name is typed for.

import { Refusal, type BoxStanding, type Token } from "./api.js";
import { ask, refusalElement, type Asking } from "./ask.js";
import { closeButton } from "./dialog.js";
import { h, speak } from "./dom.js";
import { text } from "./words.js";

const NAME = "[A-Za-z0-9._\\-]+";

export class NewBoxDialog {
  private readonly dialog = h("dialog", { class: "entry-dialog", attrs: { "aria-label": text("new_box_title") } });

  constructor(
    parent: HTMLElement,
    private readonly asking: Asking,
    private readonly done: () => void,
  ) {
    // What was shown once leaves the page with its dialog.
    this.dialog.addEventListener("close", () => this.dialog.replaceChildren());
    parent.append(this.dialog);
  }

  open(): void {
    const name = h("input", { attrs: { id: "box-name", required: true, maxlength: 64, pattern: NAME, autocapitalize: "none", spellcheck: "false", autocomplete: "off", "aria-describedby": "box-name-hint" } });
    const problem = h("div", {});
    const submit = (event: Event): void => {
      event.preventDefault();
      void this.make(name.value, problem);
    };
    this.dialog.replaceChildren(
      h("h2", { text: text("new_box_title") }),
      h(
        "form",
        { on: { submit } },
        h("label", { text: text("new_box_name"), attrs: { for: "box-name" } }),
        name,
        h("p", { class: "faint small", text: text("new_box_hint"), attrs: { id: "box-name-hint" } }),
        problem,
        h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"), h("button", { class: "primary", text: text("make_token"), attrs: { type: "submit" } })),
      ),
    );
    this.dialog.showModal();
    name.focus();
  }

  private async make(name: string, problem: HTMLElement): Promise<void> {
    const token = await ask<Token>(this.asking, "/api/boxes/token", { box: name });
    if (token === null) return;
    if (token instanceof Refusal) return problem.replaceChildren(refusalElement(token));
    this.show(token);
    this.done();
  }

  private show(of: Token): void {
    const shown = h("textarea", { attrs: { id: "box-token", readonly: true, spellcheck: "false" } });
    shown.value = of.token;
    const said = h("p", { class: "faint small", attrs: { role: "status" } });
    const copy = async (): Promise<void> => {
      const isCopied = await navigator.clipboard.writeText(of.token).then(
        () => true,
        () => false,
      );
      said.textContent = text(isCopied ? "token_copied" : "token_not_copied");
      if (!isCopied) shown.select();
    };
    const button = h("button", { class: "primary", text: text("token_copy"), attrs: { type: "button" }, on: { click: () => void copy() } });
    this.dialog.replaceChildren(
      h("h2", { text: text("token_title", { box: of.box }) }),
      h("form", {}, h("p", { text: text("token_words", { minutes: of.minutes }) }), h("label", { text: text("token_label"), attrs: { for: "box-token" } }), shown, h("code", { text: text("token_do") }), said),
      h("div", { class: "buttons" }, button, closeButton(this.dialog, "close")),
    );
    button.focus();
  }
}

export class RevokeDialog {
  private readonly dialog = h("dialog", { class: "entry-dialog" });

  constructor(
    parent: HTMLElement,
    private readonly asking: Asking,
    private readonly done: () => void,
  ) {
    parent.append(this.dialog);
  }

  open(of: BoxStanding): void {
    const title = text("revoke_title", { box: of.box });
    const typed = h("input", { attrs: { id: "revoke-name", required: true, maxlength: 64, autocapitalize: "none", spellcheck: "false", autocomplete: "off" } });
    const revoke = h("button", { class: "danger", text: text("revoke_do"), attrs: { type: "submit", disabled: true } });
    typed.addEventListener("input", () => (revoke.disabled = typed.value.trim() !== of.box));
    const problem = h("div", {});
    const submit = (event: Event): void => {
      event.preventDefault();
      if (!revoke.disabled) void this.revoke(of, typed.value, problem);
    };
    this.dialog.setAttribute("aria-label", title);
    this.dialog.replaceChildren(
      h("h2", { text: title }),
      h(
        "form",
        { on: { submit } },
        h("p", { text: text("revoke_words") }),
        h("label", { text: text("revoke_type", { box: of.box }), attrs: { for: "revoke-name" } }),
        typed,
        problem,
        h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"), revoke),
      ),
    );
    this.dialog.showModal();
    typed.focus();
  }

  private async revoke(of: BoxStanding, confirmation: string, problem: HTMLElement): Promise<void> {
    const done = await ask<object>(this.asking, "/api/boxes/revoke", { box: of.box, confirmation });
    if (done === null) return;
    if (done instanceof Refusal) return problem.replaceChildren(refusalElement(done));
    this.dialog.close();
    speak(text("revoked_said", { box: of.box }));
    this.done();
  }
}
