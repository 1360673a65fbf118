// Uploading, renaming and removing a plan of a site: for administrators.

import { Refusal, type Plan } from "./api.js";
import { ask, refusalElement } from "./ask.js";
import { closeButton } from "./dialog.js";
import { h } from "./dom.js";
import type { PlanShelf } from "./plans.js";
import { text } from "./words.js";

const MOST_BYTES = 8 << 20;
const TITLE_CHARS = 64;

export class PlanDialog {
  private readonly dialog = h("dialog", { class: "entry-dialog" });
  private readonly problem = h("div");
  private isWaiting = false;

  constructor(
    parent: HTMLElement,
    private readonly shelf: PlanShelf,
    private readonly turnTo: (plan: number) => void,
  ) {
    parent.append(this.dialog);
    // What is on its way is not called back.
    this.dialog.addEventListener("cancel", (event) => this.isWaiting && event.preventDefault());
  }

  /** A new one; `sites`: what is offered as its site. */
  add(sites: string[]): void {
    const [name, site, file] = [titleInput("plan-name", ""), titleInput("plan-site", ""), fileInput(true)];
    site.setAttribute("list", "plan-sites");
    this.show(
      text("plan_new_title"),
      () => void this.upload(file, { name: name.value, site: site.value }),
      [field(text("plan_name"), name), field(text("plan_site"), site), h("datalist", { attrs: { id: "plan-sites" } }, ...sites.map((one) => h("option", { attrs: { value: one } }))), field(text("plan_file"), file), note()],
      [h("button", { class: "primary", text: text("plan_upload"), attrs: { type: "submit" } })],
    );
    name.focus();
  }

  /** Its name, its picture, or its end. */
  change(of: Plan): void {
    // As it is once a part of a change is done.
    const plan = { ...of };
    const [name, site, file] = [titleInput("plan-name", plan.name), titleInput("plan-site", plan.site), fileInput(false)];
    const save = (): void => void this.save(plan, { name: name.value, site: site.value }, file);
    this.show(
      text("plan_change_title", { plan: plan.name }),
      save,
      [field(text("plan_name"), name), field(text("plan_site"), site), field(text("plan_file_other"), file), note()],
      [h("button", { class: "danger", text: text("plan_remove"), attrs: { type: "button" }, on: { click: () => this.confirmRemoval(plan) } }), h("span", { class: "spring" }), h("button", { class: "primary", text: text("save"), attrs: { type: "submit" } })],
    );
    name.focus();
  }

  private confirmRemoval(plan: Plan): void {
    const button = h("button", { class: "danger", text: text("plan_remove_do"), attrs: { type: "submit" } });
    this.show(text("plan_remove_title", { plan: plan.name }), () => void this.remove(plan), [h("p", { text: text("plan_remove_words", { count: plan.cameras.length }) })], [button]);
    this.dialog.querySelector<HTMLElement>(".buttons button")?.focus();
  }

  private async upload(input: HTMLInputElement, query: Record<string, string>): Promise<boolean> {
    const file = input.files?.[0];
    if (file === undefined) return false;
    if (isTooLong(file)) {
      this.refuseLength();
      return false;
    }
    this.wait(true);
    const told = await ask<{ plan: number }>(this.shelf.asking, `/api/plans/upload?${new URLSearchParams(query).toString()}`, file);
    return this.done(told, (one) => one.plan);
  }

  private async save(plan: Plan, title: { name: string; site: string }, input: HTMLInputElement): Promise<void> {
    if (isTooLong(input.files?.[0])) return this.refuseLength();
    if (title.name.trim() !== plan.name || title.site.trim() !== plan.site) {
      this.wait(true);
      const told = await ask(this.shelf.asking, "/api/plans/title", { plan: plan.plan, version: plan.version, ...title });
      if (told === null || told instanceof Refusal) return void this.done(told, () => plan.plan);
      Object.assign(plan, { name: title.name.trim(), site: title.site.trim(), version: plan.version + 1 });
      void this.shelf.read();
    }
    if (input.files?.[0] !== undefined) return void (await this.upload(input, { plan: String(plan.plan), version: String(plan.version) }));
    await this.done({}, () => plan.plan);
  }

  private refuseLength(): void {
    this.problem.replaceChildren(refusalElement(new Refusal("invalid", text("plan_too_long"), null)));
  }

  private async remove(plan: Plan): Promise<void> {
    this.wait(true);
    const told = await ask(this.shelf.asking, "/api/plans/remove", { plan: plan.plan, version: plan.version });
    await this.done(told, () => 0);
  }

  private async done<T>(told: T | Refusal | null, plan: (of: T) => number): Promise<boolean> {
    this.wait(false);
    if (told === null) return false;
    if (told instanceof Refusal) {
      this.problem.replaceChildren(refusalElement(told));
      return false;
    }
    this.dialog.close();
    await this.shelf.read();
    this.turnTo(plan(told));
    return true;
  }

  private wait(isWaiting: boolean): void {
    this.isWaiting = isWaiting;
    this.problem.replaceChildren(...(isWaiting ? [h("p", { class: "waiting", text: text("plan_working"), attrs: { role: "status" } })] : []));
    for (const button of this.dialog.querySelectorAll("button")) button.disabled = isWaiting;
  }

  private show(title: string, submit: () => void, parts: HTMLElement[], buttons: HTMLElement[]): void {
    this.problem.replaceChildren();
    const cancel = closeButton(this.dialog, "cancel");
    const form = h("form", {}, ...parts, this.problem, h("div", { class: "buttons" }, ...(buttons.length > 1 ? [buttons[0], buttons[1], cancel, ...buttons.slice(2)] : [cancel, ...buttons])));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit();
    });
    this.dialog.setAttribute("aria-label", title);
    this.dialog.replaceChildren(h("h2", { text: title }), form);
    if (!this.dialog.open) this.dialog.showModal();
  }
}

const isTooLong = (file: File | undefined): boolean => file !== undefined && file.size > MOST_BYTES;

function titleInput(id: string, value: string): HTMLInputElement {
  const input = h("input", { attrs: { id, required: true, maxlength: TITLE_CHARS, autocomplete: "off" } });
  input.value = value;
  return input;
}

function fileInput(required: boolean): HTMLInputElement {
  return h("input", { attrs: { id: "plan-file", type: "file", accept: "image/png,image/jpeg", required, "aria-describedby": "plan-note" } });
}

function field(words: string, input: HTMLInputElement): HTMLElement {
  return h("div", { class: "field" }, h("label", { text: words, attrs: { for: input.id } }), input);
}

function note(): HTMLElement {
  return h("p", { class: "faint small", text: text("plan_note"), attrs: { id: "plan-note" } });
}
