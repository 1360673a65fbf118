// The numbers beside the drawing: names of zones, their rules, and where points of the ground really lie. What the box finds
// wrong is said beside what it is about.

import { h, icon, isInRange } from "./dom.js";
import { problemsAt, rulesOf, RULES, switched, withValue, type Problem, type Rule, type RuleName, type Zone } from "./settings.js";
import { pointWords, type ZoneEditor } from "./zone-editor.js";
import { text, word } from "./words.js";

interface Field {
  name: string;
  /** Of the number. */
  step: number;
}

/** The main numbers of a rule; others are carried along. */
const FIELDS: Record<RuleName, Field[]> = {
  abandoned: [
    { name: "unattended_secs", step: 1 },
    { name: "attended_radius_m", step: 0.1 },
    { name: "owner_radius_m", step: 0.1 },
    { name: "valid_up_to_persons", step: 1 },
  ],
  density: [
    { name: "hold_secs", step: 1 },
    { name: "valid_up_to_persons", step: 1 },
  ],
  movement: [
    { name: "min_persons", step: 1 },
    { name: "min_speed_m_per_s", step: 0.1 },
    { name: "hold_secs", step: 1 },
  ],
};

export function problemList(problems: Problem[]): HTMLElement | null {
  if (problems.length === 0) return null;
  return h("ul", { class: "field-problems small" }, ...problems.map((one) => h("li", {}, icon("raised"), h("span", { text: one.text }))));
}

/** One zone, opened where it is chosen. */
export function zoneFields(editor: ZoneEditor, index: number, problems: Problem[]): HTMLElement {
  const zone = editor.settings.zones[index]!;
  const choice = editor.choice;
  const isOpen = choice !== null && choice.type !== "ground" && choice.zone === index;
  const found = problemsAt(problems, `zones[${index}]`);
  const choose = h("button", { class: "zone-choose", attrs: { type: "button", "aria-expanded": String(isOpen), "data-field": `zone-${index}` }, on: { click: () => editor.choose({ type: "zone", zone: index }, false) } }, h("span", { class: "zone-name", text: zone.id }), h("span", { class: "faint small", text: rulesOf(zone).map((rule) => word("rule_name", rule)).join(", ") }));
  if (!isOpen) return h("li", {}, choose, problemList(found));
  const name = h("input", { attrs: { id: `zone-${index}-id`, maxlength: 64, "data-field": `zone-${index}-id`, "aria-invalid": String(found.some(({ path }) => path === `zones[${index}].id`)) }, on: { change: () => editor.putZone(index, { ...editor.settings.zones[index]!, id: name.value.trim() }) } });
  name.value = zone.id;
  return h(
    "li",
    { class: "open" },
    choose,
    problemList(found),
    h("div", { class: "field" }, h("label", { text: text("zone_id"), attrs: { for: name.id } }), name),
    ...RULES.map((rule) => ruleFields(editor, index, rule)),
    h("button", { class: "danger", text: text("zone_remove"), attrs: { type: "button", "data-field": `zone-${index}-remove` }, on: { click: () => editor.removeZone(index) } }),
  );
}

function ruleFields(editor: ZoneEditor, index: number, rule: RuleName): HTMLElement {
  const zone = editor.settings.zones[index]!;
  const isOn = rulesOf(zone).includes(rule);
  const id = `zone-${index}-${rule}`;
  const toggle = h("input", { attrs: { type: "checkbox", id, "data-field": id }, on: { change: () => toggled() } });
  toggle.checked = isOn;
  const toggled = (): void => {
    const next = switched(editor.settings.zones[index]!, rule);
    if (next !== null) return editor.putZone(index, next);
    toggle.checked = true;
    note.textContent = text("rule_last");
  };
  const note = h("p", { class: "small bad", attrs: { role: "status" } });
  const head = h("div", { class: "rule-head" }, toggle, h("label", { text: word("rule_name", rule), attrs: { for: id } }));
  if (!isOn) return h("fieldset", { class: "rule" }, h("legend", { class: "unseen", text: word("rule_name", rule) }), head, note);
  const put = (name: string, value: unknown): void => editor.putZone(index, withValue(editor.settings.zones[index]!, rule, name, value));
  const values: Rule = zone[rule] ?? {};
  return h(
    "fieldset",
    { class: "rule" },
    h("legend", { class: "unseen", text: word("rule_name", rule) }),
    head,
    note,
    h("div", { class: "number-fields" }, modeField(id, values, put), ...FIELDS[rule].map((field) => numberField(id, field, values, put))),
    rule === "density" ? levelFields(editor, index, zone) : null,
  );
}

type Put = (name: string, value: unknown) => void;

function modeField(of: string, values: Rule, put: Put): HTMLElement {
  const select = h("select", { attrs: { id: `${of}-mode`, "data-field": `${of}-mode` }, on: { change: () => put("mode", select.value) } }, ...["live", "shadow"].map((mode) => h("option", { text: word("rule_mode", mode), attrs: { value: mode } })));
  select.value = values["mode"] === "shadow" ? "shadow" : "live";
  return h("div", { class: "number-field" }, h("label", { text: word("setting_name", "mode"), attrs: { for: select.id } }), select);
}

function numberField(of: string, { name, step }: Field, values: Rule, put: Put): HTMLElement {
  const take = (): void => {
    if (isInRange(input)) put(name, input.value === "" ? null : Number(input.value));
  };
  const input = h("input", { attrs: { type: "number", id: `${of}-${name}`, min: 0, step, placeholder: text("setting_default"), "data-field": `${of}-${name}` }, on: { change: take } });
  if (typeof values[name] === "number") input.value = String(values[name]);
  return h("div", { class: "number-field" }, h("label", { text: word("setting_name", name), attrs: { for: input.id } }), input);
}

