// Administrators let a box or a camera rest, and go on again, each with a reason.

import { Refusal, type BoxStanding, type Suspension } from "./api.js";
import { ask, refusalElement, type Asking } from "./ask.js";
import { closeButton } from "./dialog.js";
import { h, speak } from "./dom.js";
import { suspensionFact, suspensionWhy } from "./machine.js";
import { text } from "./words.js";

const REASON_CHARS = 300;

export class SuspendDialog {
  private readonly dialog = h("dialog", { class: "entry-dialog" });

  constructor(
    parent: HTMLElement,
    private readonly asking: Asking,
    private readonly done: () => void,
  ) {
    parent.append(this.dialog);
  }

  open(of: BoxStanding): void {
    const title = text("suspend_title", { box: of.box });
    const reason = h("input", { attrs: { id: "suspend-reason", required: true, maxlength: REASON_CHARS, autocomplete: "off", "aria-describedby": "suspend-hint" } });
    const place = h("select", { attrs: { id: "suspend-place" } }, ...this.places(of));
    const problem = h("div", {});
    const suspend = h("button", { class: "danger", text: text("suspend_do"), attrs: { type: "submit" } });
    const submit = (event: Event): void => {
      event.preventDefault();
      void this.send("/api/boxes/suspend", of, place.value, reason.value, problem);
    };
    // Enter in the reason does what its button says only where there is nothing that it could mean beside it.
    reason.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && of.suspensions.length > 0) event.preventDefault();
    });
    const resume = (one: Suspension): void => {
      if (reason.reportValidity()) void this.send("/api/boxes/resume", of, one.camera ?? "", reason.value, problem);
    };
    this.dialog.setAttribute("aria-label", title);
    this.dialog.replaceChildren(
      h("h2", { text: title }),
      h(
        "form",
        { on: { submit } },
        h("p", { text: text("suspend_words"), attrs: { id: "suspend-hint" } }),
        h("label", { text: text("suspend_reason"), attrs: { for: "suspend-reason" } }),
        reason,
        ...of.suspensions.map((one) => this.held(one, resume)),
        place.options.length > 0 ? h("label", { text: text("suspend_place"), attrs: { for: "suspend-place" } }) : null,
        place.options.length > 0 ? place : null,
        problem,
        h(
          "div",
          { class: "buttons" },
          closeButton(this.dialog, "cancel"),
          place.options.length > 0 ? suspend : null,
        ),
      ),
    );
    this.dialog.showModal();
    reason.focus();
  }

  /** What is not suspended yet. */
  private places(of: BoxStanding): HTMLOptionElement[] {
    const isHeld = (camera: string | null): boolean => of.suspensions.some((one) => one.camera === camera);
    const option = (value: string, words: string): HTMLOptionElement => h("option", { text: words, attrs: { value } });
    const cameras = (of.machine?.cameras ?? []).filter((camera) => !isHeld(camera));
    return [...(isHeld(null) ? [] : [option("", text("suspend_all"))]), ...cameras.map((camera) => option(camera, camera))];
  }

  private held(one: Suspension, resume: (one: Suspension) => void): HTMLElement {
    const name = text("resume_label", { place: one.camera ?? text("suspend_all") });
    return h(
      "div",
      { class: "held" },
      h("div", {}, h("div", { text: suspensionFact(one).words }), h("div", { class: "faint small", text: suspensionWhy(one) })),
      h("button", { text: text("resume_do"), attrs: { type: "button", "aria-label": name }, on: { click: () => resume(one) } }),
    );
  }

  private async send(path: string, of: BoxStanding, camera: string, reason: string, problem: HTMLElement): Promise<void> {
    const done = await ask<object>(this.asking, path, { box: of.box, camera: camera || null, reason });
    if (done === null) return;
    if (done instanceof Refusal) return problem.replaceChildren(refusalElement(done));
    this.dialog.close();
    speak(text(path.endsWith("suspend") ? "suspended_said" : "resumed_said", { place: camera || of.box }));
    this.done();
  }
}
