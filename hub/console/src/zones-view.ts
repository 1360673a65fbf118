// Zones and calibration of one camera, over the cameras' page: drawing, numbers, a check by the box, and changes for approval.

import { Refusal, type Still } from "./api.js";
import { ask, refusalElement, type Asking } from "./ask.js";
import type { ChoiceDialog } from "./choice.js";
import { h, icon, speak } from "./dom.js";
import { isFocusLost } from "./focus.js";
import { copy, isNoChange, otherProblems, same, whole, wholeOf, type CameraSettings, type Change, type Problem, type Settings, type Tried } from "./settings.js";
import { changeElement, isWaiting, standingLines } from "./zone-changes.js";
import { ZoneEditor } from "./zone-editor.js";
import { groundFields, problemList, zoneFields } from "./zone-fields.js";
import { text } from "./words.js";

const NOTE_CHARS = 300;

export interface ZonesEvents {
  user: string;
  asking: Asking;
  choices: ChoiceDialog;
  /** Asks for a redacted still of the camera, with purpose and reason; false where there is none to ask for. */
  askForStill(box: string, camera: string, show: (still: Still) => Promise<void>): boolean;
  ended(): void;
}

export class ZonesView {
  readonly tools: HTMLElement[];
  readonly element = h("div", { class: "plan-view zones-view" });
  private readonly undoButton: HTMLButtonElement;
  private readonly checkButton: HTMLButtonElement;
  private readonly problem = h("div");
  private readonly checked = h("div", { attrs: { role: "status" } });
  private readonly zones = h("ul", { class: "zone-fields" });
  private readonly ground = h("ul", { class: "ground-fields" });
  private readonly saving = h("div", { class: "saving" });
  private readonly changes = h("ul", { class: "changes-of" });
  private readonly side: HTMLElement;
  private readonly changesSection: HTMLElement;
  private readonly readAgain: HTMLButtonElement;
  private told: CameraSettings | null = null;
  private drawn: CameraSettings | null = null;
  private editor: ZoneEditor | null = null;
  private problems: Problem[] = [];
  private tried = 0;
  /** The digest of the settings from which the drawing was begun. */
  private base: string | null = null;
  private isDirty = false;

  constructor(
    private readonly of: { box: string; camera: string },
    private readonly events: ZonesEvents,
  ) {
    const button = (code: string, act: () => void, more: Record<string, string> = {}): HTMLButtonElement => h("button", { text: text(code), attrs: { type: "button", ...more }, on: { click: act } });
    this.undoButton = button("undo", () => this.editor?.undo(), { "aria-keyshortcuts": "Control+Z" });
    this.checkButton = button("zones_check", () => void this.check());
    this.tools = [
      button("zones_back", () => this.leave()),
      h("strong", { text: text("zones_of", of) }),
      h("span", { class: "spring" }),
      button("zones_picture", () => this.background()),
      button("zones_new", () => this.editor?.beginZone()),
      button("ground_new", () => this.editor?.beginGround()),
      this.undoButton,
      this.checkButton,
    ];
    const section = (code: string, ...parts: HTMLElement[]): HTMLElement => h("section", {}, h("h3", { text: text(code) }), ...parts);
    this.readAgain = button("read_again", () => void this.read(true));
    this.changesSection = section("changes", this.readAgain, this.changes);
    this.side = h("div", { class: "plan-side" }, this.problem, this.checked, section("zones", this.zones), section("ground_points", h("p", { class: "faint small", text: text("ground_note") }), this.ground), this.saving, this.changesSection);
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.side.addEventListener("focusout", () => this.isDirty && this.drawSoon());
    void this.read(false);
  }

  /** Leaves no picture behind. */
  close(): void {
    this.editor?.wipe();
  }

  /** Back to the cameras; what would be lost is asked about first. */
  private leave(): void {
    if (!this.isUnsaved()) return this.events.ended();
    this.events.choices.ask({
      title: text("zones_leave_title"),
      about: text("zones_of", this.of),
      note: text("zones_leave_note"),
      byNumber: "chooses",
      answers: [
        ["stay", text("zones_stay")],
        ["leave", text("zones_leave")],
      ],
      chosen: (code) => code === "leave" && this.events.ended(),
    });
  }

  private get current(): Settings {
    return this.told?.current ?? whole({});
  }