function levelsOf(zone: Zone): Rule[] {
  const levels = zone.density?.["levels"];
  return Array.isArray(levels) ? (levels as Rule[]) : [];
}

/** The levels of density: each begins at a number of people, or of people on a square metre. */
function levelFields(editor: ZoneEditor, index: number, zone: Zone): HTMLElement {
  const levels = levelsOf(zone);
  // Of this moment: lines that were drawn before are changed one after the other.
  const now = (): Rule[] => levelsOf(editor.settings.zones[index]!);
  const put = (next: Rule[]): void => editor.putZone(index, withValue(editor.settings.zones[index]!, "density", "levels", next.length > 0 ? next : null));
  const change = (at: number, changed: Rule): void => put(now().map((one, place) => (place === at ? changed : one)));
  const lines = levels.map((level, at) => levelLine(`zone-${index}-level-${at}`, at + 1, level, (changed) => change(at, changed), () => put(now().filter((_, place) => place !== at))));
  const add = h("button", { text: text("level_add"), attrs: { type: "button", "data-field": `zone-${index}-level-add` }, on: { click: () => put([...now(), { name: text("level_new", { number: levels.length + 1 }), from_persons: 10 * (levels.length + 1) }]) } });
  return h("div", { class: "levels" }, h("p", { class: "small faint", text: text(levels.length > 0 ? "levels" : "levels_default") }), ...lines, add);
}

function levelLine(id: string, number: number, level: Rule, change: (to: Rule) => void, remove: () => void): HTMLElement {
  const isDensity = level["from_persons_per_m2"] !== undefined;
  const name = h("input", { attrs: { "aria-label": text("level_name", { number }), maxlength: 64, "data-field": `${id}-name` }, on: { change: () => take() } });
  name.value = String(level["name"] ?? "");
  const unit = h("select", { attrs: { "aria-label": text("level_unit", { number }), "data-field": `${id}-unit` }, on: { change: () => take() } }, ...["persons", "persons_per_m2"].map((one) => h("option", { text: text(`level_${one}_unit`), attrs: { value: one } })));
  unit.value = isDensity ? "persons_per_m2" : "persons";
  const from = h("input", { attrs: { type: "number", min: 0, step: 0.1, "aria-label": text("level_from", { number }), "data-field": `${id}-from` }, on: { change: () => take() } });
  from.value = String(level["from_persons_per_m2"] ?? level["from_persons"] ?? "");
  const take = (): void => {
    if (from.value === "" || !isInRange(from)) return;
    const { from_persons: _persons, from_persons_per_m2: _density, ...rest } = level;
    change({ ...rest, name: name.value.trim(), [`from_${unit.value}`]: Number(from.value) });
  };
  const gone = h("button", { class: "quiet", text: text("remove"), attrs: { type: "button", "aria-label": text("level_remove", { number }), "data-field": `${id}-remove` }, on: { click: remove } });
  return h("div", { class: "level-line" }, name, from, unit, gone);
}

/** The points of the ground, with what the fitted plane leaves of each. */
export function groundFields(editor: ZoneEditor, problems: Problem[]): HTMLElement[] {
  const head = h("li", { class: "ground-line head", attrs: { "aria-hidden": "true" } }, h("span"), h("span", { text: text("ground_along") }), h("span", { text: text("ground_across") }), h("span"));
  const lines = editor.settings.ground_plane.map((one, index) => {
    const id = `ground-${index}`;
    const metre = (axis: 0 | 1): HTMLInputElement => {
      const input = h("input", { attrs: { type: "number", step: 0.01, "aria-label": text(axis === 0 ? "ground_x" : "ground_y", { number: index + 1 }), "data-field": `${id}-${axis}` }, on: { change: () => take() } });
      input.value = String(one.ground_m[axis]);
      return input;
    };
    const [x, y] = [metre(0), metre(1)];
    const take = (): void => {
      if (x.value === "" || y.value === "" || !isInRange(x) || !isInRange(y)) return;
      editor.put({ ...editor.settings, ground_plane: editor.settings.ground_plane.map((other, at) => (at === index ? { ...other, ground_m: [Number(x.value), Number(y.value)] } : other)) });
    };
    const isChosen = editor.choice?.type === "ground" && editor.choice.point === index;
    const choose = h("button", { text: String(index + 1), attrs: { type: "button", "aria-pressed": String(isChosen), "aria-label": text("ground_choose", { number: index + 1, where: pointWords(one.picture) }), "data-field": `${id}-choose` }, on: { click: () => editor.choose({ type: "ground", point: index }, true) } });
    const gone = h("button", { class: "quiet", text: text("remove"), attrs: { type: "button", "aria-label": text("ground_remove", { number: index + 1 }), "data-field": `${id}-remove` }, on: { click: () => editor.removeGround(index) } });
    const off = editor.plane?.points[index];
    const words = off === undefined ? null : text("ground_off", { m: off.off_m.toFixed(2), px: off.off_px.toFixed(1) });
    const without = off === undefined || off.off_without_m === null ? null : text("ground_off_without", { m: off.off_without_m.toFixed(2) });
    return h("li", {}, h("div", { class: "ground-line" }, choose, x, y, gone), words === null ? null : h("p", { class: "small faint", text: [words, without].filter(Boolean).join("; ") }), problemList(problemsAt(problems, `ground_plane[${index}]`)));
  });
  return lines.length > 0 ? [head, ...lines] : [];
}
