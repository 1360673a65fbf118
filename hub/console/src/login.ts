// Logging in, and choosing a password by a one-time link.

import { Refusal, post } from "./api.js";
import { h } from "./dom.js";
import { text } from "./words.js";

function field(id: string, label: string, attrs: Record<string, string | boolean>): [HTMLElement, HTMLInputElement] {
  const input = h("input", { attrs: { id, required: true, autocapitalize: "none", spellcheck: "false", ...attrs } });
  return [h("div", { class: "field" }, h("label", { text: label, attrs: { for: id } }), input), input];
}

function card(title: string, ...parts: (Node | null)[]): HTMLElement {
  return h("main", { class: "entry" }, h("div", { class: "card" }, h("div", { class: "brand", text: "Velum" }), h("h1", { text: title }), ...parts));
}

function problem(): HTMLElement {
  return h("p", { class: "problem", attrs: { role: "alert" } });
}

function sentence(error: unknown): string {
  const words = error instanceof Error ? error.message : text("went_wrong");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** A form that is sent once at a time; what goes wrong is shown in it. */
function form(button: string, parts: HTMLElement[], submit: () => Promise<void>): HTMLFormElement {
  const said = problem();
  const send = h("button", { class: "primary", text: button, attrs: { type: "submit" } });
  const handle = async (happened: Event): Promise<void> => {
    happened.preventDefault();
    if (send.disabled) return;
    send.disabled = true;
    said.textContent = "";
    try {
      await submit();
    } catch (error) {
      said.textContent = sentence(error);
    }
    send.disabled = false;
  };
  return h("form", { on: { submit: (happened: Event) => void handle(happened) } }, ...parts, said, send);
}

export function loginView(name: string, remark: string, done: () => Promise<void>): HTMLElement {
  const [nameField, nameInput] = field("name", text("entry_name"), { autocomplete: "username", maxlength: "64" });
  const [passwordField, passwordInput] = field("password", text("entry_password"), {
    type: "password",
    autocomplete: "current-password",
    maxlength: "256",
  });
  nameInput.value = name;
  const submit = async (): Promise<void> => {
    try {
      await post("/api/login", { name: nameInput.value, password: passwordInput.value });
    } catch (error) {
      passwordInput.value = "";
      passwordInput.focus();
      throw error;
    }
    await done();
  };
  const view = card(
    text("entry_log_in"),
    remark ? h("p", { class: "remark", text: remark, attrs: { role: "status" } }) : null,
    form(text("entry_log_in"), [nameField, passwordField], submit),
  );
  queueMicrotask(() => (name ? passwordInput : nameInput).focus());
  return view;
}

export async function setupView(token: string, done: (name: string, remark: string) => void): Promise<HTMLElement> {
  let fixed: string | null;
  try {
    fixed = (await post<{ name: string | null }>("/api/setup/look", { token })).name;
  } catch (error) {
    const why = error instanceof Refusal ? sentence(error) : text("entry_unchecked");
    const back = h("button", { class: "primary", text: text("entry_to_log_in"), attrs: { type: "button" }, on: { click: () => done("", "") } });
    setTimeout(() => back.focus());
    return card(text("entry_dead_link"), h("p", { class: "problem", text: why, attrs: { role: "alert" } }), back);
  }
  const [nameField, nameInput] = field("name", text("entry_name"), { autocomplete: "username", maxlength: "64", pattern: "[A-Za-z0-9._\\-]+" });
  const [passwordField, passwordInput] = field("password", text("entry_password"), {
    type: "password",
    autocomplete: "new-password",
    minlength: "12",
    maxlength: "256",
    "aria-describedby": "password-hint",
  });
  const [againField, againInput] = field("again", text("entry_again"), { type: "password", autocomplete: "new-password", maxlength: "256" });
  nameInput.value = fixed ?? "";
  nameInput.readOnly = fixed !== null;
  const submit = async (): Promise<void> => {
    if (passwordInput.value !== againInput.value) {
      againInput.focus();
      throw new Error(text("entry_differ"));
    }
    await post("/api/setup", { token, name: nameInput.value, password: passwordInput.value });
    done(nameInput.value.trim().toLowerCase(), text("entry_set"));
  };
  const view = card(
    fixed === null ? text("entry_first") : text("entry_choose", { name: fixed }),
    form(
      text("entry_submit"),
      [
        nameField,
        passwordField,
        h("p", { class: "faint small", text: text("entry_hint"), attrs: { id: "password-hint" } }),
        againField,
      ],
      submit,
    ),
  );
  // After it is shown, which this function is not asked to wait for.
  setTimeout(() => (fixed === null ? nameInput : passwordInput).focus());
  return view;
}