  private isDrawn(editor: ZoneEditor): boolean {
    return editor.canUndo && !isNoChange(this.current, editor.settings);
  }

  /** What waits as a change is not lost with the drawing. */
  private isUnsaved(): boolean {
    const { editor, told } = this;
    if (editor === null || !this.isDrawn(editor)) return false;
    return !(told?.changes ?? []).some((one) => isWaiting(one) && same(one.settings, editor.settings));
  }

  key(_event: KeyboardEvent): boolean {
    return true;
  }

  private async read(keepsDrawing: boolean): Promise<void> {
    const { box, camera } = this.of;
    const told = await ask<CameraSettings>(this.events.asking, `/api/cameras/settings?${new URLSearchParams({ box, camera }).toString()}`, null);
    if (told === null) return;
    if (told instanceof Refusal) {
      if (this.editor === null) return this.element.replaceChildren(refusalElement(told));
      return this.problem.replaceChildren(refusalElement(told));
    }
    this.told = wholeOf(told);
    const { current } = this;
    const isOther = this.base !== told.digest;
    if (this.editor === null || !keepsDrawing || (isOther && !this.isDrawn(this.editor))) this.begin(current);
    else if (isOther) this.warn(current);
    this.drawAll();
  }

  private begin(settings: Settings): void {
    this.base = this.told?.digest ?? null;
    this.problems = [];
    this.checked.replaceChildren();
    const label = text("zones_drawing", this.of);
    const before = this.editor;
    this.editor = new ZoneEditor(copy(settings), label, { changed: () => this.changed(), chosen: () => this.drawSoon() });
    if (before) this.editor.takePicture(before);
    this.element.replaceChildren(this.editor.element, this.side);
    this.drawSaving();
  }

  /** What is drawn here was begun from settings that no longer hold: it is not saved over those that do. */
  private warn(current: Settings): void {
    const anew = h("button", { text: text("zones_anew"), attrs: { type: "button" }, on: { click: () => this.beginAnew(current) } });
    this.problem.replaceChildren(h("div", { class: "remark", attrs: { role: "status" } }, h("p", { text: text("zones_outdated") }), h("div", { class: "row-buttons" }, anew)));
  }

  private beginAnew(current: Settings): void {
    this.problem.replaceChildren();
    this.begin(current);
    this.drawAll();
    this.editor?.focus();
  }

  private changed(): void {
    this.problems = [];
    this.checked.replaceChildren();
    this.drawSoon();
  }

  /** After the focus has moved on, and not under the fingers of who types. */
  private drawSoon(): void {
    this.isDirty = true;
    window.setTimeout(() => {
      const active = document.activeElement;
      const isTyping = active instanceof HTMLInputElement && active.type !== "checkbox" && this.side.contains(active);
      if (this.isDirty && !isTyping) this.drawAll();
    });
  }

  private drawAll(): void {
    const { editor, told } = this;
    if (editor === null || told === null) return;
    this.isDirty = false;
    const active = document.activeElement as HTMLElement | null;
    this.zones.replaceChildren(...editor.settings.zones.map((_, index) => zoneFields(editor, index, this.problems)));
    if (editor.settings.zones.length === 0) this.zones.replaceChildren(h("li", { class: "faint small", text: text("zones_whole") }));
    this.ground.replaceChildren(...groundFields(editor, this.problems));
    this.undoButton.disabled = !editor.canUndo;
    this.checkButton.disabled = !told.may_propose || !told.connected;
    // Not under the fingers of who writes why.
    if (this.drawn !== told) this.drawChanges(told);
    this.drawn = told;
    if (active === this.undoButton && this.undoButton.disabled) editor.focus();
    else if (active?.dataset["field"] !== undefined && !active.isConnected) this.focusNear(active.dataset["field"]);
  }

  /** To the field that had the focus, or to what is nearest of those that are left. */
  private focusNear(field: string): void {
    for (let part = field; part !== ""; part = part.replace(/-?[^-]*$/, "")) {
      const found = this.side.querySelector<HTMLElement>(`[data-field="${part}"], [data-field^="${part}-"]`);
      if (found) return found.focus({ preventScroll: true });
    }
    this.editor?.focus();
  }

  private drawChanges(told: CameraSettings): void {
    const acts = {
      isMine: (of: Change) => of.proposed_by === this.events.user || of.proposed_by === `console:${this.events.user}`,
      decide: (of: Change, approve: boolean, reason: string) => void this.act("/api/cameras/settings/decide", { id: of.id, approve, reason: reason.trim() }, text(approve ? "change_said_approved" : "change_said_declined")),
      withdraw: (of: Change) => void this.act("/api/cameras/settings/withdraw", { id: of.id }, text("change_said_withdrawn")),
    };
    const lines = standingLines(told).map((line) => h("li", { class: "faint small", text: line }));
    // What waits for a person comes first.
    const isWaiting = told.changes.some(({ state }) => state === "proposed");
    if (isWaiting && this.changesSection.previousElementSibling !== this.problem) this.problem.after(this.changesSection);
    if (!isWaiting && this.side.lastElementChild !== this.changesSection) this.side.append(this.changesSection);
    this.changes.replaceChildren(...lines, ...told.changes.map((one) => changeElement(one, told, acts)));
  }

  private drawSaving(): void {
    const note = h("input", { attrs: { id: "change-note", maxlength: NOTE_CHARS, autocomplete: "off", required: true } });
    const save = h("button", { class: "primary", text: text("change_save"), attrs: { type: "submit" } });
    const form = h("form", {}, h("h3", { text: text("change_save_title") }), h("label", { text: text("change_note"), attrs: { for: "change-note" } }), note, h("p", { class: "faint small", text: text("change_save_note") }), h("div", { class: "row-buttons" }, save));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.save(note.value.trim());
    });
    this.saving.replaceChildren(...(this.told?.may_propose ? [form] : []));
  }

  private async check(): Promise<void> {
    const { editor } = this;
    if (editor === null) return;
    const tried = ++this.tried;
    const asked = editor.settings;
    this.checked.replaceChildren(h("p", { class: "waiting", text: text("zones_checking") }));
    const found = await ask<Tried>(this.events.asking, "/api/cameras/settings/try", { ...this.of, settings: asked });
    // What was changed meanwhile is not what the box looked at.
    if (found === null || tried !== this.tried || editor !== this.editor || editor.settings !== asked) return;
    if (found instanceof Refusal) return this.checked.replaceChildren(refusalElement(found));
    this.problems = found.problems;
    editor.plane = found.plane;
    editor.draw();
    const isGood = found.problems.length === 0;
    const words = isGood ? text("zones_good") : text("zones_bad", { count: found.problems.length });
    this.checked.replaceChildren(h("p", { class: `verdict ${isGood ? "good" : "bad"}` }, icon(isGood ? "confirmed" : "raised"), words), ...[problemList(otherProblems(found.problems))].filter((one) => one !== null), ...(found.plane?.warnings ?? []).map((line) => h("p", { class: "small bad" }, icon("notice"), " ", line)));
    speak(words);
    this.drawSoon();
  }

  private async save(note: string): Promise<void> {
    if (this.editor === null || this.told === null || note === "") return;
    const { settings } = this.editor;
    if (isNoChange(this.current, settings)) return this.refuse(new Refusal("unchanged", text("change_empty"), null));
    await this.act("/api/cameras/settings/propose", { ...this.of, settings, base_digest: this.base, note }, text("change_said_saved"));
  }

  private async act(path: string, body: object, done: string): Promise<void> {
    const told = await ask(this.events.asking, path, body);
    if (told === null) return;
    if (told instanceof Refusal) return this.refuse(told);
    this.problem.replaceChildren(h("p", { class: "remark", text: done, attrs: { role: "status" } }));
    await this.read(true);
    // What was decided has no buttons any more; what became of it is read there.
    if (isFocusLost()) this.readAgain.focus();
  }

  private refuse(no: Refusal): void {
    this.problem.replaceChildren(refusalElement(no));
    this.problem.scrollIntoView({ block: "nearest" });
  }

  private background(): void {
    const show = async (still: Still): Promise<void> => this.editor?.show(still);
    if (!this.events.askForStill(this.of.box, this.of.camera, show)) this.problem.replaceChildren(h("p", { class: "remark", text: text("zones_no_picture"), attrs: { role: "status" } }));
  }

  private onKey(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    this.editor?.undo();
  }
}
