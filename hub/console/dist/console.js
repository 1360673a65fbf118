"use strict";
(() => {
  // src/dom.ts
  function h(tag, props = {}, ...children) {
    const element = document.createElement(tag);
    if (props.class) element.className = props.class;
    if (props.text !== void 0) element.textContent = props.text;
    for (const [name, value] of Object.entries(props.attrs ?? {})) {
      if (value === true) element.setAttribute(name, "");
      else if (value !== false && value !== null) element.setAttribute(name, String(value));
    }
    for (const [name, handler] of Object.entries(props.on ?? {})) {
      element.addEventListener(name, handler);
    }
    element.append(...children.filter((child) => child !== null && child !== void 0 && child !== false));
    return element;
  }
  var SVG = "http://www.w3.org/2000/svg";
  function s(tag, attrs = {}, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attrs)) if (value !== null) element.setAttribute(name, String(value));
    element.append(...children.filter((child) => child !== null && child !== void 0 && child !== false));
    return element;
  }
  var SHAPES = {
    raised: "M8 2l6.5 11.5h-13zM8 6v3.6M8 11.4v.4",
    updated: "M8 1.8L14.2 8 8 14.2 1.8 8z",
    cleared: "M2.8 8.6l3.4 3.4 7-7.6",
    notice: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM8 7v4M8 4.9v.3",
    rising: "M2 12l4-4 3 3 5-6M10.5 5H14v3.5",
    falling: "M2 4l4 4 3-3 5 6M10.5 11H14V7.5",
    withheld: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM4 4l8 8",
    lost: "M3.4 3.4l9.2 9.2M12.6 3.4l-9.2 9.2",
    gap: "M1.5 8h3M6.5 8h3M11.5 8h3",
    camera: "M1.8 4.6h8.4v6.8H1.8zM10.2 7l4-2.2v6.4l-4-2.2",
    box: "M2.2 5L8 2.2 13.8 5v6L8 13.8 2.2 11zM2.2 5L8 7.8 13.8 5M8 7.8v6",
    away: "M2.2 5L8 2.2 13.8 5v6L8 13.8 2.2 11zM2 2l12 12",
    live: "M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM3.2 3.6a6.2 6.2 0 000 8.8M12.8 3.6a6.2 6.2 0 010 8.8",
    confirmed: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM5.2 8.2l2 2 3.6-4.2",
    rejected: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
    waits: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM8 4.6V8l2.4 1.6",
    lapsed: "M4 2h8M4 14h8M5 2c0 4 6 8 6 12M11 2c0 4-6 8-6 12",
    escalated: "M8 13.5v-9M4 8l4-4 4 4M3 2h10",
    person: "M8 2.4a2.4 2.4 0 100 4.8 2.4 2.4 0 000-4.8zM3 13.6c0-3 2.2-4.8 5-4.8s5 1.8 5 4.8",
    high: "M2.5 13V9.5M8 13V6M13.5 13V2.5",
    medium: "M2.5 13V9.5M8 13V6M13.5 13v-.2",
    low: "M2.5 13V9.5M8 13v-.2M13.5 13v-.2",
    download: "M8 2v8.4M4.4 7L8 10.6 11.6 7M2.4 13.6h11.2",
    sealed: "M3.5 7.2h9v6.3h-9zM5.4 7.2V5a2.6 2.6 0 015.2 0v2.2M8 9.6v1.6",
    picture: "M1.8 3h12.4v10H1.8zM1.8 11l3.6-3.6 3 3 2-2 3.8 3.6"
  };
  function icon(shape) {
    return s("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, s("path", { d: SHAPES[shape] }));
  }
  function barDrawing(filled2) {
    return s("svg", { viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" }, filled2);
  }
  function shapeIn(shape, x, y, unit) {
    return s("path", { d: SHAPES[shape], class: "shape", transform: `translate(${x - 8 * unit} ${y - 8 * unit}) scale(${unit})` });
  }
  function isInRange({ validity: validity2 }) {
    return !(validity2.badInput || validity2.rangeUnderflow || validity2.rangeOverflow);
  }
  function speak(text2) {
    const spoken = document.getElementById("spoken");
    if (spoken) spoken.textContent = text2;
  }

  // src/time.ts
  var two = (n) => String(n).padStart(2, "0");
  function day(at3) {
    return `${at3.getFullYear()}-${two(at3.getMonth() + 1)}-${two(at3.getDate())}`;
  }
  function clock(unixMs, withSeconds) {
    const at3 = new Date(unixMs);
    const time = `${two(at3.getHours())}:${two(at3.getMinutes())}${withSeconds ? `:${two(at3.getSeconds())}` : ""}`;
    return day(at3) === day(/* @__PURE__ */ new Date()) ? time : `${day(at3)} ${time}`;
  }
  function utc(unixMs) {
    return `${new Date(unixMs).toISOString().replace("T", " ").replace(/\.\d+Z$/, "")} UTC`;
  }
  var UNITS = /* @__PURE__ */ new Map([
    [1e3, "to_second"],
    [6e4, "to_minute"],
    [36e5, "to_hour"],
    [864e5, "to_day"]
  ]);
  function precision(time) {
    if (time.precision_ms <= 1) return "";
    const unit = UNITS.get(time.precision_ms);
    if (unit) return text(unit);
    return text("to_other", { time: time.precision_ms < 1e3 ? `${time.precision_ms} ms` : duration(time.precision_ms / 1e3) });
  }
  function timeElement(time) {
    const exact = precision(time);
    const title = exact ? text("time_title", { utc: utc(time.unix_ms), precision: exact }) : utc(time.unix_ms);
    return h(
      "time",
      { attrs: { datetime: new Date(time.unix_ms).toISOString(), title } },
      clock(time.unix_ms, time.precision_ms < 6e4),
      exact ? h("span", { class: "precision", text: exact }) : null
    );
  }
  function momentElement(unixMs) {
    const attrs = { datetime: new Date(unixMs).toISOString(), title: utc(unixMs) };
    return h("time", { attrs, text: clock(unixMs, true) });
  }
  function timeText(time) {
    return clock(time.unix_ms, time.precision_ms < 6e4);
  }
  function dayText(unixMs) {
    return day(new Date(unixMs));
  }
  function hourText(unixMs) {
    return clock(unixMs, false);
  }
  function momentText(unixMs) {
    return clock(unixMs, true);
  }

  // src/verdicts.ts
  var NOTHING_THERE = /* @__PURE__ */ new Set(["reflection", "shadow", "furniture_or_bin", "known_object"]);
  var saysNothingIsThere = (verdict) => NOTHING_THERE.has(verdict);
  var isExerciseText = (staged) => staged.startsWith("exercise: ");

  // src/words.ts
  var words = { catalogue: {}, purposes: [], command: "" };
  function learn(told2) {
    words = { ...words, ...told2 };
    const language = words.catalogue["language"]?.["tag"];
    if (language !== void 0) document.documentElement.lang = language;
  }
  function purposes() {
    return words.purposes;
  }
  function purposeWords(id) {
    return words.purposes.find((one) => one.id === id)?.words ?? id;
  }
  function heldText(held) {
    const sentence3 = words.catalogue["held"]?.[held.rule];
    const told2 = sentence3 === void 0 ? held.words : filled(sentence3, { command: words.command });
    return text(held.events === 1 ? "held_one" : "held_many", { count: held.events, words: told2 });
  }
  function refused(code, values) {
    const sentence3 = words.catalogue["refused"]?.[code];
    return sentence3 === void 0 ? null : filled(sentence3, values);
  }
  function word(table2, code) {
    return words.catalogue[table2]?.[code] ?? code;
  }
  function text(code, values = {}) {
    return filled(word("page", code), values);
  }
  function filled(sentence3, values) {
    return Object.entries(values).reduce((filled2, [name, value]) => filled2.replace(`{${name}}`, () => String(value)), sentence3);
  }
  function textParts(code, values) {
    return word("page", code).split(/\{(\w+)\}/).map((part, at3) => at3 % 2 === 1 ? values[part] ?? part : part).filter((part) => part !== "");
  }
  var capital = (text2) => text2.charAt(0).toUpperCase() + text2.slice(1);
  function kind(code) {
    return capital(word("kind", code).toLowerCase());
  }
  function duration(secs) {
    const whole2 = Math.round(secs);
    const hours = Math.floor(whole2 / 3600);
    const minutes = Math.floor(whole2 / 60) % 60;
    const seconds = whole2 % 60;
    if (hours > 0) return minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
    if (minutes > 0) return seconds > 0 ? `${minutes} min ${seconds} s` : `${minutes} min`;
    return `${seconds} s`;
  }
  function explanation(one) {
    const sentence3 = words.catalogue["explanation"]?.[one.code];
    if (sentence3 === void 0) return one.value === null ? one.code : `${one.code} ${one.value}`;
    const value = one.value;
    if (value === null) return sentence3.replace(/\[[^\]]*\]/, "");
    return sentence3.replace(/\[([^\]]*)\]/, "$1").replace("{secs}", duration(value)).replace("{m2}", `${value.toFixed(0)} m²`);
  }
  function dwell(band) {
    if (band.below === null) return text("dwell_from", { time: duration(band.at_least) });
    if (band.at_least === 0) return text("dwell_below", { time: duration(band.below) });
    return text("dwell", { time: duration(band.at_least), below: duration(band.below) });
  }
  function persons(band) {
    if (band.below === null) return text("persons_from", { count: band.at_least });
    if (band.at_least === 0) return text("persons_below", { count: band.below });
    if (band.below === band.at_least + 1) return text("persons_exact", { count: band.at_least });
    return text("persons", { count: band.at_least, most: band.below - 1 });
  }
  function speed(band) {
    if (band.below === null) return text("speed_from", { speed: band.at_least });
    if (band.at_least === 0) return text("speed_below", { below: band.below });
    return text("speed", { speed: band.at_least, below: band.below });
  }
  function particulars(body) {
    switch (body.type) {
      case "none":
        return [];
      case "camera_health":
        return [word("coverage", body.state)];
      case "abandoned_object":
        return [
          body.object_kind ?? "",
          body.dwell_secs ? dwell(body.dwell_secs) : "",
          body.first_seen ? text("put_down", { time: timeText(body.first_seen) }) : "",
          body.grid_cell ? text("grid_cell", { cell: body.grid_cell }) : ""
        ].filter(Boolean);
      case "crowd_density": {
        const levels = [body.previous_level, body.level].filter((level) => level !== null);
        const density = body.persons_per_m2;
        return [
          levels.length > 0 ? text("level", { levels: levels.join(" → ") }) : "",
          body.persons ? persons(body.persons) : "",
          density ? text("density", { low: density.low.toFixed(2), high: density.high.toFixed(2) }) : "",
          body.relative ? text("density_relative") : "",
          body.demo_threshold ? text("demo_threshold") : ""
        ].filter(Boolean);
      }
      case "crowd_movement":
        return [
          body.pattern === "unspecified" ? "" : word("movement", body.pattern),
          body.persons ? persons(body.persons) : "",
          body.speed_m_per_s ? speed(body.speed_m_per_s) : "",
          body.direction ? word("direction", body.direction) : "",
          body.relative ? text("speed_relative") : ""
        ].filter(Boolean);
    }
  }
  function placeLines(event, box) {
    const near = [event.camera, event.zone].filter((part) => part !== null).join(" / ");
    const far = [event.site, box].filter((part) => part !== null).join(" · ");
    return [near || (event.site ?? text("no_place")), near ? far : box];
  }
  function place(event) {
    const parts = [event.site, event.camera, event.zone].filter((part) => part !== null);
    return parts.length > 0 ? parts.join(" / ") : text("no_place");
  }
  function alertWords(event) {
    return [isExerciseText(event.staged ?? "") ? text("exercise_word") : "", kind(event.kind), place(event)].filter(Boolean).join(", ");
  }
  var ENDS = ["idle", "limit", "revoked", "replaced", "logged_out"];
  function ended(reason) {
    return text(`ended_${ENDS.includes(reason) ? reason : "other"}`);
  }

  // src/api.ts
  var Refusal = class extends Error {
    constructor(code, message, rule) {
      super(message);
      this.code = code;
      this.rule = rule;
    }
    code;
    rule;
  };
  async function refusal(response) {
    const no = await response.json().catch(() => null) ?? {};
    const message = refused(no.code ?? "", no.values ?? {}) ?? no.message ?? text("answered", { status: response.status });
    return new Refusal(no.code ?? "failed", message, no.rule ?? null);
  }
  async function answered(response) {
    if (!response.ok) throw await refusal(response);
    return await response.json().catch(() => null);
  }
  async function ask(path2, init) {
    try {
      return await fetch(path2, { credentials: "same-origin", cache: "no-store", redirect: "error", ...init });
    } catch {
      throw new Refusal("unreachable", text("unreachable"), null);
    }
  }
  async function get(path2) {
    return answered(await ask(path2, {}));
  }
  function posted(path2, body, csrf) {
    const headers = { "content-type": "application/json" };
    if (csrf !== void 0) headers["x-csrf-token"] = csrf;
    return ask(path2, { method: "POST", headers, body: JSON.stringify(body) });
  }
  async function post(path2, body, csrf) {
    return answered(await posted(path2, body, csrf));
  }
  async function postForFile(path2, body, csrf) {
    const response = await posted(path2, body, csrf);
    if (!response.ok) throw await refusal(response);
    try {
      return await response.blob();
    } catch {
      throw new Refusal("unreachable", text("unreachable"), null);
    }
  }
  async function send(path2, file, csrf) {
    return answered(await ask(path2, { method: "POST", headers: { "content-type": "application/octet-stream", "x-csrf-token": csrf }, body: file }));
  }

  // src/login.ts
  function field(id, label, attrs) {
    const input = h("input", { attrs: { id, required: true, autocapitalize: "none", spellcheck: "false", ...attrs } });
    return [h("div", { class: "field" }, h("label", { text: label, attrs: { for: id } }), input), input];
  }
  function card(title, ...parts) {
    return h("main", { class: "entry" }, h("div", { class: "card" }, h("div", { class: "brand", text: "Velum" }), h("h1", { text: title }), ...parts));
  }
  function problem() {
    return h("p", { class: "problem", attrs: { role: "alert" } });
  }
  function sentence(error) {
    const words2 = error instanceof Error ? error.message : text("went_wrong");
    return `${words2.charAt(0).toUpperCase()}${words2.slice(1)}.`;
  }
  function form(button, parts, submit) {
    const said2 = problem();
    const send2 = h("button", { class: "primary", text: button, attrs: { type: "submit" } });
    const handle = async (happened) => {
      happened.preventDefault();
      if (send2.disabled) return;
      send2.disabled = true;
      said2.textContent = "";
      try {
        await submit();
      } catch (error) {
        said2.textContent = sentence(error);
      }
      send2.disabled = false;
    };
    return h("form", { on: { submit: (happened) => void handle(happened) } }, ...parts, said2, send2);
  }
  function loginView(name, remark, done) {
    const [nameField, nameInput] = field("name", text("entry_name"), { autocomplete: "username", maxlength: "64" });
    const [passwordField, passwordInput] = field("password", text("entry_password"), {
      type: "password",
      autocomplete: "current-password",
      maxlength: "256"
    });
    nameInput.value = name;
    const submit = async () => {
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
      form(text("entry_log_in"), [nameField, passwordField], submit)
    );
    queueMicrotask(() => (name ? passwordInput : nameInput).focus());
    return view;
  }
  async function setupView(token, done) {
    let fixed;
    try {
      fixed = (await post("/api/setup/look", { token })).name;
    } catch (error) {
      const why2 = error instanceof Refusal ? sentence(error) : text("entry_unchecked");
      const back = h("button", { class: "primary", text: text("entry_to_log_in"), attrs: { type: "button" }, on: { click: () => done("", "") } });
      setTimeout(() => back.focus());
      return card(text("entry_dead_link"), h("p", { class: "problem", text: why2, attrs: { role: "alert" } }), back);
    }
    const [nameField, nameInput] = field("name", text("entry_name"), { autocomplete: "username", maxlength: "64", pattern: "[A-Za-z0-9._\\-]+" });
    const [passwordField, passwordInput] = field("password", text("entry_password"), {
      type: "password",
      autocomplete: "new-password",
      minlength: "12",
      maxlength: "256",
      "aria-describedby": "password-hint"
    });
    const [againField, againInput] = field("again", text("entry_again"), { type: "password", autocomplete: "new-password", maxlength: "256" });
    nameInput.value = fixed ?? "";
    nameInput.readOnly = fixed !== null;
    const submit = async () => {
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
          againField
        ],
        submit
      )
    );
    setTimeout(() => (fixed === null ? nameInput : passwordInput).focus());
    return view;
  }

  // src/ask.ts
  function ask2(asking, path2, body) {
    return tried(asking, () => {
      if (body === null) return get(path2);
      return body instanceof Blob ? send(path2, body, asking.csrf()) : post(path2, body, asking.csrf());
    });
  }
  function askForFile(asking, path2, body) {
    return tried(asking, () => postForFile(path2, body, asking.csrf()));
  }
  async function tried(asking, request) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code !== "not_logged_in") return error;
      asking.loggedOut();
      return null;
    }
  }
  function refusalElement(of) {
    return h("div", { class: "refusal", attrs: { role: "alert" } }, icon("notice"), h("div", {}, h("strong", { text: text("not_done") }), h("p", { text: `${capital(of.message)}.` })));
  }

  // src/dialog.ts
  function closeButton(dialog, code) {
    return h("button", { attrs: { type: "button" }, on: { click: () => dialog.close() } }, text(code), h("kbd", { text: "Esc" }));
  }

  // src/enrolling.ts
  var NAME = "[A-Za-z0-9._\\-]+";
  var NewBoxDialog = class {
    constructor(parent, asking, done) {
      this.asking = asking;
      this.done = done;
      this.dialog.addEventListener("close", () => this.dialog.replaceChildren());
      parent.append(this.dialog);
    }
    asking;
    done;
    dialog = h("dialog", { class: "entry-dialog", attrs: { "aria-label": text("new_box_title") } });
    open() {
      const name = h("input", { attrs: { id: "box-name", required: true, maxlength: 64, pattern: NAME, autocapitalize: "none", spellcheck: "false", autocomplete: "off", "aria-describedby": "box-name-hint" } });
      const problem2 = h("div", {});
      const submit = (event) => {
        event.preventDefault();
        void this.make(name.value, problem2);
      };
      this.dialog.replaceChildren(
        h("h2", { text: text("new_box_title") }),
        h(
          "form",
          { on: { submit } },
          h("label", { text: text("new_box_name"), attrs: { for: "box-name" } }),
          name,
          h("p", { class: "faint small", text: text("new_box_hint"), attrs: { id: "box-name-hint" } }),
          problem2,
          h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"), h("button", { class: "primary", text: text("make_token"), attrs: { type: "submit" } }))
        )
      );
      this.dialog.showModal();
      name.focus();
    }
    async make(name, problem2) {
      const token = await ask2(this.asking, "/api/boxes/token", { box: name });
      if (token === null) return;
      if (token instanceof Refusal) return problem2.replaceChildren(refusalElement(token));
      this.show(token);
      this.done();
    }
    show(of) {
      const shown = h("textarea", { attrs: { id: "box-token", readonly: true, spellcheck: "false" } });
      shown.value = of.token;
      const said2 = h("p", { class: "faint small", attrs: { role: "status" } });
      const copy2 = async () => {
        const isCopied = await navigator.clipboard.writeText(of.token).then(
          () => true,
          () => false
        );
        said2.textContent = text(isCopied ? "token_copied" : "token_not_copied");
        if (!isCopied) shown.select();
      };
      const button = h("button", { class: "primary", text: text("token_copy"), attrs: { type: "button" }, on: { click: () => void copy2() } });
      this.dialog.replaceChildren(
        h("h2", { text: text("token_title", { box: of.box }) }),
        h("form", {}, h("p", { text: text("token_words", { minutes: of.minutes }) }), h("label", { text: text("token_label"), attrs: { for: "box-token" } }), shown, h("code", { text: text("token_do") }), said2),
        h("div", { class: "buttons" }, button, closeButton(this.dialog, "close"))
      );
      button.focus();
    }
  };
  var RevokeDialog = class {
    constructor(parent, asking, done) {
      this.asking = asking;
      this.done = done;
      parent.append(this.dialog);
    }
    asking;
    done;
    dialog = h("dialog", { class: "entry-dialog" });
    open(of) {
      const title = text("revoke_title", { box: of.box });
      const typed = h("input", { attrs: { id: "revoke-name", required: true, maxlength: 64, autocapitalize: "none", spellcheck: "false", autocomplete: "off" } });
      const revoke = h("button", { class: "danger", text: text("revoke_do"), attrs: { type: "submit", disabled: true } });
      typed.addEventListener("input", () => revoke.disabled = typed.value.trim() !== of.box);
      const problem2 = h("div", {});
      const submit = (event) => {
        event.preventDefault();
        if (!revoke.disabled) void this.revoke(of, typed.value, problem2);
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
          problem2,
          h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"), revoke)
        )
      );
      this.dialog.showModal();
      typed.focus();
    }
    async revoke(of, confirmation, problem2) {
      const done = await ask2(this.asking, "/api/boxes/revoke", { box: of.box, confirmation });
      if (done === null) return;
      if (done instanceof Refusal) return problem2.replaceChildren(refusalElement(done));
      this.dialog.close();
      speak(text("revoked_said", { box: of.box }));
      this.done();
    }
  };

  // src/machine.ts
  var GIB = 1073741824;
  var HOUR_SECS = 3600;
  var DAY_HOURS = 24;
  function diskFact(of) {
    const gib = (bytes) => (bytes / GIB).toFixed(bytes < 100 * GIB ? 1 : 0);
    const words2 = text("disk_free", { free: gib(of.free_bytes), total: gib(of.total_bytes) });
    if (of.room === "full") return { words: `${words2}: ${text("disk_full")}`, isBad: true };
    if (of.room === "low") return { words: `${words2}: ${text("disk_low")}`, isBad: true };
    return { words: words2, isBad: false };
  }
  function clockFact(of) {
    if (!of.is_trusted) return { words: text("clock_untrusted", { reason: of.reason }), isBad: true };
    if (of.ahead_ms === null) return { words: text("clock_unmeasured"), isBad: false };
    if (!of.is_off) return { words: text("clock_right"), isBad: false };
    const secs = (Math.abs(of.ahead_ms) / 1e3).toFixed(1);
    return { words: text(of.ahead_ms > 0 ? "clock_ahead" : "clock_behind", { secs }), isBad: true };
  }
  function uptimeWords(secs) {
    const hours = Math.floor(secs / HOUR_SECS);
    if (hours < 1) return text("uptime_minutes", { minutes: Math.floor(secs / 60) });
    return hours < 2 * DAY_HOURS ? text("uptime_hours", { hours }) : text("uptime_days", { days: Math.floor(hours / DAY_HOURS) });
  }
  function suspensionFact(of) {
    const place2 = of.camera === null ? text("suspended_box") : text("suspended_camera", { camera: of.camera });
    if (of.state === "in_force") return { words: place2, isBad: false, shape: "withheld" };
    if (of.state === "waits") return { words: `${place2}; ${text("suspension_waits")}`, isBad: false, shape: "waits" };
    return { words: `${place2}; ${text("suspension_failed", { trouble: of.trouble })}`, isBad: true, shape: "raised" };
  }
  function suspensionWhy(of) {
    if (of.suspended_by === "") return text("suspension_unrecorded", { time: momentText(of.since_unix_ms) });
    return text("suspension_why", { by: of.suspended_by, time: momentText(of.since_unix_ms), reason: of.reason });
  }
  function status({ words: words2, isBad }, shape = isBad ? "raised" : null) {
    return h("div", {}, h("span", { class: `status ${isBad ? "bad" : ""}` }, shape ? icon(shape) : null, words2));
  }
  function machineCell(of, connected) {
    if (of === null) return h("div", { class: "faint", text: text(connected ? "machine_untold" : "machine_never") });
    const told2 = of.is_old ? status({ words: text("machine_old", { time: momentText(of.told_unix_ms) }), isBad: true }) : null;
    return h("div", { class: "machine" }, of.disk && status(diskFact(of.disk)), of.clock && status(clockFact(of.clock)), told2, h("div", { class: "faint small", text: uptimeWords(of.uptime_secs) }));
  }
  function suspensionLines(all) {
    return all.map((one) => {
      const fact2 = suspensionFact(one);
      return h("div", { class: "suspended" }, status(fact2, fact2.shape), h("div", { class: "faint small", text: suspensionWhy(one) }));
    });
  }

  // src/suspending.ts
  var REASON_CHARS = 300;
  var SuspendDialog = class {
    constructor(parent, asking, done) {
      this.asking = asking;
      this.done = done;
      parent.append(this.dialog);
    }
    asking;
    done;
    dialog = h("dialog", { class: "entry-dialog" });
    open(of) {
      const title = text("suspend_title", { box: of.box });
      const reason = h("input", { attrs: { id: "suspend-reason", required: true, maxlength: REASON_CHARS, autocomplete: "off", "aria-describedby": "suspend-hint" } });
      const place2 = h("select", { attrs: { id: "suspend-place" } }, ...this.places(of));
      const problem2 = h("div", {});
      const suspend = h("button", { class: "danger", text: text("suspend_do"), attrs: { type: "submit" } });
      const submit = (event) => {
        event.preventDefault();
        void this.send("/api/boxes/suspend", of, place2.value, reason.value, problem2);
      };
      reason.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && of.suspensions.length > 0) event.preventDefault();
      });
      const resume = (one) => {
        if (reason.reportValidity()) void this.send("/api/boxes/resume", of, one.camera ?? "", reason.value, problem2);
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
          place2.options.length > 0 ? h("label", { text: text("suspend_place"), attrs: { for: "suspend-place" } }) : null,
          place2.options.length > 0 ? place2 : null,
          problem2,
          h(
            "div",
            { class: "buttons" },
            closeButton(this.dialog, "cancel"),
            place2.options.length > 0 ? suspend : null
          )
        )
      );
      this.dialog.showModal();
      reason.focus();
    }
    /** What is not suspended yet. */
    places(of) {
      const isHeld = (camera) => of.suspensions.some((one) => one.camera === camera);
      const option = (value, words2) => h("option", { text: words2, attrs: { value } });
      const cameras2 = (of.machine?.cameras ?? []).filter((camera) => !isHeld(camera));
      return [...isHeld(null) ? [] : [option("", text("suspend_all"))], ...cameras2.map((camera) => option(camera, camera))];
    }
    held(one, resume) {
      const name = text("resume_label", { place: one.camera ?? text("suspend_all") });
      return h(
        "div",
        { class: "held" },
        h("div", {}, h("div", { text: suspensionFact(one).words }), h("div", { class: "faint small", text: suspensionWhy(one) })),
        h("button", { text: text("resume_do"), attrs: { type: "button", "aria-label": name }, on: { click: () => resume(one) } })
      );
    }
    async send(path2, of, camera, reason, problem2) {
      const done = await ask2(this.asking, path2, { box: of.box, camera: camera || null, reason });
      if (done === null) return;
      if (done instanceof Refusal) return problem2.replaceChildren(refusalElement(done));
      this.dialog.close();
      speak(text(path2.endsWith("suspend") ? "suspended_said" : "resumed_said", { place: camera || of.box }));
      this.done();
    }
  };

  // src/table.ts
  function table(caption, heads, lines) {
    const cell = (of, at3) => h("td", { class: heads[at3]?.[1] ?? "" }, of);
    return h(
      "table",
      { class: "facts" },
      h("caption", { class: "unseen", text: caption }),
      h("thead", {}, h("tr", {}, ...heads.map(([words2, name]) => h("th", { class: name, text: words2, attrs: { scope: "col" } })))),
      h("tbody", {}, ...lines.map((line2) => h("tr", { class: line2.class ?? "", attrs: { "data-entry": line2.key, tabindex: -1 } }, ...line2.cells.map(cell))))
    );
  }
  function fact(name, ...value) {
    return h("div", { class: "fact" }, h("dt", { text: name }), h("dd", {}, ...value));
  }
  function two2(first, second) {
    return h("div", {}, h("div", {}, first), second === null || second === "" ? null : h("div", { class: "faint small" }, second));
  }

  // src/focus.ts
  var CONTROLS = "button, input, select, textarea, summary";
  var nameOf = (of) => of.getAttribute("aria-label") ?? of.textContent ?? "";
  function namesake(part, of) {
    return [...part.querySelectorAll(CONTROLS)].find((one) => one.tagName === of.tagName && nameOf(one) === nameOf(of));
  }
  function isFocusLost() {
    const active = document.activeElement;
    return active === null || active === document.body || active.getClientRects().length === 0;
  }

  // src/walk.ts
  var Walk = class {
    constructor(list) {
      this.list = list;
      list.addEventListener("focusin", (event) => {
        const entry = event.target.closest("[data-entry]");
        if (entry) this.choose(entry.dataset["entry"]);
      });
    }
    list;
    current = "";
    /** Draws the entries anew: whoever was at one, or at a control of it, still is. */
    redraw(draw) {
      const active = document.activeElement;
      const held = active !== null && active !== this.list && this.list.contains(active) ? active : null;
      draw();
      this.choose(this.current);
      if (!(held instanceof HTMLElement)) return;
      const entry = this.entries().find((one) => one.tabIndex === 0);
      const control = entry === void 0 ? void 0 : namesake(entry, held);
      (held.isConnected ? held : control ?? entry ?? this.list).focus({ preventScroll: true });
    }
    /** Whether the press was for the entries. */
    key(event) {
      const to = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -Infinity, End: Infinity }[event.key];
      if (to === void 0) return false;
      const entries2 = this.entries();
      const at3 = entries2.findIndex((one) => one.contains(document.activeElement));
      const next = entries2[at3 < 0 ? 0 : Math.min(Math.max(at3 + to, 0), entries2.length - 1)];
      event.preventDefault();
      next?.focus({ preventScroll: true });
      next?.scrollIntoView({ block: "nearest" });
      return true;
    }
    entries() {
      return [...this.list.querySelectorAll("[data-entry]")];
    }
    choose(name) {
      const entries2 = this.entries();
      const chosen = entries2.find((one) => one.dataset["entry"] === name) ?? entries2[0];
      for (const one of entries2) one.tabIndex = one === chosen ? 0 : -1;
      if (chosen) this.current = chosen.dataset["entry"];
    }
  };

  // src/boxes.ts
  var DAY_MS = 864e5;
  var SOON_DAYS = 30;
  var BoxesPage = class {
    constructor(isAdministrator, asking) {
      this.asking = asking;
      this.newBox = h("button", { class: "primary", text: text("new_box"), attrs: { type: "button", hidden: !isAdministrator }, on: { click: () => this.enrolling.open() } });
      const again = h("button", { text: text("read_again"), attrs: { type: "button" }, on: { click: () => void this.read() } });
      this.element = h(
        "main",
        { class: "page" },
        h("h1", { class: "unseen", text: text("page_boxes"), attrs: { tabindex: -1 } }),
        h("div", { class: "tools" }, this.newBox, h("span", { class: "spring" }), this.asOf, again),
        this.scroll
      );
      const done = () => void this.read();
      this.enrolling = new NewBoxDialog(this.element, asking, done);
      this.revoking = new RevokeDialog(this.element, asking, done);
      this.suspending = new SuspendDialog(this.element, asking, done);
    }
    asking;
    element;
    scroll = h("div", { class: "page-scroll boxes", attrs: { tabindex: -1 } });
    asOf = h("span", { class: "faint small" });
    newBox;
    walk = new Walk(this.scroll);
    enrolling;
    revoking;
    suspending;
    isRead = false;
    key(event) {
      return this.walk.key(event);
    }
    /** Reads when a person turns to the page for the first time. */
    draw() {
      if (this.isRead) return;
      this.isRead = true;
      void this.read();
    }
    async read() {
      const told2 = await ask2(this.asking, "/api/boxes", null);
      if (told2 === null) return;
      if (told2 instanceof Refusal) return this.scroll.replaceChildren(refusalElement(told2));
      this.newBox.disabled = !told2.enrols;
      this.asOf.replaceChildren(...textParts("as_of", { time: momentElement(told2.hub_unix_ms) }));
      this.walk.redraw(() => this.scroll.replaceChildren(this.section(told2)));
    }
    section(told2) {
      const heads = [
        [text("head_box"), ""],
        [text("box_program"), ""],
        [text("box_certificate"), ""],
        [text("box_policy"), ""],
        [text("box_machine"), ""],
        [text("box_models"), ""],
        ...told2.is_administrator ? [[text("box_actions"), ""]] : []
      ];
      const actions = { revoke: (of) => this.revoking.open(of), suspend: (of) => this.suspending.open(of) };
      const lines = told2.boxes.map((one) => boxLine(one, told2, actions));
      return h(
        "section",
        {},
        h("h2", { text: text("boxes_of") }),
        told2.is_administrator && !told2.enrols ? h("p", { class: "bad", text: text("boxes_enrol_off") }) : null,
        lines.length > 0 ? table(text("boxes_of"), heads, lines) : h("p", { class: "faint", text: text("boxes_none") }),
        h("p", { class: "faint small", text: text("boxes_told") })
      );
    }
  };
  function certificateWords(of, nowUnixMs) {
    if (of.is_revoked) return { words: text("certificate_revoked"), isBad: true };
    if (of.certificate_ends_unix_ms === null) return { words: text("certificate_untold"), isBad: false };
    const days = Math.floor((of.certificate_ends_unix_ms - nowUnixMs) / DAY_MS);
    if (of.certificate_ends_unix_ms <= nowUnixMs) return { words: text("certificate_over"), isBad: true };
    return { words: text("certificate_left", { days }), isBad: days < SOON_DAYS };
  }
  function connection(of) {
    if (of.connected) return h("span", { class: "status good" }, icon("box"), text("connected"));
    const since = of.last_seen_unix_ms === null ? text("box_never") : h("span", {}, `${text("last_heard")} `, momentElement(of.last_seen_unix_ms));
    return h("span", { class: "status bad" }, icon("away"), text("away"), " · ", since);
  }
  function certificate(of, nowUnixMs) {
    const { words: words2, isBad } = certificateWords(of, nowUnixMs);
    const until = of.certificate_ends_unix_ms === null ? "" : text("certificate_until", { day: dayText(of.certificate_ends_unix_ms) });
    const token = of.token_until_unix_ms === null ? "" : text("token_waits", { time: momentText(of.token_until_unix_ms) });
    return two2(h("span", { class: `status ${isBad ? "bad" : ""}` }, isBad ? icon("raised") : null, words2), [until, token].filter(Boolean).join(" · "));
  }
  function policy(of) {
    if (of.policy_version === null && of.expected_version === null && !of.drifts) return text("policy_none");
    const version = of.policy_version === null ? text("version_unknown") : text("version", { version: of.policy_version });
    if (!of.drifts) return two2(version, h("span", { class: "status good" }, icon("confirmed"), text("no_drift")));
    const drift = of.expected_version === null ? text("drift_unknown") : text("drift", { version: of.expected_version });
    const refusal2 = of.receipt === "refused" ? `; ${text("refused_policy", { reason: of.reason })}` : "";
    return two2(version, h("span", { class: "status bad" }, icon("raised"), drift + refusal2));
  }
  function models(of) {
    const told2 = of.machine?.models ?? [];
    const title = told2.length > 0 ? told2.map((one) => `${one.name} (${one.task}) ${one.digest}`) : of.model_digests;
    const names2 = told2.map((one) => one.name).join(", ");
    return two2(h("span", { text: text("box_counts", { cameras: of.cameras, models: Math.max(told2.length, of.model_digests.length) }), attrs: { title: title.join("\n") } }), names2);
  }
  function actionsCell(of, { revoke, suspend }) {
    const button = (name, code, title, act) => h("button", { class: name, text: text(code), attrs: { type: "button", "aria-label": text(title, { box: of.box }) }, on: { click: () => act(of) } });
    return h(
      "div",
      { class: "box-actions" },
      button("", "suspend", "suspend_title", suspend),
      of.is_revoked ? null : button("danger", "revoke", "revoke_title", revoke)
    );
  }
  function boxLine(of, told2, actions) {
    return {
      key: of.box,
      cells: [
        h("div", {}, two2(h("b", { text: of.box }), connection(of)), ...suspensionLines(of.suspensions)),
        of.version || text("version_none"),
        certificate(of, told2.hub_unix_ms),
        policy(of),
        machineCell(of.machine, of.connected),
        models(of),
        ...told2.is_administrator ? [actionsCell(of, actions)] : []
      ]
    };
  }

  // src/choice.ts
  var ChoiceDialog = class {
    dialog = h("dialog", { class: "choice" });
    question = null;
    constructor(parent) {
      parent.append(this.dialog);
      this.dialog.addEventListener("keydown", (event) => this.onKey(event));
      this.dialog.addEventListener("close", () => this.dialog.open || this.dialog.replaceChildren());
    }
    ask(question) {
      if (this.dialog.open) return;
      this.question = question;
      const answers = question.answers.map(
        ([code, words2], index) => h(
          "li",
          {},
          h(
            "button",
            { attrs: { type: "button", "aria-keyshortcuts": String(index + 1) }, on: { click: () => this.choose(code) } },
            h("kbd", { text: String(index + 1) }),
            h("span", { text: words2 })
          )
        )
      );
      this.dialog.setAttribute("aria-label", question.title);
      this.dialog.replaceChildren(
        h("h2", { text: question.title }),
        h("p", { class: "faint", text: question.about }),
        h("p", { class: "ask small", text: text(question.byNumber === "answers" ? "choose" : "choose_confirm") }),
        h("ol", { class: "answers" }, ...answers),
        h("p", { class: "faint small", text: question.note }),
        h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"))
      );
      this.dialog.showModal();
      this.buttons()[0]?.focus();
    }
    get isOpen() {
      return this.dialog.open;
    }
    close() {
      this.dialog.close();
    }
    onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^([1-9]|Enter)$/.test(event.key) && event.repeat) return event.preventDefault();
      const number = Number(event.key) - 1;
      const answer = this.question?.answers[number];
      if (answer) {
        event.preventDefault();
        event.stopPropagation();
        return this.question?.byNumber === "answers" ? this.choose(answer[0]) : this.buttons()[number]?.focus();
      }
      const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (by === 0) return;
      event.preventDefault();
      const buttons = this.buttons();
      const at3 = buttons.findIndex((one) => one === document.activeElement);
      buttons[Math.min(Math.max(at3 + by, 0), buttons.length - 1)]?.focus();
    }
    buttons() {
      return [...this.dialog.querySelectorAll(".answers button")];
    }
    choose(code) {
      const question = this.question;
      this.close();
      question?.chosen(code);
    }
  };

  // src/fleet.ts
  function share(secs) {
    const total = Object.values(secs).reduce((sum, one) => sum + one, 0);
    const others = Object.entries(secs).filter(([state2, s2]) => state2 !== "analysed" && s2 > 0).sort((a, b) => b[1] - a[1]);
    return { analysed: total > 0 ? (secs["analysed"] ?? 0) / total : 0, others, total };
  }
  function missingStills(of) {
    const reasons = Object.entries(of.day_stills_withheld).filter(([, alerts2]) => alerts2 > 0).sort((a, b) => b[1] - a[1]);
    if (reasons.length === 0) return null;
    const alerts = reasons.reduce((sum, [, one]) => sum + one, 0);
    return {
      alerts: text(alerts === 1 ? "missing_stills_one" : "missing_stills_many", { count: alerts }),
      reasons: reasons.map(([reason, one]) => text("missing_still_reason", { count: one, why: word("withheld", reason) }))
    };
  }
  function percent(fraction) {
    const whole2 = Math.floor(fraction * 100 + 1e-9);
    return fraction > 0 && whole2 === 0 ? text("under_one_percent") : `${whole2} %`;
  }
  function bar(of, label) {
    return h("div", { class: "bar", attrs: { role: "img", "aria-label": label, title: label } }, barDrawing(s("rect", { width: of.analysed * 100, height: 4 })));
  }
  function cameraElement(of, box, told2) {
    const day2 = share(of.day_secs_by_state);
    const label = text("camera_label", { camera: of.camera, share: percent(day2.analysed), time: duration(day2.total) });
    const state2 = !box.connected ? text("not_reporting") : told2 && told2 !== "analysed" ? word("coverage", told2).replace(/^the camera is /, "") : "";
    const worst = day2.others[0];
    const missing = missingStills(of);
    return h(
      "li",
      { class: "camera" },
      h("div", { class: "row" }, h("span", { class: "name", text: of.camera }), h("span", { class: "number", text: percent(day2.analysed) })),
      bar(day2, label),
      state2 ? h("div", { class: "camera-state" }, icon("camera"), h("span", { text: capital(state2) })) : null,
      worst ? h("div", {
        class: "faint small",
        text: day2.others.slice(0, 2).map(([name, secs]) => `${stateWord(name)} ${duration(secs)}`).join(" · "),
        attrs: { title: day2.others.map(([name, secs]) => `${duration(secs)}: ${word("coverage", name)}`).join("\n") }
      }) : null,
      missing ? h("div", { class: "faint small", text: missing.alerts, attrs: { title: missing.reasons.join("\n") } }) : null
    );
  }
  function stateWord(state2) {
    return state2.replaceAll("_", " ");
  }
  function accountElement(box) {
    const { missing, lost, expired, withheld } = box.numbers;
    const parts = [
      [missing, "missing", true],
      [lost, "lost", true],
      [expired, "expired", false],
      [withheld, "withheld", false]
    ];
    const shown = parts.filter(([count2]) => count2 > 0);
    if (shown.length === 0) return null;
    const title = text("account_title");
    return h(
      "div",
      { class: "account small", attrs: { title } },
      ...shown.map(([count2, name, bad]) => h("span", { class: bad ? "bad" : "faint", text: text(`count_${name}`, { count: count2 }) }))
    );
  }
  function boxElement(box, states) {
    const status2 = box.connected ? h("span", { class: "status good" }, icon("box"), text("connected")) : h("span", { class: "status bad" }, icon("away"), text("away"));
    return h(
      "section",
      { class: `box ${box.connected ? "" : "away"}`, attrs: { "aria-label": text("box_label", { box: box.box, state: text(box.connected ? "connected_word" : "away_word") }) } },
      h("div", { class: "row" }, h("h3", { text: box.box, attrs: { title: box.version } }), status2),
      box.connected ? null : h(
        "div",
        { class: "small away-since" },
        box.last_seen_unix_ms === null ? text("never_seen") : h("span", {}, `${text("last_heard")} `, momentElement(box.last_seen_unix_ms))
      ),
      accountElement(box),
      box.cameras.length > 0 ? h("ul", {}, ...box.cameras.map((camera) => cameraElement(camera, box, states.get(`${box.box}/${camera.camera}`)))) : h("div", { class: "faint small", text: text("no_coverage") })
    );
  }
  function fleetElement(fleet, states) {
    return h(
      "aside",
      { class: "fleet", attrs: { "aria-label": text("boxes_label") } },
      h(
        "h2",
        { attrs: { title: text("boxes_title") } },
        text("boxes"),
        h("span", { class: "faint small", text: text("boxes_share") })
      ),
      ...fleet.boxes.length > 0 ? fleet.boxes.map((box) => boxElement(box, states)) : [h("p", { class: "faint small", text: text("boxes_none") })]
    );
  }

  // src/coverage.ts
  var HOUR_SECS2 = 3600;
  var STRIP_HOURS = 24;
  var ENOUGH = 0.9;
  var LATE_SECS = 300;
  var INTENDED = /* @__PURE__ */ new Set(["analysed", "paused", "out_of_schedule"]);
  var LEVELS = ["low", "busy", "dense", "critical"];
  var DOUBTS = /* @__PURE__ */ new Set(["people_too_small", "too_dense", "too_dark", "camera_moved", "still_learning", "camera_lost"]);
  var SUM = (hours) => {
    const sums = {};
    for (const { secs_by_state } of hours) for (const [state2, secs] of Object.entries(secs_by_state)) sums[state2] = (sums[state2] ?? 0) + secs;
    return sums;
  };
  function toldByCamera(model) {
    const told2 = /* @__PURE__ */ new Map();
    for (const item of [...model.items].reverse()) {
      if (item.type !== "alert") continue;
      for (const { event } of item.history) {
        if (event.camera === null) continue;
        const key = `${item.box}/${event.camera}`;
        const all = told2.get(key) ?? [];
        all.push({ event, time: event.time });
        told2.set(key, all);
      }
    }
    for (const all of told2.values()) all.sort((a, b) => (a.time?.unix_ms ?? 0) - (b.time?.unix_ms ?? 0));
    return told2;
  }
  function blindTimes(told2) {
    const found = [];
    for (const { event, time } of told2) {
      if (event.body.type !== "camera_health" || time === null) continue;
      const last = found[found.length - 1];
      if (last && last.to === null) {
        if (last.state === event.body.state) continue;
        last.to = time;
      }
      if (event.body.state !== "analysed") found.push({ state: event.body.state, from: time, to: null });
    }
    return found.reverse();
  }
  function valueOf(event) {
    if (event.body.type !== "crowd_density") return null;
    const rank = LEVELS.indexOf(event.body.level ?? "");
    return event.body.persons?.at_least ?? (rank < 0 ? null : rank);
  }
  function trendOf(values) {
    const [before, last] = values.slice(-2);
    if (before === void 0 || last === void 0) return null;
    return last > before ? "rising" : last < before ? "falling" : "steady";
  }
  function zonesOf(told2) {
    const zones = /* @__PURE__ */ new Map();
    for (const one of told2) {
      const { zone, kind: kind2 } = one.event;
      if (zone === null || kind2 !== "crowd_density") continue;
      zones.set(zone, [...zones.get(zone) ?? [], one]);
    }
    return [...zones].map(([zone, all]) => {
      const course = all.flatMap(({ event, time }) => {
        const value = valueOf(event);
        return value === null || time === null ? [] : [{ unix_ms: time.unix_ms, value }];
      });
      const last = all[all.length - 1];
      return { zone, event: last.event, time: last.time, trend: trendOf(course.map(({ value }) => value)), course };
    });
  }
  function rulesOf(told2) {
    const rules = /* @__PURE__ */ new Map();
    for (const { event, time } of told2) {
      if (event.kind === "camera_health" || event.validity === null) continue;
      const doubts = event.explanation.filter(({ code }) => DOUBTS.has(code));
      rules.set(`${event.kind}/${event.zone ?? ""}`, { kind: event.kind, zone: event.zone, isValid: event.validity === "valid", time, doubts });
    }
    return [...rules.values()];
  }
  function needsOf(one) {
    const isIntended = one.recent.others.every(([state2]) => INTENDED.has(state2));
    const needs = [
      ["away", !one.isConnected],
      ["state", one.isConnected && one.state !== null && !INTENDED.has(one.state)],
      ["little", one.recent.total > 0 && one.recent.analysed < ENOUGH && !isIntended],
      ["unreported", one.isConnected && one.unreportedSecs > 0],
      ["not_valid", one.rules.some(({ isValid }) => !isValid)]
    ];
    return needs.filter(([, is]) => is).map(([need]) => need);
  }
  function camerasOf(model, nowUnixMs) {
    const told2 = toldByCamera(model);
    const all = model.hours.cameras.map((of) => overview(of, told2.get(`${of.box}/${of.camera}`) ?? [], model, nowUnixMs));
    return all.sort((a, b) => Number(b.needs.length > 0) - Number(a.needs.length > 0) || a.key.localeCompare(b.key));
  }
  function overview(of, told2, model, nowUnixMs) {
    const key = `${of.box}/${of.camera}`;
    const thisHour = Math.floor(nowUnixMs / 1e3 / HOUR_SECS2) * HOUR_SECS2;
    const byHour = new Map(of.hours.map((hour) => [hour.hour_unix_secs, hour]));
    const strip = Array.from({ length: STRIP_HOURS }, (_, at3) => {
      const hour_unix_secs = thisHour - (STRIP_HOURS - 1 - at3) * HOUR_SECS2;
      return { hour_unix_secs, hour: byHour.get(hour_unix_secs) ?? null };
    });
    const since = Math.max(thisHour - HOUR_SECS2, of.hours[0]?.hour_unix_secs ?? 0);
    const recent = share(SUM(of.hours.filter(({ hour_unix_secs }) => hour_unix_secs >= since)));
    const isFirst = since === of.hours[0]?.hour_unix_secs;
    const missing = Math.round(nowUnixMs / 1e3 - since - recent.total);
    const one = {
      key,
      box: of.box,
      camera: of.camera,
      site: [...told2].reverse().find(({ event }) => event.site !== null)?.event.site ?? null,
      isConnected: model.fleet.boxes.find(({ box }) => box === of.box)?.connected ?? false,
      state: model.cameraStates.get(key) ?? null,
      recent,
      recentSinceUnixMs: since * 1e3,
      unreportedSecs: !isFirst && missing > LATE_SECS ? missing : 0,
      blind: blindTimes(told2),
      strip,
      zones: zonesOf(told2),
      rules: rulesOf(told2)
    };
    return { ...one, needs: needsOf(one) };
  }
  function placesOf(all) {
    const sorted2 = (names2) => [...new Set(names2.filter((name) => name !== null))].sort();
    return { sites: sorted2(all.map(({ site }) => site)), boxes: sorted2(all.map(({ box }) => box)) };
  }

  // src/queue.ts
  var RANK = { high: 0, medium: 1, low: 2 };
  var OF_LEVEL = { critical: "high", dense: "medium" };
  function ofBody(body) {
    switch (body.type) {
      case "abandoned_object":
        return "high";
      case "crowd_density":
        return OF_LEVEL[body.level ?? ""] ?? "low";
      case "crowd_movement":
        return body.pattern === "surge" ? "high" : "medium";
      default:
        return null;
    }
  }
  function severity(event) {
    return ofBody(event.body) ?? (event.kind === "abandoned_object" ? "high" : "medium");
  }
  function inOrder(items) {
    const rank = (item) => [
      item.review?.escalated ? 0 : 1,
      isOpen(item) ? 0 : 1,
      RANK[severityOf(item)],
      item.review?.deadline_unix_ms ?? Infinity,
      item.history[0].record.cursor
    ];
    const ranked = items.map((item) => ({ item, rank: rank(item) }));
    ranked.sort((a, b) => {
      const at3 = a.rank.findIndex((one, place2) => one !== b.rank[place2]);
      return at3 < 0 ? 0 : a.rank[at3] - b.rank[at3];
    });
    return ranked.map(({ item }) => item);
  }

  // src/model.ts
  var MOST_ITEMS = 2e3;
  function newest(item) {
    return item.history[item.history.length - 1].event;
  }
  function told(item) {
    return [...item.history].reverse().find(({ event }) => event.body.type !== "none")?.event ?? newest(item);
  }
  function raised(item) {
    return item.history.find(({ event }) => event.still_may_be_asked_for)?.event ?? null;
  }
  function state(item) {
    return newest(item).state;
  }
  function isOpen(item) {
    return item.type === "alert" && newest(item).kind !== "camera_health" && state(item) !== "cleared";
  }
  function raising(item) {
    return item.history.find(({ event }) => event.state === "raised" && event.kind !== "camera_health");
  }
  function hasPlace(item) {
    const of = raising(item)?.event;
    return of !== void 0 && of.kind === "abandoned_object" && of.staged === null;
  }
  function maySuppress(item) {
    const verdict = item.review?.decided?.verdict ?? null;
    return hasPlace(item) && item.review?.may_review === true && verdict !== null && saysNothingIsThere(verdict);
  }
  function isToReview(item) {
    return item.type === "alert" && item.review !== null && item.review.owed && item.review.decided === null && item.review.lapse === null;
  }
  function isWaiting(item) {
    return item.type === "alert" && (isOpen(item) && (item.review?.decided ?? null) === null || isToReview(item));
  }
  function severityOf(item) {
    return severity(told(item));
  }
  var Model = class {
    /** Newest first. */
    items = [];
    fleet = { boxes: [] };
    hours = { cameras: [] };
    /** Places that boxes leave out for a time, the newest first. */
    suppressions = [];
    /** The last state that a camera itself told, by box and camera. */
    cameraStates = /* @__PURE__ */ new Map();
    /** Whether the hub has older records than the first that came here, or some were let go here. */
    hasOlder = false;
    /** What the hub has and does not show, by rule. */
    held = /* @__PURE__ */ new Map();
    byKey = /* @__PURE__ */ new Map();
    highest = /* @__PURE__ */ new Map();
    /** By the id of the event that raised it. */
    byRaising = /* @__PURE__ */ new Map();
    /** Takes a record; gives the item that changed. */
    take(record) {
      if (this.items.length === 0 && record.cursor > 1) this.hasOlder = true;
      this.noticeGap(record);
      return record.end.type === "event" ? this.takeEvent(record, record.end) : this.takeNote(record);
    }
    /** Counts what is not shown. Its numbers are no gaps. */
    holdBack(held) {
      for (const one of held.held) {
        const before = this.held.get(one.rule)?.events ?? 0;
        this.held.set(one.rule, { ...one, events: before + one.events });
      }
      this.highest.clear();
    }
    shown(filter) {
      switch (filter) {
        case "all":
          return this.items.filter((item) => !this.isClosedGap(item));
        case "alerts":
          return this.items.filter((item) => item.type === "alert" && newest(item).kind !== "camera_health");
        case "open":
          return this.items.filter(isOpen);
        case "review":
          return inOrder(this.items.filter(isToReview));
      }
    }
    item(key) {
      return this.byKey.get(key);
    }
    /** Takes where an alert stands; null where the alert is not here. */
    takeReview(review) {
      const item = this.byRaising.get(review.event_id);
      if (item === void 0) return null;
      const [before, waited] = [item.review, isToReview(item)];
      item.review = review;
      const isErased = review.lapse === "erased";
      if (isErased) this.erase(item);
      const isDecidedByAnother = before !== null && before.decided === null && review.decided !== null && review.mine === before.mine;
      return { item, isErased, isDecidedByAnother, hasLeftQueue: waited && !isToReview(item) };
    }
    /** How many are escalated and not decided. */
    escalations() {
      return this.items.filter((item) => isToReview(item) && item.review?.escalated).length;
    }
    toReview() {
      return this.items.filter(isToReview).length;
    }
    waiting() {
      return this.items.filter(isWaiting).length;
    }
    /** In its place stand its numbers, and that they are told no more. */
    erase(item) {
      const notes = item.history.map(({ record }) => {
        const { box, cursor, sequence, stored_unix_ms } = record;
        const detail = "review_deadline";
        return { type: "note", key: `number/${cursor}`, note: "withheld", box, detail, first: sequence, last: sequence, stored_unix_ms };
      });
      notes.reverse();
      this.items.splice(this.items.indexOf(item), 1, ...notes);
      for (const note2 of notes) this.byKey.set(note2.key, note2);
      this.forget(item);
    }
    forget(item) {
      this.byKey.delete(item.key);
      if (item.type !== "alert") return;
      const first = raising(item);
      if (first) this.byRaising.delete(first.event.id);
    }
    openAlerts() {
      return this.items.filter(isOpen).length;
    }
    /** The hub's account says whether numbers are still missing: they may have come late, or been accounted for. */
    isClosedGap(item) {
      if (item.type !== "note" || item.note !== "gap") return false;
      const box = this.fleet.boxes.find((one) => one.box === item.box);
      return box !== void 0 && box.numbers.missing === 0;
    }
    takeEvent(record, event) {
      if (event.body.type === "camera_health" && event.camera !== null) {
        this.cameraStates.set(`${record.box}/${event.camera}`, event.body.state);
      }
      const key = `${record.box}/${event.kind === "camera_health" || event.alert_id === "" ? event.id : event.alert_id}`;
      const known = this.byKey.get(key);
      if (known?.type === "alert") {
        known.history.push({ record, event });
        this.noticeRaising(known);
        return known;
      }
      const item = { type: "alert", key, box: record.box, history: [{ record, event }], review: null };
      this.noticeRaising(item);
      return this.add(item);
    }
    noticeRaising(item) {
      const first = raising(item);
      if (first) this.byRaising.set(first.event.id, item);
    }
    takeNote(record) {
      const end = record.end;
      const note2 = end.type === "event" ? "unknown" : end.type;
      const detail = end.type === "withheld" ? end.rule : end.type === "expired" ? end.key_day : end.type === "lost" ? end.cause : "";
      const top = this.items[0];
      if (top?.type === "note" && top.note === note2 && top.box === record.box && top.detail === detail && note2 !== "lost") {
        top.last = record.sequence;
        top.stored_unix_ms = record.stored_unix_ms;
        return top;
      }
      const [first, last] = [record.sequence, record.sequence];
      const { box, stored_unix_ms } = record;
      return this.add({ type: "note", key: `number/${record.cursor}`, note: note2, box, detail, first, last, stored_unix_ms });
    }
    /** Numbers that are jumped over, by box and incarnation, from the first that was seen. */
    noticeGap(record) {
      const line2 = `${record.box}/${record.incarnation}`;
      const highest = this.highest.get(line2);
      this.highest.set(line2, Math.max(record.sequence, highest ?? 0));
      if (highest === void 0 || record.sequence <= highest + 1) return;
      const [first, last] = [highest + 1, record.sequence - 1];
      const { box, stored_unix_ms } = record;
      this.add({ type: "note", key: `gap/${record.cursor}`, note: "gap", box, detail: "", first, last, stored_unix_ms });
    }
    add(item) {
      this.items.unshift(item);
      this.byKey.set(item.key, item);
      if (this.items.length > MOST_ITEMS) this.letOldestGo();
      return item;
    }
    /** Never an alert that is open, or waits for a review. */
    letOldestGo() {
      for (let at3 = this.items.length - 1; at3 > 0; at3--) {
        const item = this.items[at3];
        if (isOpen(item) || isToReview(item)) continue;
        this.items.splice(at3, 1);
        this.forget(item);
        this.hasOlder = true;
        return;
      }
    }
  };

  // src/plan.ts
  var keyOf = (of) => `${of.box}/${of.camera}`;
  var RADIANS = Math.PI / 180;
  var DIRECTIONS = ["up", "up_right", "right", "down_right", "down", "down_left", "left", "up_left"];
  function pointAt(x, y, degrees, distance) {
    return [x + Math.sin(degrees * RADIANS) * distance, y - Math.cos(degrees * RADIANS) * distance];
  }
  function standsAt(of, plan) {
    return { x: of.x_fraction * plan.width_px, y: of.y_fraction * plan.height_px, reach: of.reach_fraction * plan.width_px };
  }
  function conePath(of, plan) {
    const { x, y, reach } = standsAt(of, plan);
    if (of.view_degrees >= 360) return `M${x - reach} ${y}a${reach} ${reach} 0 1 1 ${2 * reach} 0a${reach} ${reach} 0 1 1 ${-2 * reach} 0z`;
    const [from, to] = [-1, 1].map((side) => pointAt(x, y, of.heading_degrees + side * of.view_degrees / 2, reach));
    return `M${x} ${y}L${from.join(" ")}A${reach} ${reach} 0 ${of.view_degrees > 180 ? 1 : 0} 1 ${to.join(" ")}z`;
  }
  function directionWords(degrees) {
    return text(`looks_${DIRECTIONS[Math.round(degrees / 45) % 8]}`);
  }
  function placeWords(of) {
    const percent2 = (fraction) => Math.round(fraction * 100);
    return text("place_words", {
      x: percent2(of.x_fraction),
      y: percent2(of.y_fraction),
      direction: directionWords(of.heading_degrees),
      heading: Math.round(of.heading_degrees),
      view: Math.round(of.view_degrees),
      reach: percent2(of.reach_fraction)
    });
  }
  function pictureOf(plan) {
    return `/api/plans/${plan.plan}/picture?version=${plan.version}`;
  }
  var onPaper = /* @__PURE__ */ new Map();
  var LOOK_PX = 24;
  var BRIGHT = 176;
  async function lookAtPaper(address, image) {
    if (!onPaper.has(address)) {
      const picture = new Image();
      picture.src = address;
      await picture.decode();
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = LOOK_PX;
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context?.drawImage(picture, 0, 0, LOOK_PX, LOOK_PX);
      const pixels = context?.getImageData(0, 0, LOOK_PX, LOOK_PX).data ?? [];
      let sum = 0;
      for (let at3 = 0; at3 < pixels.length; at3 += 4) sum += (pixels[at3] + pixels[at3 + 1] + pixels[at3 + 2]) / 3;
      onPaper.set(address, sum / (LOOK_PX * LOOK_PX) > BRIGHT);
    }
    if (onPaper.get(address)) image.classList.add("paper");
  }
  function sheet(plan, label, role = "img") {
    const address = pictureOf(plan);
    const image = s("image", { href: address, width: plan.width_px, height: plan.height_px, preserveAspectRatio: "none" });
    lookAtPaper(address, image).catch(() => void 0);
    const frame = s("rect", { class: "sheet", width: plan.width_px, height: plan.height_px });
    return s("svg", { class: "plan-drawing", viewBox: `0 0 ${plan.width_px} ${plan.height_px}`, role, "aria-label": label }, frame, image);
  }
  function cameraMark(of, plan, unit, standing3, look) {
    const { x, y } = standsAt(of, plan);
    const isNamed = look !== "faint";
    const [wordX, wordY] = [Math.min(Math.max(x, 40 * unit), plan.width_px - 40 * unit), y + 26 * unit > plan.height_px - 20 * unit ? y - 32 * unit : y + 25 * unit];
    const words2 = (line2, dy, name) => s("text", { x: wordX, y: wordY + dy * unit, class: name, "font-size": (name === "name" ? 12.5 : 11.5) * unit, "stroke-width": 3.5 * unit, "text-anchor": "middle" }, line2);
    return s(
      "g",
      { class: `camera-mark ${look} ${standing3?.look === "bad" ? "bad" : ""}` },
      s("path", { class: "cone", d: conePath(of, plan), "stroke-width": (look === "chosen" ? 2 : 1) * unit }),
      s("circle", { class: "dot", cx: x, cy: y, r: 11 * unit, "stroke-width": 1.5 * unit }),
      shapeIn(standing3?.shape ?? "camera", x, y, unit * 0.85),
      isNamed ? words2(of.camera, 0, "name") : null,
      isNamed && standing3 ? words2(standing3.words, 13, "state-words") : null
    );
  }
  function marksOf(plan, how) {
    const unit = plan.width_px / how.width;
    const isChosen = how.chosen ?? (() => true);
    const inOrder2 = [...plan.cameras].sort((a, b) => Number(isChosen(a)) - Number(isChosen(b)));
    return inOrder2.map((of) => cameraMark(of, plan, unit, how.standing?.(of) ?? null, how.chosen === void 0 ? "plain" : isChosen(of) ? "chosen" : "faint"));
  }
  function planDrawing(plan, label, how) {
    const drawing2 = sheet(plan, label);
    drawing2.append(...marksOf(plan, how));
    return drawing2;
  }

  // src/plan-dialog.ts
  var MOST_BYTES = 8 << 20;
  var TITLE_CHARS = 64;
  var PlanDialog = class {
    constructor(parent, shelf, turnTo) {
      this.shelf = shelf;
      this.turnTo = turnTo;
      parent.append(this.dialog);
      this.dialog.addEventListener("cancel", (event) => this.isWaiting && event.preventDefault());
    }
    shelf;
    turnTo;
    dialog = h("dialog", { class: "entry-dialog" });
    problem = h("div");
    isWaiting = false;
    /** A new one; `sites`: what is offered as its site. */
    add(sites) {
      const [name, site, file] = [titleInput("plan-name", ""), titleInput("plan-site", ""), fileInput(true)];
      site.setAttribute("list", "plan-sites");
      this.show(
        text("plan_new_title"),
        () => void this.upload(file, { name: name.value, site: site.value }),
        [field2(text("plan_name"), name), field2(text("plan_site"), site), h("datalist", { attrs: { id: "plan-sites" } }, ...sites.map((one) => h("option", { attrs: { value: one } }))), field2(text("plan_file"), file), note()],
        [h("button", { class: "primary", text: text("plan_upload"), attrs: { type: "submit" } })]
      );
      name.focus();
    }
    /** Its name, its picture, or its end. */
    change(of) {
      const plan = { ...of };
      const [name, site, file] = [titleInput("plan-name", plan.name), titleInput("plan-site", plan.site), fileInput(false)];
      const save2 = () => void this.save(plan, { name: name.value, site: site.value }, file);
      this.show(
        text("plan_change_title", { plan: plan.name }),
        save2,
        [field2(text("plan_name"), name), field2(text("plan_site"), site), field2(text("plan_file_other"), file), note()],
        [h("button", { class: "danger", text: text("plan_remove"), attrs: { type: "button" }, on: { click: () => this.confirmRemoval(plan) } }), h("span", { class: "spring" }), h("button", { class: "primary", text: text("save"), attrs: { type: "submit" } })]
      );
      name.focus();
    }
    confirmRemoval(plan) {
      const button = h("button", { class: "danger", text: text("plan_remove_do"), attrs: { type: "submit" } });
      this.show(text("plan_remove_title", { plan: plan.name }), () => void this.remove(plan), [h("p", { text: text("plan_remove_words", { count: plan.cameras.length }) })], [button]);
      this.dialog.querySelector(".buttons button")?.focus();
    }
    async upload(input, query) {
      const file = input.files?.[0];
      if (file === void 0) return false;
      if (isTooLong(file)) {
        this.refuseLength();
        return false;
      }
      this.wait(true);
      const told2 = await ask2(this.shelf.asking, `/api/plans/upload?${new URLSearchParams(query).toString()}`, file);
      return this.done(told2, (one) => one.plan);
    }
    async save(plan, title, input) {
      if (isTooLong(input.files?.[0])) return this.refuseLength();
      if (title.name.trim() !== plan.name || title.site.trim() !== plan.site) {
        this.wait(true);
        const told2 = await ask2(this.shelf.asking, "/api/plans/title", { plan: plan.plan, version: plan.version, ...title });
        if (told2 === null || told2 instanceof Refusal) return void this.done(told2, () => plan.plan);
        Object.assign(plan, { name: title.name.trim(), site: title.site.trim(), version: plan.version + 1 });
        void this.shelf.read();
      }
      if (input.files?.[0] !== void 0) return void await this.upload(input, { plan: String(plan.plan), version: String(plan.version) });
      await this.done({}, () => plan.plan);
    }
    refuseLength() {
      this.problem.replaceChildren(refusalElement(new Refusal("invalid", text("plan_too_long"), null)));
    }
    async remove(plan) {
      this.wait(true);
      const told2 = await ask2(this.shelf.asking, "/api/plans/remove", { plan: plan.plan, version: plan.version });
      await this.done(told2, () => 0);
    }
    async done(told2, plan) {
      this.wait(false);
      if (told2 === null) return false;
      if (told2 instanceof Refusal) {
        this.problem.replaceChildren(refusalElement(told2));
        return false;
      }
      this.dialog.close();
      await this.shelf.read();
      this.turnTo(plan(told2));
      return true;
    }
    wait(isWaiting3) {
      this.isWaiting = isWaiting3;
      this.problem.replaceChildren(...isWaiting3 ? [h("p", { class: "waiting", text: text("plan_working"), attrs: { role: "status" } })] : []);
      for (const button of this.dialog.querySelectorAll("button")) button.disabled = isWaiting3;
    }
    show(title, submit, parts, buttons) {
      this.problem.replaceChildren();
      const cancel = closeButton(this.dialog, "cancel");
      const form2 = h("form", {}, ...parts, this.problem, h("div", { class: "buttons" }, ...buttons.length > 1 ? [buttons[0], buttons[1], cancel, ...buttons.slice(2)] : [cancel, ...buttons]));
      form2.addEventListener("submit", (event) => {
        event.preventDefault();
        submit();
      });
      this.dialog.setAttribute("aria-label", title);
      this.dialog.replaceChildren(h("h2", { text: title }), form2);
      if (!this.dialog.open) this.dialog.showModal();
    }
  };
  var isTooLong = (file) => file !== void 0 && file.size > MOST_BYTES;
  function titleInput(id, value) {
    const input = h("input", { attrs: { id, required: true, maxlength: TITLE_CHARS, autocomplete: "off" } });
    input.value = value;
    return input;
  }
  function fileInput(required) {
    return h("input", { attrs: { id: "plan-file", type: "file", accept: "image/png,image/jpeg", required, "aria-describedby": "plan-note" } });
  }
  function field2(words2, input) {
    return h("div", { class: "field" }, h("label", { text: words2, attrs: { for: input.id } }), input);
  }
  function note() {
    return h("p", { class: "faint small", text: text("plan_note"), attrs: { id: "plan-note" } });
  }

  // src/plan-editor.ts
  var WIDTH = 900;
  var MOST_UNDONE = 100;
  var STEP = 0.01;
  var FINE_STEP = 2e-3;
  var DEGREES = 5;
  var AT_FIRST = { x_fraction: 0.5, y_fraction: 0.5, heading_degrees: 0, view_degrees: 70, reach_fraction: 0.15 };
  var FIELDS = [
    { value: "x_fraction", factor: 100, least: 0, most: 100, step: 0.5 },
    { value: "y_fraction", factor: 100, least: 0, most: 100, step: 0.5 },
    { value: "heading_degrees", factor: 1, least: 0, most: 360, step: 1 },
    { value: "view_degrees", factor: 1, least: 5, most: 360, step: 1 },
    { value: "reach_fraction", factor: 100, least: 1, most: 100, step: 0.5 }
  ];
  var round = (value, digits) => Number(value.toFixed(digits));
  var clamp = (value, least, most) => Math.min(Math.max(value, least), most);
  function within(of) {
    return {
      ...of,
      x_fraction: round(clamp(of.x_fraction, 0, 1), 4),
      y_fraction: round(clamp(of.y_fraction, 0, 1), 4),
      heading_degrees: round((of.heading_degrees % 360 + 360) % 360, 1) % 360,
      view_degrees: round(clamp(of.view_degrees, 5, 360), 1),
      reach_fraction: round(clamp(of.reach_fraction, 0.01, 1), 4)
    };
  }
  function pressed(of, event) {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    const view = event.key === "+" ? 1 : event.key === "-" ? -1 : event.ctrlKey ? x : 0;
    if (view !== 0) return within({ ...of, view_degrees: of.view_degrees + view * DEGREES });
    if (x === 0 && y === 0 || event.ctrlKey) return null;
    if (event.shiftKey && x !== 0) return within({ ...of, heading_degrees: of.heading_degrees + x * DEGREES });
    if (event.shiftKey) return within({ ...of, reach_fraction: of.reach_fraction - y * STEP });
    const step = event.altKey ? FINE_STEP : STEP;
    return within({ ...of, x_fraction: of.x_fraction + x * step, y_fraction: of.y_fraction + y * step });
  }
  var PlanEditor = class {
    constructor(plan, known, shelf, ended2) {
      this.plan = plan;
      this.known = known;
      this.shelf = shelf;
      this.ended = ended2;
      this.places = plan.cameras.map((of) => ({ ...of }));
      this.selected = this.places[0] ? keyOf(this.places[0]) : null;
      this.unit = plan.width_px / WIDTH;
      this.drawing = sheet(plan, text("plan_editing", { plan: plan.name }), "group");
      this.drawing.classList.add("editing");
      this.undoButton = h("button", { text: text("undo"), attrs: { type: "button", "aria-keyshortcuts": "Control+Z" }, on: { click: () => this.undo() } });
      this.saveButton = h("button", { class: "primary", text: text("save"), attrs: { type: "button" }, on: { click: () => void this.save() } });
      this.cancelButton = h("button", { text: text("cancel"), attrs: { type: "button" }, on: { click: () => this.ended() } });
      this.tools = [h("strong", { text: text("plan_editing", { plan: plan.name }) }), h("span", { class: "spring" }), this.undoButton, this.cancelButton, this.saveButton];
      this.element = h(
        "div",
        { class: "plan-view" },
        h("div", { class: "plan-sheet" }, this.drawing),
        h("div", { class: "plan-side" }, this.problem, this.numbers, h("h3", { text: text("plan_cameras") }), this.list, keysHelp())
      );
      this.element.addEventListener("keydown", (event) => this.onKey(event));
      this.drawing.addEventListener("pointerdown", (event) => this.grab(event));
      this.drawing.addEventListener("pointermove", (event) => this.drag(event));
      for (const name of ["pointerup", "pointercancel"]) this.drawing.addEventListener(name, () => this.dragged = null);
      this.drawAll();
    }
    plan;
    known;
    shelf;
    ended;
    tools;
    element;
    places;
    before = [];
    selected;
    drawing;
    groups = /* @__PURE__ */ new Map();
    unit;
    list = h("ul", { class: "plan-list" });
    numbers = h("div", { class: "numbers" });
    inputs = /* @__PURE__ */ new Map();
    problem = h("div");
    undoButton;
    saveButton;
    cancelButton;
    dragged = null;
    focus() {
      (this.selected === null ? this.list.querySelector("button") : this.groups.get(this.selected))?.focus();
    }
    /** Presses beside the plan do nothing to what is behind it. */
    key(_event) {
      return true;
    }
    place(key) {
      return this.places.find((of) => keyOf(of) === key);
    }
    change(places) {
      this.before.push(this.places);
      if (this.before.length > MOST_UNDONE) this.before.shift();
      this.places = places;
    }
    put(changed) {
      this.change(this.places.map((of) => keyOf(of) === keyOf(changed) ? changed : of));
      this.drawPlace(changed);
    }
    undo() {
      const places = this.before.pop();
      if (!places) return;
      this.places = places;
      if (!this.place(this.selected)) this.selected = this.places[0] ? keyOf(this.places[0]) : null;
      this.drawAll();
      speak(text("undone"));
    }
    onKey(event) {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
        event.preventDefault();
        return this.undo();
      }
      const key = event.target.closest("[data-camera]")?.dataset["camera"];
      const of = this.place(key ?? null);
      if (of === void 0) return;
      if (event.key === "Delete") {
        event.preventDefault();
        event.stopPropagation();
        return this.lift(of);
      }
      const changed = pressed(of, event);
      if (changed === null) return;
      event.preventDefault();
      event.stopPropagation();
      this.put(changed);
      speak(placeWords(changed));
    }
    at(event) {
      const matrix = this.drawing.getScreenCTM();
      return matrix === null ? { x: 0, y: 0 } : new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    }
    grab(event) {
      const target = event.target;
      const key = target.closest("[data-camera]")?.dataset["camera"];
      if (key === void 0) return;
      event.preventDefault();
      this.select(key);
      this.groups.get(key)?.focus({ preventScroll: true });
      this.dragged = { key, grip: target.closest("[data-grip]")?.dataset["grip"] ?? "place", isBegun: false };
      this.drawing.setPointerCapture(event.pointerId);
    }
    drag(event) {
      const of = this.dragged ? this.place(this.dragged.key) : void 0;
      if (this.dragged === null || of === void 0) return;
      const changed = within(this.dragTo(of, this.dragged.grip, this.at(event)));
      if (!this.dragged.isBegun) this.change(this.places);
      this.dragged.isBegun = true;
      this.places = this.places.map((one) => keyOf(one) === keyOf(of) ? changed : one);
      this.drawPlace(changed);
    }
    dragTo(of, grip, to) {
      if (grip === "place") return { ...of, x_fraction: to.x / this.plan.width_px, y_fraction: to.y / this.plan.height_px };
      const { x, y } = standsAt(of, this.plan);
      const degrees = Math.atan2(to.x - x, y - to.y) * 180 / Math.PI;
      if (grip === "heading") return { ...of, heading_degrees: degrees, reach_fraction: Math.hypot(to.x - x, to.y - y) / this.plan.width_px };
      const off = Math.abs((degrees - of.heading_degrees + 540) % 360 - 180);
      return { ...of, view_degrees: 2 * off };
    }
    select(key) {
      if (key === this.selected) return;
      this.selected = key;
      this.drawAll();
    }
    add(of) {
      const added = { ...of, ...AT_FIRST };
      this.change([...this.places, added]);
      this.selected = keyOf(added);
      this.drawAll();
      this.groups.get(this.selected)?.focus();
    }
    lift(of) {
      this.change(this.places.filter((one) => one !== of));
      this.selected = this.places[0] ? keyOf(this.places[0]) : null;
      this.drawAll();
      this.focus();
    }
    async save() {
      this.saveButton.disabled = this.cancelButton.disabled = true;
      const body = { plan: this.plan.plan, version: this.plan.version, cameras: this.places };
      const done = await ask2(this.shelf.asking, "/api/plans/cameras", body);
      this.saveButton.disabled = this.cancelButton.disabled = false;
      if (done === null) return;
      if (done instanceof Refusal) return this.problem.replaceChildren(refusalElement(done));
      await this.shelf.read();
      speak(text("plan_saved"));
      this.ended();
    }
    drawAll() {
      const keys2 = new Set(this.places.map(keyOf));
      for (const [key, group] of this.groups) {
        if (keys2.has(key)) continue;
        group.remove();
        this.groups.delete(key);
      }
      for (const of of this.places) this.drawMark(of);
      this.drawNumbers();
      this.drawList();
      this.undoButton.disabled = this.before.length === 0;
    }
    drawPlace(of) {
      this.drawMark(of);
      this.fillNumbers(of);
      this.undoButton.disabled = false;
    }
    drawMark(of) {
      const key = keyOf(of);
      const isSelected = key === this.selected;
      let group = this.groups.get(key);
      if (group === void 0) {
        const added = s("g", { "data-camera": key, role: "button", tabindex: 0, "aria-describedby": "plan-keys" });
        added.addEventListener("focus", () => this.select(key));
        this.groups.set(key, group = added);
        this.drawing.append(added);
      }
      group.setAttribute("aria-label", text("camera_placed", { camera: of.camera, box: of.box, words: placeWords(of) }));
      group.setAttribute("aria-pressed", String(isSelected));
      group.replaceChildren(cameraMark(of, this.plan, this.unit, null, isSelected ? "chosen" : "plain"), ...isSelected ? this.grips(of) : []);
    }
    /** What turns and widens the cone of the selected one. */
    grips(of) {
      const { x, y, reach } = standsAt(of, this.plan);
      const grip = (name, [cx, cy]) => s("circle", { class: "grip", "data-grip": name, cx, cy, r: 8 * this.unit, "stroke-width": 2 * this.unit });
      return [grip("view", pointAt(x, y, of.heading_degrees + of.view_degrees / 2, reach)), grip("heading", pointAt(x, y, of.heading_degrees, reach))];
    }
    drawNumbers() {
      const of = this.place(this.selected);
      this.inputs.clear();
      if (of === void 0) return this.numbers.replaceChildren(h("p", { class: "faint", text: text("plan_none_placed") }));
      const fields = FIELDS.map(({ value, factor, least, most, step }) => {
        const input = h("input", { attrs: { type: "number", id: `place-${value}`, min: least, max: most, step }, on: { input: () => this.type(value, factor) } });
        this.inputs.set(value, input);
        return h("div", { class: "number-field" }, h("label", { text: text(`field_${value}`), attrs: { for: `place-${value}` } }), input);
      });
      const lift = h("button", { class: "danger", text: text("plan_lift"), attrs: { type: "button" }, on: { click: () => this.lift(this.place(this.selected) ?? of) } });
      this.numbers.replaceChildren(h("h2", { text: of.camera }), h("p", { class: "faint small", text: of.box }), h("div", { class: "number-fields" }, ...fields), lift);
      this.fillNumbers(of);
    }
    fillNumbers(of) {
      for (const { value, factor } of FIELDS) {
        const input = this.inputs.get(value);
        if (input && input !== document.activeElement) input.value = String(round(of[value] * factor, 1));
      }
    }
    type(value, factor) {
      const of = this.place(this.selected);
      const input = this.inputs.get(value);
      if (of === void 0 || input === void 0 || input.value === "" || !isInRange(input)) return;
      this.put(within({ ...of, [value]: Number(input.value) / factor }));
    }
    drawList() {
      const all = [...this.places, ...this.known.filter((of) => !this.place(keyOf(of)))];
      this.list.replaceChildren(
        ...all.map((of) => {
          const isPlaced = this.place(keyOf(of)) !== void 0;
          const act = isPlaced ? h("button", { text: text("plan_select"), attrs: { type: "button", "aria-pressed": String(keyOf(of) === this.selected), "aria-label": text("plan_select_of", { camera: of.camera, box: of.box }) }, on: { click: () => this.groups.get(keyOf(of))?.focus() } }) : h("button", { attrs: { type: "button", "aria-label": text("plan_put_of", { camera: of.camera, box: of.box }) }, on: { click: () => this.add(of) } }, icon("camera"), text("plan_put"));
          return h("li", {}, h("div", { class: "row" }, h("div", {}, h("div", { class: "zone-name", text: of.camera }), h("div", { class: "faint small", text: of.box })), act));
        })
      );
    }
  };
  function keysHelp() {
    const lines = [
      ["← → ↑ ↓", text("plan_key_move")],
      ["Shift ← →", text("plan_key_turn")],
      ["Shift ↑ ↓", text("plan_key_reach")],
      ["+ -", text("plan_key_view")],
      ["Delete", text("plan_key_lift")],
      ["Ctrl Z", text("plan_key_undo")]
    ];
    return h(
      "details",
      { class: "technical" },
      h("summary", { text: text("plan_keys") }),
      h("table", { class: "help", attrs: { id: "plan-keys" } }, ...lines.map(([keys2, words2]) => h("tr", {}, h("td", {}, ...keys2.split(" ").map((key) => h("kbd", { text: key }))), h("td", { text: words2 }))))
    );
  }

  // src/standing.ts
  function standingOf(of) {
    if (of === void 0) return { shape: "lost", words: text("plan_unreported"), look: "bad" };
    if (!of.isConnected) return { shape: "away", words: text("box_away"), look: "bad" };
    if (of.state === null) return { shape: "camera", words: text("state_untold"), look: "faint" };
    const words2 = capital(word("coverage_short", of.state));
    return of.state === "analysed" ? { shape: "cleared", words: words2, look: "good" } : { shape: "raised", words: words2, look: "bad" };
  }
  function standingElement({ shape, words: words2, look }) {
    return h("span", { class: `status ${look}` }, icon(shape), words2);
  }

  // src/plan-view.ts
  var WIDTH2 = 900;
  var PlanView = class {
    constructor(parent, shelf) {
      this.shelf = shelf;
      this.dialog = new PlanDialog(parent, shelf, (plan) => this.turnTo(plan));
      for (const name of ["focusin", "pointerover"]) this.list.addEventListener(name, (event) => this.choose(event.target.closest("[data-entry]")?.dataset["entry"] ?? null));
      this.list.addEventListener("pointerleave", () => this.choose(null));
    }
    shelf;
    tools = h("div", { class: "tools-part" });
    element = h("div", { class: "plan-view" });
    choice = h("select", { attrs: { "aria-label": text("plan_choice") }, on: { change: () => this.redraw() } });
    list = h("ul", { class: "plan-list", attrs: { "aria-label": text("plan_cameras") } });
    walk = new Walk(this.list);
    dialog;
    editor = null;
    cameras = [];
    drawn = "";
    plans = "";
    marks = s("g", {});
    chosen = null;
    /** Whether the press was for the plan. */
    key(event) {
      return this.editor?.key(event) ?? this.walk.key(event);
    }
    draw(cameras2) {
      this.cameras = cameras2;
      this.shelf.freshen();
      if (this.editor === null) this.redraw();
    }
    plan() {
      return this.shelf.plans.find(({ plan }) => String(plan) === this.choice.value);
    }
    turnTo(plan) {
      this.drawChoice();
      if (this.shelf.plans.some((one) => one.plan === plan)) this.choice.value = String(plan);
      this.redraw();
    }
    redraw() {
      this.drawChoice();
      const plan = this.plan();
      const standings = plan?.cameras.map((of) => this.standing(of)) ?? [];
      const drawn = JSON.stringify([plan, standings, this.shelf.refusal?.message, this.shelf.isAdministrator]);
      if (drawn === this.drawn) return;
      this.drawn = drawn;
      this.drawTools(plan);
      if (this.shelf.refusal) return this.element.replaceChildren(refusalElement(this.shelf.refusal));
      if (plan === void 0) return this.element.replaceChildren(this.nothing());
      const drawing2 = sheet(plan, text("plan_label", { plan: plan.name, site: plan.site, count: plan.cameras.length }));
      this.marks = s("g", {});
      drawing2.append(this.marks);
      this.drawMarks(plan);
      const side = h("div", { class: "plan-side" }, h("h2", { text: plan.name }), h("p", { class: "faint", text: plan.site }), plan.cameras.length > 0 ? this.list : h("p", { class: "faint", text: text("plan_empty") }));
      this.walk.redraw(() => {
        this.list.replaceChildren(...plan.cameras.map((of) => this.entry(of)));
        this.element.replaceChildren(h("div", { class: "plan-sheet" }, drawing2), side);
      });
    }
    drawMarks(plan) {
      const chosen = this.chosen;
      this.marks.replaceChildren(...marksOf(plan, { width: WIDTH2, standing: (of) => this.standing(of), ...chosen === null ? {} : { chosen: (of) => keyOf(of) === chosen } }));
    }
    choose(key) {
      if (key === this.chosen) return;
      this.chosen = key;
      const plan = this.plan();
      if (plan) this.drawMarks(plan);
    }
    standing(of) {
      return standingOf(this.cameras.find(({ key }) => key === keyOf(of)));
    }
    entry(of) {
      return h(
        "li",
        { attrs: { "data-entry": keyOf(of), tabindex: -1 } },
        h("div", { class: "row" }, h("span", { class: "zone-name", text: of.camera }), standingElement(this.standing(of))),
        h("div", { class: "faint small", text: text("plan_looks", { box: of.box, direction: directionWords(of.heading_degrees) }) })
      );
    }
    nothing() {
      const isMine = this.shelf.isAdministrator;
      return h("p", { class: "empty", text: text(isMine ? "plans_none_administrator" : "plans_none") });
    }
    drawChoice() {
      const plans = JSON.stringify(this.shelf.plans.map(({ plan, name, site }) => [plan, name, site]));
      if (plans === this.plans) return;
      this.plans = plans;
      const chosen = this.choice.value;
      this.choice.replaceChildren(...this.shelf.plans.map(({ plan, name, site }) => h("option", { text: text("plan_of", { plan: name, site }), attrs: { value: plan } })));
      this.choice.value = chosen;
      if (this.choice.selectedIndex < 0) this.choice.selectedIndex = 0;
    }
    drawTools(plan) {
      const button = (code, act) => h("button", { text: text(code), attrs: { type: "button" }, on: { click: act } });
      const mine = this.shelf.isAdministrator ? [
        ...plan === void 0 ? [] : [button("plan_place_cameras", () => this.edit(plan)), button("plan_change", () => this.dialog.change(plan))],
        button("plan_new", () => this.dialog.add(this.sites()))
      ] : [];
      this.tools.replaceChildren(...this.shelf.plans.length > 0 ? [this.choice] : [], h("span", { class: "spring" }), ...mine);
    }
    sites() {
      return [.../* @__PURE__ */ new Set([...this.shelf.plans.map(({ site }) => site), ...this.cameras.flatMap(({ site }) => site ?? [])])].sort();
    }
    edit(plan) {
      const known = this.cameras.map(({ box, camera }) => ({ box, camera }));
      this.editor = new PlanEditor(plan, known, this.shelf, () => this.endEdit());
      this.tools.replaceChildren(...this.editor.tools);
      this.element.replaceChildren(this.editor.element);
      this.editor.focus();
    }
    endEdit() {
      this.editor = null;
      this.drawn = "";
      this.redraw();
      this.tools.querySelector("button")?.focus();
    }
  };

  // src/remembered.ts
  function remember(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
    }
  }
  function remembered(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  }

  // src/review.ts
  var HURRY_MS = 6e4;
  var aheadMs = 0;
  function setClock(hubUnixMs) {
    aheadMs = hubUnixMs - Date.now();
  }
  var hubNow = () => Date.now() + aheadMs;
  function decidedWords(of) {
    if (of.verdict === null) return text("decided_untold");
    return of.verdict === "confirmed" ? text("decided_confirmed") : text("decided_rejected", { verdict: word("verdict", of.verdict) });
  }
  function isNoLongerTaken(review) {
    return review.taken !== null && !isTaken(review);
  }
  function isTaken(review) {
    return review.taken !== null && review.taken.until_unix_ms > hubNow();
  }
  function heldByAnother({ review }) {
    if (review === null || review.decided !== null || review.taken === null || review.taken.mine || !isTaken(review)) return null;
    return { role: review.taken.role ?? text("other_role"), untilUnixMs: review.taken.until_unix_ms };
  }
  function decidedByAnotherWords(item) {
    const { verdict, role } = item.review?.decided ?? { verdict: null, role: null };
    const code = verdict === null ? "heard_decided" : verdict === "confirmed" ? "heard_confirmed" : "heard_rejected";
    return text(code, { role: role ?? text("other_role"), alert: alertWords(newest(item)), verdict: word("verdict", verdict ?? "") });
  }
  function standing(item) {
    const review = item.review;
    if (review === null) return null;
    if (review.decided !== null) {
      const words3 = decidedWords(review.decided);
      const isConfirmed = review.decided.verdict === "confirmed";
      return { shape: isConfirmed ? "confirmed" : "rejected", class: "decided", words: words3 };
    }
    if (review.lapse !== null) return { shape: "lapsed", class: "lapsed", words: text("lapsed_short") };
    const parts = [
      review.escalated === null ? "" : text("escalated_short"),
      review.people === 0 ? "" : peopleWords(review),
      isTaken(review) ? takenWords(review) : ""
    ].filter(Boolean);
    const words2 = parts.join(" · ");
    if (review.escalated !== null) return { shape: "escalated", class: "escalated", words: words2 };
    if (words2 !== "") return { shape: "person", class: "looked-at", words: words2 };
    return review.owed ? { shape: "waits", class: "waits", words: text("waits") } : null;
  }
  var peopleWords = (review) => text("people_of", { agree: review.agree, needed: review.needed });
  function takenWords(review) {
    if (review.taken === null) return "";
    return review.taken.mine ? text("taken_mine") : text("taken_other", { role: review.taken.role ?? text("other_role") });
  }
  function spokenStanding(item) {
    const of = standing(item);
    if (of === null) return "";
    const review = item.review;
    const isAsked = review.decided === null && review.needed > 1 && review.people === 0;
    return isAsked ? `${of.words}, ${peopleWords(review)}` : of.words;
  }
  function standingBadge(of) {
    return h("span", { class: `standing ${of.class}` }, icon(of.shape), h("span", { text: of.words }));
  }
  var counting = /* @__PURE__ */ new WeakMap();
  function countdown(item, isShort) {
    if (!isToReview(item) || item.review.deadline_unix_ms === null) return null;
    const bar2 = s("rect", { height: 4 });
    const words2 = h("span", { class: "left" });
    const element = h("div", { class: "countdown", attrs: { role: "timer", "aria-live": "off" } }, h("span", { class: "bar" }, barDrawing(bar2)), h("span", { class: "left-line" }, icon("notice"), words2));
    const one = { item, words: words2, bar: bar2, isShort, element };
    counting.set(element, one);
    count(one);
    return element;
  }
  function countAll(page2) {
    for (const element of page2.querySelectorAll(".countdown")) {
      const one = counting.get(element);
      if (one) count(one);
    }
  }
  function count({ item, words: words2, bar: bar2, isShort, element }) {
    const deadline = item.review?.deadline_unix_ms ?? null;
    if (deadline === null) return;
    const leftMs = Math.max(0, deadline - hubNow());
    const stored = raising(item)?.record.stored_unix_ms ?? 0;
    const wholeMs = Math.max(stored > 0 ? deadline - stored : leftMs, leftMs, 1);
    const time = duration(Math.ceil(leftMs / 1e3));
    words2.textContent = leftMs === 0 ? text("time_over") : text(!isShort && item.review.erases ? "left_erased" : "left", { time });
    bar2.setAttribute("width", String(100 * leftMs / wholeMs));
    element.classList.toggle("hurry", leftMs < HURRY_MS);
  }
  function said(of, code) {
    const verdict = of.verdict === null ? text("not_told") : word("verdict", of.verdict);
    const line2 = text(code, { role: of.role ?? text("other_role"), verdict });
    return h("li", {}, line2, of.unix_ms === null ? null : h("span", { class: "faint", text: ` · ${momentText(of.unix_ms)}` }));
  }
  function sentences(item, review) {
    const counts = { agree: review.agree, needed: review.needed, people: review.people };
    const lines = [];
    if (review.decided !== null) {
      const words2 = decidedWords(review.decided);
      lines.push(review.lapse === null ? words2 : text("decided_late", { words: words2 }));
      if (review.needed > 1) lines.push(text("first_of", counts));
      return lines;
    }
    if (review.lapse !== null) lines.push(text("lapsed_kept"));
    if (review.escalated !== null) lines.push(text("escalated", { reason: word("escalation", review.escalated.reason) }));
    if (isTaken(review)) lines.push(`${takenWords(review)} ${text("taken_until", { time: momentText(review.taken.until_unix_ms) })}`);
    if (review.people > review.agree) lines.push(text("disagree", counts));
    else if (review.people > 0) lines.push(text("another_needed", counts));
    else if (review.needed > 1) lines.push(text("first_of", counts));
    else if (review.lapse === null) lines.push(text(isToReview(item) ? "unreviewed_yet" : "not_owed"));
    return lines;
  }
  function textsElement(item, review, events) {
    const words2 = (of) => of.mine ? text("text_mine") : text("text_other", { role: of.role ?? text("other_role") });
    const lines = review.texts.map((of) => h("li", { class: "row" }, h("span", {}, icon("sealed"), words2(of)), h("button", { text: text("text_open_ask"), attrs: { type: "button", "aria-label": `${words2(of)}: ${text("text_open_ask")}` }, on: { click: () => events.openText(item, of) } })));
    const mayWrite = review.mine !== null && review.may_review;
    if (lines.length === 0 && !mayWrite) return null;
    const write = h("button", { attrs: { type: "button", "aria-keyshortcuts": "W" }, on: { click: () => events.writeText(item) } }, text(review.texts.some(({ mine }) => mine) ? "text_write_again" : "text_write"), h("kbd", { text: "W" }));
    return h("div", { class: "texts" }, lines.length > 0 ? h("ul", {}, ...lines) : null, mayWrite ? write : null);
  }
  function reviewSection(item, events) {
    const review = item.review;
    if (review === null) return null;
    const [first, ...more] = sentences(item, review);
    const badge = standing(item);
    const words2 = [
      ...review.mine === null ? [] : [said({ verdict: review.mine, role: null, unix_ms: null }, "you_said")],
      ...review.others.map((one) => said(one, "other_said"))
    ];
    const action = (code, key, act, name = "") => h("button", { class: name, attrs: { type: "button", "aria-keyshortcuts": key }, on: { click: () => act(item) } }, text(code), h("kbd", { text: key }));
    return h(
      "section",
      { class: "review" },
      h("h3", { text: text("review") }),
      h("p", { class: `review-head ${badge?.class ?? ""}` }, badge ? icon(badge.shape) : null, first ?? ""),
      ...more.map((line2) => h("p", { class: "small", text: line2 })),
      countdown(item, false),
      words2.length > 0 ? h("ul", { class: "why" }, ...words2) : null,
      textsElement(item, review, events),
      review.may_review ? h(
        "div",
        { class: "actions" },
        action("take", "T", events.take),
        action("confirm", "C", events.confirm, review.decided === null ? "primary" : ""),
        action("reject", "R", events.reject),
        action("escalate", "E", events.escalate)
      ) : h("p", { class: "faint small", text: text("may_not") })
    );
  }

  // src/strip.ts
  var [COLUMN, GAP, HEIGHT, FOOT] = [20, 2, 26, 14];
  var TOLD = 0.05;
  var PATTERNS = {
    offline: "M0 0l6 6M6 0L0 6",
    frozen: "M3 0v6M0 3h6",
    dark: "M0 3h6",
    overloaded: "M0 6L6 0",
    paused: "M2 0v6M4 0v6",
    no_policy: "M0 0l6 6",
    out_of_schedule: "M1 1h1M4 4h1",
    untrusted_time: "M0 3q1.5-3 3 0t3 0",
    restarted: "M0 6l3-4 3 4",
    model_failed: "M1 1h4v4h-4z",
    exercise: "M1 1l4 2-4 2z"
  };
  var STATES = ["analysed", ...Object.keys(PATTERNS)];
  function patterns() {
    const all = Object.entries(PATTERNS).map(
      ([state2, d]) => s(
        "pattern",
        { id: `pattern-${state2}`, width: 6, height: 6, patternUnits: "userSpaceOnUse", class: `pattern ${state2}` },
        s("rect", { width: 6, height: 6 }),
        s("path", { d })
      )
    );
    return s("svg", { class: "patterns", width: 0, height: 0, "aria-hidden": "true" }, s("defs", {}, ...all));
  }
  var fill = (state2) => state2 in PATTERNS ? { class: "part", fill: `url(#pattern-${state2})` } : { class: `part ${state2}` };
  function hourWords({ hour }) {
    if (hour === null) return { words: text("unreported_short"), isWhole: true };
    const { others } = share(hour.secs_by_state);
    const [only] = others;
    if (only && only[1] >= HOUR_SECS2) return { words: word("coverage_short", only[0]), isWhole: true };
    return { words: others.map(([state2, secs]) => `${word("coverage_short", state2)} ${duration(secs)}`).join(", "), isWhole: false };
  }
  function stripWords(of) {
    const runs = [];
    for (const one of of) {
      const told3 = hourWords(one);
      const last = runs[runs.length - 1];
      const end = one.hour_unix_secs + HOUR_SECS2;
      if (last && told3.isWhole && last.isWhole && last.words === told3.words) last.to = end;
      else runs.push({ from: one.hour_unix_secs, to: end, ...told3 });
    }
    const told2 = runs.filter(({ words: words2 }) => words2 !== "");
    if (told2.length === 0) return text("strip_all");
    return told2.map(({ from, to, words: words2 }) => text(to - from > HOUR_SECS2 ? "hours_words" : "hour_words", { hour: hourText(from * 1e3), to: hourText(to * 1e3), states: words2 })).join("; ");
  }
  function column(of, at3) {
    const x = at3 * COLUMN;
    const group = s("g", {}, s("rect", { class: "empty-hour", x: x + 0.5, y: 0.5, width: COLUMN - GAP - 1, height: HEIGHT - 1 }));
    if (of.hour === null) return group;
    let top = HEIGHT;
    const { others, total } = share(of.hour.secs_by_state);
    for (const state2 of STATES) {
      const secs = of.hour.secs_by_state[state2] ?? 0;
      const height = secs / Math.max(HOUR_SECS2, total) * HEIGHT;
      if (height <= 0) continue;
      top -= height;
      group.append(s("rect", { ...fill(state2), x, y: top, width: COLUMN - GAP, height }));
    }
    const [worst] = others;
    if (worst && worst[1] > HOUR_SECS2 * TOLD) {
      group.append(s("text", { x: x + (COLUMN - GAP) / 2, y: HEIGHT + FOOT - 3, "text-anchor": "middle" }, word("coverage_letter", worst[0])));
    }
    return group;
  }
  function stripElement(of) {
    const words2 = stripWords(of.strip);
    const [width, height] = [of.strip.length * COLUMN - GAP, HEIGHT + FOOT];
    const drawing2 = s("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...of.strip.map(column));
    const first = of.strip[0].hour_unix_secs * 1e3;
    return h(
      "div",
      { class: "strip" },
      h("div", { class: "strip-drawing", attrs: { role: "img", "aria-label": text("strip_label", { words: words2 }), title: words2 } }, drawing2),
      h("div", { class: "strip-times faint small", attrs: { "aria-hidden": "true" } }, h("span", { text: hourText(first) }), h("span", { text: text("strip_now") }))
    );
  }
  function legend(states) {
    const swatch = (state2) => s("svg", { viewBox: "0 0 16 12", class: "swatch", "aria-hidden": "true" }, s("rect", state2 === "" ? { class: "empty-hour", x: 0.5, y: 0.5, width: 15, height: 11 } : { ...fill(state2), width: 16, height: 12 }));
    const line2 = (state2, letter, words2) => h("li", {}, swatch(state2), letter ? h("b", { text: letter }) : null, words2);
    const lines = STATES.filter((state2) => state2 === "analysed" || states.has(state2)).map(
      (state2) => line2(state2, state2 === "analysed" ? "" : word("coverage_letter", state2), word("coverage_short", state2))
    );
    return h("ul", { class: "legend small", attrs: { "aria-label": text("legend") } }, ...lines, line2("", "", text("unreported_short")));
  }

  // src/suppressions.ts
  var USUAL = 7;
  var MOST = 30;
  var OFFERED = [USUAL, 1, 14, MOST];
  var OTHER = "other";
  var NEVER = "never";
  var daysText = (days) => days === 1 ? text("suppress_day") : text("suppress_days", { days });
  var DaysDialog = class {
    constructor(parent, choices) {
      this.choices = choices;
      this.dialog.addEventListener("close", () => this.dialog.replaceChildren());
      parent.append(this.dialog);
    }
    choices;
    dialog = h("dialog", { class: "choice", attrs: { "aria-label": text("suppress_title") } });
    ask(about, chosen) {
      const answers = [
        [NEVER, text("suppress_never")],
        ...OFFERED.map((days) => [String(days), daysText(days)]),
        [OTHER, text("suppress_other")]
      ];
      this.choices.ask({
        title: text("suppress_title"),
        about,
        note: text("suppress_note"),
        byNumber: "chooses",
        answers,
        chosen: (code) => {
          if (code === OTHER) this.askForNumber(about, chosen);
          else if (code !== NEVER) chosen(Number(code));
        }
      });
    }
    close() {
      this.dialog.close();
    }
    askForNumber(about, chosen) {
      const days = h("input", { attrs: { id: "suppress-count", type: "number", min: 1, max: MOST, step: 1, required: true } });
      days.value = String(USUAL);
      const submit = (event) => {
        event.preventDefault();
        this.close();
        chosen(days.valueAsNumber);
      };
      this.dialog.replaceChildren(
        h("h2", { text: text("suppress_title") }),
        h("p", { class: "faint", text: about }),
        h(
          "form",
          { class: "suppress-form", on: { submit } },
          h("label", { text: text("suppress_count"), attrs: { for: "suppress-count" } }),
          days,
          h("p", { class: "faint small", text: text("suppress_note") }),
          h(
            "div",
            { class: "buttons" },
            closeButton(this.dialog, "suppress_never"),
            h("button", { class: "primary", text: text("suppress_do"), attrs: { type: "submit" } })
          )
        )
      );
      days.addEventListener("keydown", (event) => event.key === "Enter" && event.repeat && event.preventDefault());
      this.dialog.showModal();
      days.focus();
      days.select();
    }
  };
  function isOpen2(of) {
    return ["waiting", "in_force", "lifting"].includes(of.state) && of.until_unix_ms > hubNow();
  }
  function suppressionWords(of) {
    const time = momentText(of.until_unix_ms);
    if (of.state === "refused") return text("suppressed_refused", { state: word("suppression_state", of.state), reason: word("suppression_reason", of.reason) });
    const isOver = of.until_unix_ms <= hubNow();
    if (of.state === "in_force") return isOver ? word("suppression_state", "over") : text("suppressed_until", { time });
    return isOpen2(of) ? `${text("suppressed_then", { time })}: ${word("suppression_state", of.state)}` : word("suppression_state", of.state);
  }
  function groundWords(of) {
    const parts = [
      of.verdict === null ? "" : text("suppressed_why", { verdict: word("verdict", of.verdict) }),
      of.role === null ? "" : text("suppressed_by", { role: of.role }),
      of.ordered_unix_ms === null ? "" : momentText(of.ordered_unix_ms)
    ];
    return parts.filter(Boolean).join(" · ");
  }
  function liftButton(of, lift) {
    if (!isOpen2(of) || of.state === "lifting") return null;
    const label = text("lift_of", { camera: of.camera ?? of.box, time: momentText(of.until_unix_ms) });
    return h("button", { text: text("lift"), attrs: { type: "button", "aria-label": label }, on: { click: () => lift(of) } });
  }
  function suppressionSection(item, all, events) {
    const id = raising(item)?.event.id;
    const newest2 = all.find((one) => one.event_id === id);
    const canAsk = maySuppress(item) && (newest2 === void 0 || !isOpen2(newest2));
    if (newest2 === void 0 && !canAsk) return null;
    return h(
      "section",
      { class: "suppression" },
      h("h3", { text: text("suppress_section") }),
      newest2 === void 0 ? null : h("p", {}, icon(isOpen2(newest2) ? "notice" : "gap"), suppressionWords(newest2)),
      newest2 === void 0 ? null : h("p", { class: "faint small", text: groundWords(newest2) }),
      newest2 === void 0 ? null : liftButton(newest2, events.lift),
      canAsk ? h("button", { attrs: { type: "button", "aria-keyshortcuts": "N" }, on: { click: () => events.suppress(item) } }, text("suppress_button"), h("kbd", { text: "N" })) : null
    );
  }
  function leftOutSection(all, lift) {
    const open = all.filter(isOpen2);
    if (open.length === 0) return null;
    const line2 = (of) => h("li", {}, icon("notice"), h("div", {}, h("div", { text: suppressionWords(of) }), h("div", { class: "faint small", text: groundWords(of) })), liftButton(of, lift));
    return h("section", {}, h("h3", { text: text("places_left_out") }), h("ul", { class: "left-out" }, ...open.map(line2)));
  }

  // src/settings.ts
  var RULES = ["abandoned", "density", "movement"];
  var WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]];
  var BY_DEFAULT = ["abandoned", "density"];
  var LEAST_CORNERS = 3;
  function whole(of) {
    return { ...of, zones: of.zones ?? [], ground_plane: of.ground_plane ?? [] };
  }
  function wholeOf(told2) {
    return { ...told2, current: told2.current && whole(told2.current), changes: told2.changes.map((one) => ({ ...one, settings: whole(one.settings) })) };
  }
  var copy = (of) => structuredClone(of);
  var round2 = (value) => Number(Math.min(Math.max(value, 0), 1).toFixed(4));
  var point = (x, y) => [round2(x), round2(y)];
  var corners = (of) => of.polygon ?? WHOLE;
  function rulesOf2(zone) {
    const written = RULES.filter((rule) => zone[rule] !== void 0);
    return written.length > 0 ? written : BY_DEFAULT;
  }
  function switched(zone, rule) {
    const on = rulesOf2(zone);
    const isOn = on.includes(rule);
    if (isOn && on.length === 1) return null;
    const next = { ...zone };
    for (const one of on) next[one] ??= {};
    if (isOn) delete next[rule];
    else next[rule] = {};
    return next;
  }
  function withValue(zone, rule, name, value) {
    const next = { ...zone };
    for (const one of rulesOf2(zone)) next[one] ??= {};
    const changed = { ...next[rule], [name]: value };
    if (value === null || value === "") delete changed[name];
    next[rule] = changed;
    return next;
  }
  function withCorner(zone, at3) {
    const all = corners(zone);
    const [from, to] = [all[at3], all[(at3 + 1) % all.length]];
    const added = point((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
    return { ...zone, polygon: [...all.slice(0, at3 + 1), added, ...all.slice(at3 + 1)] };
  }
  function withoutCorner(zone, at3) {
    const all = corners(zone);
    return all.length <= LEAST_CORNERS ? null : { ...zone, polygon: all.filter((_, index) => index !== at3) };
  }
  function cornerMoved(zone, at3, to) {
    return { ...zone, polygon: corners(zone).map((one, index) => index === at3 ? to : one) };
  }
  function freeName(zones) {
    for (let number = zones.length + 1; ; number++) {
      const name = `zone-${number}`;
      if (!zones.some(({ id }) => id === name)) return name;
    }
  }
  function problemsAt(problems, path2) {
    return problems.filter((one) => one.path === path2 || one.path.startsWith(`${path2}.`) || one.path.startsWith(`${path2}[`));
  }
  function otherProblems(problems) {
    return problems.filter((one) => !/^(zones|ground_plane)\[\d+\]/.test(one.path));
  }
  var sorted = (_, value) => value !== null && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)) : value;
  var same = (a, b) => JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
  function valueWords(key, value) {
    if (value === void 0) return text("setting_default");
    if (key === "mode" && typeof value === "string") return word("rule_mode", value);
    if (!Array.isArray(value)) return typeof value === "object" ? JSON.stringify(value) : String(value);
    return value.map((one) => one !== null && typeof one === "object" ? levelWords(one) : String(one)).join(", ");
  }
  function levelWords(level) {
    const isDensity = level["from_persons_per_m2"] !== void 0;
    const from = String(level["from_persons_per_m2"] ?? level["from_persons"] ?? "?");
    return text(isDensity ? "level_density" : "level_persons", { name: String(level["name"] ?? "?"), from });
  }
  function ruleDifferences(zone, rule, before, after) {
    const [was, is] = [rulesOf2(before).includes(rule), rulesOf2(after).includes(rule)];
    const name = word("rule_name", rule);
    if (was !== is) return [text(is ? "change_rule_on" : "change_rule_off", { zone, rule: name })];
    if (!is) return [];
    const [old, now] = [before[rule] ?? {}, after[rule] ?? {}];
    const keys2 = [.../* @__PURE__ */ new Set([...Object.keys(old), ...Object.keys(now)])].filter((key) => !same(old[key], now[key]));
    return keys2.map((key) => text("change_value", { zone, rule: name, key: word("setting_name", key), before: valueWords(key, old[key]), after: valueWords(key, now[key]) }));
  }
  function zoneDifferences(before, after) {
    const shape = same(corners(before), corners(after)) ? [] : [text("change_shape", { zone: after.id })];
    return [...shape, ...RULES.flatMap((rule) => ruleDifferences(after.id, rule, before, after))];
  }
  var isNoChange = (before, after) => same(before, after) || before.zones.length === after.zones.length && differences(before, after).length === 0;
  function differences(before, after) {
    const named = (of, id) => of.zones.find((zone) => zone.id === id);
    const ground = same(before.ground_plane, after.ground_plane) ? [] : [text("change_ground", { before: before.ground_plane.length, after: after.ground_plane.length })];
    return [
      ...after.zones.filter(({ id }) => !named(before, id)).map(({ id }) => text("change_new", { zone: id })),
      ...before.zones.filter(({ id }) => !named(after, id)).map(({ id }) => text("change_gone", { zone: id })),
      ...after.zones.flatMap((zone) => {
        const old = named(before, zone.id);
        return old ? zoneDifferences(old, zone) : [];
      }),
      ...ground
    ];
  }

  // src/zone-drawing.ts
  var WIDTH3 = 1600;
  var DASHES = ["", "14 6", "4 5", "18 5 4 5"];
  var at = ([x, y], sheet2) => [x * WIDTH3, y * sheet2.height];
  var path = (points, sheet2) => points.map((one) => at(one, sheet2).join(",")).join(" ");
  function grid(sheet2) {
    const lines = Array.from({ length: 9 }, (_, index) => (index + 1) / 10);
    return s(
      "g",
      { class: "picture-grid", "stroke-width": sheet2.unit },
      ...lines.map((one) => s("line", { x1: one * WIDTH3, x2: one * WIDTH3, y1: 0, y2: sheet2.height })),
      ...lines.map((one) => s("line", { x1: 0, x2: WIDTH3, y1: one * sheet2.height, y2: one * sheet2.height }))
    );
  }
  function middle(points) {
    const sum = points.reduce(([x, y], one) => [x + one[0], y + one[1]], [0, 0]);
    return [sum[0] / points.length, sum[1] / points.length];
  }
  function zoneMark(zone, index, sheet2, isSelected) {
    const points = corners(zone);
    const [x, y] = at(middle(points), sheet2);
    return s(
      "g",
      { class: `zone-mark ${isSelected ? "selected" : ""}` },
      s("polygon", { class: "halo", points: path(points, sheet2), "stroke-width": (isSelected ? 6 : 5) * sheet2.unit }),
      s("polygon", { points: path(points, sheet2), "stroke-width": (isSelected ? 3 : 2) * sheet2.unit, "stroke-dasharray": DASHES[index % DASHES.length].split(" ").filter(Boolean).map((one) => Number(one) * sheet2.unit).join(" ") }),
      s("text", { x, y, "font-size": 14 * sheet2.unit, "stroke-width": 4 * sheet2.unit, "text-anchor": "middle" }, zone.id)
    );
  }
  function groundMark(where, number, sheet2, isSelected) {
    const [x, y] = at(where, sheet2);
    const arm = (isSelected ? 12 : 9) * sheet2.unit;
    return s(
      "g",
      { class: `ground-mark ${isSelected ? "selected" : ""}` },
      s("circle", { cx: x, cy: y, r: 13 * sheet2.unit, class: "reach" }),
      s("path", { d: `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}`, "stroke-width": (isSelected ? 3 : 2) * sheet2.unit }),
      s("text", { x: x + 10 * sheet2.unit, y: y - 8 * sheet2.unit, "font-size": 13 * sheet2.unit, "stroke-width": 3.5 * sheet2.unit }, String(number))
    );
  }
  function planeMark(plane, sheet2) {
    return s(
      "g",
      { class: "plane-mark", "stroke-width": 1.3 * sheet2.unit },
      ...plane.lines.map(([from, to]) => {
        const [[x1, y1], [x2, y2]] = [at(from, sheet2), at(to, sheet2)];
        return s("line", { x1, y1, x2, y2 });
      })
    );
  }
  function settingsDrawing(of, label, width) {
    const sheet2 = { height: WIDTH3 * 9 / 16, unit: WIDTH3 / width };
    const zones = of.zones.length > 0 ? of.zones : [{ id: "frame" }];
    return s(
      "svg",
      { class: "zone-drawing small", viewBox: `0 0 ${WIDTH3} ${sheet2.height}`, role: "img", "aria-label": label },
      s("rect", { class: "sheet", width: WIDTH3, height: sheet2.height }),
      grid(sheet2),
      ...zones.map((zone, index) => zoneMark(zone, index, sheet2, false)),
      ...of.ground_plane.map(({ picture }, index) => groundMark(picture, index + 1, sheet2, false))
    );
  }

  // src/zone-changes.ts
  var WIDTH4 = 300;
  var MOST_DIFFERENCES = 12;
  var SHAPES2 = {
    proposed: "waits",
    approved: "waits",
    offered: "live",
    in_force: "confirmed",
    refused: "rejected",
    rolled_back: "rejected",
    withdrawn: "withheld",
    declined: "rejected",
    superseded: "withheld"
  };
  var WAITING = /* @__PURE__ */ new Set(["proposed", "approved", "offered"]);
  var BAD = /* @__PURE__ */ new Set(["refused", "rolled_back"]);
  function headOf(of) {
    const isBad = BAD.has(of.state) || of.unanswered;
    return h("div", { class: "change-head" }, h("span", { class: `status ${isBad ? "bad" : of.state === "in_force" ? "good" : ""}` }, icon(SHAPES2[of.state]), text(of.unanswered ? "change_unanswered" : `change_is_${of.state}`)), h("span", { class: "faint small", text: text("change_by", { name: of.proposed_by, time: momentText(of.proposed_unix_ms) }) }));
  }
  function pictures(before, after) {
    const figure = (of, words2) => h("figure", {}, settingsDrawing(of, words2, WIDTH4), h("figcaption", { class: "faint small", text: words2 }));
    return h("div", { class: "before-after" }, figure(before, text("change_before")), figure(after, text("change_after")));
  }
  function what(before, of) {
    const all = differences(before, of.settings);
    const shown = all.slice(0, MOST_DIFFERENCES).map((line2) => h("li", { text: line2 }));
    return h("ul", { class: "why small" }, ...all.length === 0 ? [h("li", { text: text("change_none") })] : shown, all.length > MOST_DIFFERENCES ? h("li", { text: text("names_more", { names: "…", count: all.length - MOST_DIFFERENCES }) }) : null);
  }
  function decision(of, told2, acts) {
    const withdraw = h("button", { text: text("change_withdraw"), attrs: { type: "button" }, on: { click: () => acts.withdraw(of) } });
    if ((of.state === "approved" || of.state === "offered" && of.unanswered) && told2.may_approve) return h("div", { class: "row-buttons" }, withdraw);
    if (of.state !== "proposed") return null;
    if (!told2.may_approve) return h("p", { class: "faint small", text: text("change_not_yours") });
    if (acts.isMine(of)) return h("div", {}, h("p", { class: "faint small", text: text("change_own") }), h("div", { class: "row-buttons" }, withdraw));
    const id = `reason-${of.id}`;
    const reason = h("input", { attrs: { id, maxlength: 300, autocomplete: "off" } });
    return h(
      "div",
      { class: "decision" },
      h("label", { text: text("change_reason"), attrs: { for: id } }),
      reason,
      h(
        "div",
        { class: "row-buttons" },
        h("button", { class: "primary", text: text("change_approve"), attrs: { type: "button" }, on: { click: () => acts.decide(of, true, reason.value) } }),
        h("button", { text: text("change_decline"), attrs: { type: "button" }, on: { click: () => reason.value.trim() === "" ? reason.focus() : acts.decide(of, false, reason.value) } }),
        withdraw
      )
    );
  }
  var isWaiting2 = (of) => WAITING.has(of.state);
  function changeElement(of, told2, acts) {
    const by = of.decided_by === null ? null : text("change_decided", { name: of.decided_by, time: of.decided_unix_ms === null ? "" : momentText(of.decided_unix_ms) });
    const reason = of.reason ? text("change_because", { reason: of.reason }) : "";
    return h(
      "li",
      { class: `change ${isWaiting2(of) ? "waiting-change" : ""}` },
      headOf(of),
      h("p", { class: "note-text", text: of.note }),
      by === null && reason === "" ? null : h("p", { class: "small", text: [by, reason].filter(Boolean).join(": ") }),
      of.problems.length > 0 ? h("ul", { class: "why small" }, ...of.problems.map((one) => h("li", { text: one.path === "" ? one.text : `${one.path}: ${one.text}` }))) : null,
      isWaiting2(of) && told2.current ? pictures(told2.current, of.settings) : null,
      isWaiting2(of) && told2.current ? what(told2.current, of) : null,
      decision(of, told2, acts)
    );
  }
  function standingLines(of) {
    return [
      of.current === null ? text("settings_untold") : of.from_hub ? text("settings_from_hub") : text("settings_from_box"),
      of.connected ? "" : text("settings_away"),
      of.takes_settings ? "" : text("settings_not_taken")
    ].filter(Boolean);
  }

  // src/still.ts
  var REASON_CHARS2 = 500;
  var LOGGED = /* @__PURE__ */ new Set(["box_away", "no_answer", "busy"]);
  var StillDialog = class {
    constructor(parent, csrf, events) {
      this.csrf = csrf;
      this.events = events;
      parent.append(this.dialog);
      this.dialog.addEventListener("close", () => this.wipe());
    }
    csrf;
    events;
    content = h("div");
    dialog = h("dialog", { class: "still", attrs: { "aria-label": text("still_dialog") } }, this.content);
    canvas = null;
    asked = 0;
    /** Where the picture goes instead of into the dialog. */
    deliver = null;
    get isOpen() {
      return this.dialog.open;
    }
    /** Asks for purpose and reason; shows the picture, or hands it to whoever draws on it. */
    open(item, deliver = null) {
      const event = raised(item);
      if (event === null || this.dialog.open) return;
      this.deliver = deliver;
      const reason = h("textarea", {
        attrs: { id: "still-reason", rows: 2, maxlength: REASON_CHARS2, required: true, "aria-describedby": "still-note" }
      });
      const known = purposes();
      const purpose = known.length > 0 ? h(
        "select",
        { attrs: { id: "still-purpose", required: true } },
        known.length > 1 ? h("option", { text: text("still_choose"), attrs: { value: "" } }) : null,
        ...known.map((one) => h("option", { text: one.words, attrs: { value: one.id } }))
      ) : h("input", { attrs: { id: "still-purpose", required: true, maxlength: 64, placeholder: text("still_purpose_id") } });
      const submit = (happened) => {
        happened.preventDefault();
        const justification = reason.value.replace(/\s+/g, " ").trim();
        if (justification === "" || purpose.value === "") return;
        void this.fetch(item, event.id, purpose.value, justification);
      };
      const form2 = h(
        "form",
        { on: { submit } },
        h("label", { text: text("still_for"), attrs: { for: "still-purpose" } }),
        purpose,
        h("label", { text: text("still_reason"), attrs: { for: "still-reason" } }),
        reason,
        h("p", {
          class: "faint small",
          text: text("still_note"),
          attrs: { id: "still-note" }
        }),
        h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"), h("button", { class: "primary", text: text("still_ask"), attrs: { type: "submit" } }))
      );
      reason.addEventListener("keydown", (happened) => {
        if (happened.key === "Enter") {
          happened.preventDefault();
          form2.requestSubmit();
        }
      });
      this.show(item, form2);
      this.dialog.showModal();
      (known.length === 1 ? reason : purpose).focus();
    }
    close() {
      this.dialog.close();
    }
    async fetch(item, eventId, purpose, justification) {
      const asked = ++this.asked;
      this.show(item, h("p", { class: "waiting", text: text("still_asking"), attrs: { role: "status" } }), h("div", { class: "buttons" }, closeButton(this.dialog, "cancel")));
      this.focusButton();
      try {
        const still = await post("/api/still", { event_id: eventId, purpose, justification }, this.csrf());
        if (!this.isCurrent(asked)) return;
        if (this.deliver === null) return await this.showStill(item, still, asked);
        await this.deliver(still);
        if (this.isCurrent(asked)) this.dialog.close();
      } catch (error) {
        if (this.isCurrent(asked)) this.showRefusal(item, error);
      }
    }
    /** Not once it was closed, or something else was asked. */
    isCurrent(asked) {
      return this.dialog.open && asked === this.asked;
    }
    async showStill(item, still, asked) {
      const bitmap = await bitmapOf(still);
      if (!this.isCurrent(asked)) return bitmap.close();
      const covered = `${Math.round(still.covered_fraction * 100)} %`;
      const canvas = h("canvas", {
        attrs: {
          width: bitmap.width,
          height: bitmap.height,
          role: "img",
          "aria-label": text("still_label", { kind: kind(newest(item).kind), place: place(newest(item)), share: covered })
        }
      });
      canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
      bitmap.close();
      this.show(
        item,
        item.history.some(({ event }) => event.staged !== null) ? h("p", { class: "warn-text", text: text("staged_words", { words: newest(item).staged ?? "" }) }) : null,
        canvas,
        h(
          "p",
          { class: "caption" },
          text("still_covered", { share: covered }),
          still.captured ? h("span", {}, ` ${text("still_taken")} `, timeElement(still.captured), ".") : null,
          h("span", { class: "faint", text: ` ${text("still_no_copy")}` })
        ),
        h("div", { class: "buttons" }, closeButton(this.dialog, "close"))
      );
      this.canvas = canvas;
      this.focusButton();
      speak(text("still_shown"));
    }
    showRefusal(item, error) {
      const no = error instanceof Refusal ? error : new Refusal("failed", text("still_cannot"), null);
      if (no.code === "not_logged_in") {
        this.dialog.close();
        return this.events.loggedOut();
      }
      const rule = no.rule;
      const words2 = rule === null ? sentence2(no.message) : sentence2(word("withheld", rule));
      this.show(
        item,
        h(
          "div",
          { class: "refusal", attrs: { role: "alert" } },
          icon(rule === null ? "notice" : "withheld"),
          h("div", {}, h("strong", { text: text(rule === null ? "still_none" : "withheld") }), h("p", { text: words2 }), rule === null ? null : h("p", { class: "faint small" }, `${text("rule")} `, h("code", { text: rule })))
        ),
        rule !== null || LOGGED.has(no.code) ? h("p", { class: "faint small", text: text("still_logged") }) : null,
        h("div", { class: "buttons" }, closeButton(this.dialog, "close"))
      );
      this.focusButton();
    }
    show(item, ...parts) {
      this.wipe();
      const event = newest(item);
      this.content.replaceChildren(
        h("header", {}, h("h2", { text: text("still") }), h("span", { class: "faint", text: alertWords(event) })),
        ...parts.filter((part) => part !== null)
      );
    }
    focusButton() {
      this.content.querySelector(".buttons button")?.focus();
    }
    wipe() {
      if (this.canvas) {
        this.canvas.width = 0;
        this.canvas.height = 0;
        this.canvas = null;
      }
      if (!this.dialog.open) this.content.replaceChildren();
    }
  };
  function sentence2(words2) {
    const plain = words2.replaceAll("`", "");
    return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}.`;
  }
  function bitmapOf(still) {
    const bytes = Uint8Array.from(atob(still.jpeg_base64), (character) => character.charCodeAt(0));
    return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  }

  // src/zone-editor.ts
  var SEEN_WIDTH = 860;
  var MOST_UNDONE2 = 200;
  var STEP2 = 0.01;
  var FINE_STEP2 = 2e-3;
  var NEAR_PX = 14;
  var ZoneEditor = class {
    constructor(settings, label, events) {
      this.events = events;
      this.settings = copy(settings);
      this.drawing.setAttribute("aria-label", label);
      this.frame = h("div", { class: "zone-frame" }, this.canvas, this.drawing);
      this.element = h("div", { class: "zone-sheet" }, this.frame, this.hint);
      this.drawing.addEventListener("pointerdown", (event) => this.press(event));
      this.drawing.addEventListener("pointermove", (event) => this.move(event));
      for (const name of ["pointerup", "pointercancel"]) this.drawing.addEventListener(name, () => this.dragged = null);
      this.drawing.addEventListener("dblclick", () => this.mode === "zone" && this.closeZone());
      this.drawing.addEventListener("keydown", (event) => this.onKey(event));
      this.say();
      this.draw();
    }
    events;
    element;
    settings;
    choice = null;
    plane = null;
    before = [];
    mode = "choose";
    begun = [];
    sheet = { height: WIDTH3 * 9 / 16, unit: WIDTH3 / SEEN_WIDTH };
    canvas = h("canvas", { class: "backdrop", attrs: { hidden: true, "aria-hidden": "true" } });
    drawing = s("svg", { class: "zone-drawing", role: "group", tabindex: -1 });
    hint = h("p", { class: "hint small", attrs: { role: "status" } });
    frame;
    dragged = null;
    /** Which picture was asked for last; none that was wiped meanwhile is shown. */
    shown = 0;
    get canUndo() {
      return this.before.length > 0;
    }
    /** Begins a zone: corner by corner, or a rectangle by a key. */
    beginZone() {
      this.enter("zone");
    }
    /** Begins a point of the ground. */
    beginGround() {
      this.enter("ground");
    }
    focus() {
      this.drawing.focus();
    }
    /** The picture to draw on; it is wiped when the editor is left. */
    async show(still) {
      const shown = ++this.shown;
      const bitmap = await bitmapOf(still);
      if (shown !== this.shown) return bitmap.close();
      [this.canvas.width, this.canvas.height] = [bitmap.width, bitmap.height];
      this.canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
      this.canvas.hidden = false;
      this.sheet = { ...this.sheet, height: WIDTH3 * bitmap.height / bitmap.width };
      bitmap.close();
      this.draw();
    }
    /** The picture of the drawing before. */
    takePicture(from) {
      if (!from.canvas.hidden) {
        [this.canvas.width, this.canvas.height] = [from.canvas.width, from.canvas.height];
        this.canvas.getContext("2d")?.drawImage(from.canvas, 0, 0);
        this.canvas.hidden = false;
        this.sheet = from.sheet;
        this.draw();
      }
      from.wipe();
    }
    wipe() {
      this.shown += 1;
      this.canvas.width = this.canvas.height = 0;
      this.canvas.hidden = true;
      this.draw();
    }
    choose(choice, withFocus) {
      this.choice = choice;
      this.draw();
      this.events.chosen();
      if (withFocus) this.focusChoice();
    }
    /** Changes the settings; what was before can be had back. */
    put(settings) {
      this.before.push(this.settings);
      if (this.before.length > MOST_UNDONE2) this.before.shift();
      this.replace(settings);
    }
    undo() {
      const settings = this.before.pop();
      if (!settings) return;
      this.replace(settings);
      speak(text("undone"));
    }
    putZone(index, zone) {
      this.put({ ...this.settings, zones: this.settings.zones.map((one, at3) => at3 === index ? zone : one) });
    }
    removeZone(index) {
      this.choice = null;
      this.put({ ...this.settings, zones: this.settings.zones.filter((_, at3) => at3 !== index) });
    }
    removeGround(index) {
      this.choice = null;
      this.put({ ...this.settings, ground_plane: this.settings.ground_plane.filter((_, at3) => at3 !== index) });
    }
    /** Draws what is there: after a check, the plane too. */
    draw() {
      const hadFocus = this.drawing.contains(document.activeElement) && document.activeElement !== this.drawing;
      this.drawing.setAttribute("viewBox", `0 0 ${WIDTH3} ${this.sheet.height}`);
      this.drawing.classList.toggle("drawing", this.mode !== "choose");
      const { zones, ground_plane } = this.settings;
      this.drawing.replaceChildren(
        ...this.canvas.hidden ? [s("rect", { class: "sheet", width: WIDTH3, height: this.sheet.height }), grid(this.sheet)] : [],
        ...this.plane ? [planeMark(this.plane, this.sheet)] : [],
        ...zones.map((zone, index) => this.zoneGroup(zone, index)),
        ...ground_plane.map(({ picture }, index) => this.groundGroup(picture, index)),
        ...this.cornerGroups(),
        ...this.beginning()
      );
      if (hadFocus) this.focusChoice();
    }
    replace(settings) {
      this.settings = settings;
      this.plane = null;
      const choice = this.choice;
      const isGone = choice !== null && (choice.type === "ground" ? choice.point >= settings.ground_plane.length : choice.zone >= settings.zones.length);
      if (isGone) this.choice = null;
      this.draw();
      this.events.changed();
    }
    enter(mode) {
      this.mode = mode;
      this.begun = [];
      this.choice = null;
      this.draw();
      this.say();
      this.drawing.focus();
    }
    say() {
      this.hint.textContent = text(`editor_hint_${this.mode}`);
    }
    focusChoice() {
      this.drawing.querySelector("[data-chosen]")?.focus({ preventScroll: true });
    }
    zoneGroup(zone, index) {
      const choice = this.choice;
      const isSelected = choice !== null && choice.type !== "ground" && choice.zone === index;
      const group = zoneMark(zone, index, this.sheet, isSelected);
      this.make(group, { type: "zone", zone: index }, text("editor_zone", { zone: zone.id, count: corners(zone).length }));
      return group;
    }
    groundGroup(where, index) {
      const group = groundMark(where, index + 1, this.sheet, this.choice?.type === "ground" && this.choice.point === index);
      this.make(group, { type: "ground", point: index }, text("editor_ground", { number: index + 1, where: pointWords(where) }));
      return group;
    }
    /** Of the chosen zone, its corners, and between them where one can be added. */
    cornerGroups() {
      const choice = this.choice;
      if (choice === null || choice.type === "ground") return [];
      const zone = this.settings.zones[choice.zone];
      if (zone === void 0) return [];
      const all = corners(zone);
      const between = all.map((from, index) => {
        const to = all[(index + 1) % all.length];
        const [x, y] = at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], this.sheet);
        return s("circle", { class: "between", cx: x, cy: y, r: 5 * this.sheet.unit, "stroke-width": 1.5 * this.sheet.unit, "data-between": index });
      });
      const handles = all.map((corner, index) => {
        const [x, y] = at(corner, this.sheet);
        const handle = s("circle", { class: "corner", cx: x, cy: y, r: 8 * this.sheet.unit, "stroke-width": 2 * this.sheet.unit });
        this.make(handle, { type: "corner", zone: choice.zone, corner: index }, text("editor_corner", { number: index + 1, count: all.length, zone: zone.id, where: pointWords(corner) }));
        return handle;
      });
      return [...between, ...handles];
    }
    make(element, choice, label) {
      const isChosen = JSON.stringify(choice) === JSON.stringify(this.choice);
      element.setAttribute("data-choice", JSON.stringify(choice));
      element.setAttribute("role", "button");
      element.setAttribute("tabindex", "0");
      element.setAttribute("aria-label", label);
      element.setAttribute("aria-pressed", String(isChosen));
      if (isChosen) element.setAttribute("data-chosen", "");
      element.addEventListener("focus", () => {
        if (JSON.stringify(choice) !== JSON.stringify(this.choice)) this.choose(choice, true);
      });
    }
    beginning() {
      if (this.begun.length === 0) return [];
      const points = this.begun.map((one) => at(one, this.sheet));
      const line2 = s("polyline", { class: "begun", points: points.map((one) => one.join(",")).join(" "), "stroke-width": 2 * this.sheet.unit });
      return [line2, ...points.map(([cx, cy]) => s("circle", { class: "corner", cx, cy, r: 6 * this.sheet.unit, "stroke-width": 2 * this.sheet.unit }))];
    }
    pointed(event) {
      const box = this.drawing.getBoundingClientRect();
      return point((event.clientX - box.x) / box.width, (event.clientY - box.y) / box.height);
    }
    press(event) {
      event.preventDefault();
      const where = this.pointed(event);
      if (this.mode === "zone") return this.addCorner(where);
      if (this.mode === "ground") return this.addGround(where);
      const target = event.target;
      const between = target.dataset["between"];
      if (between !== void 0 && this.choice !== null && this.choice.type !== "ground") {
        const { zone } = this.choice;
        this.choice = { type: "corner", zone, corner: Number(between) + 1 };
        this.putZone(zone, withCorner(this.settings.zones[zone], Number(between)));
      } else {
        const told2 = target.closest("[data-choice]")?.dataset["choice"];
        this.choose(told2 === void 0 ? null : JSON.parse(told2), true);
      }
      if (this.choice === null || this.choice.type === "zone") return;
      this.dragged = { choice: this.choice, isBegun: false };
      this.drawing.setPointerCapture(event.pointerId);
    }
    move(event) {
      if (this.dragged === null) return;
      const settings = movedTo(this.settings, this.dragged.choice, this.pointed(event));
      if (this.dragged.isBegun) this.replace(settings);
      else this.put(settings);
      this.dragged.isBegun = true;
    }
    addCorner(where) {
      const first = this.begun[0];
      if (first !== void 0 && this.begun.length > 2 && this.isNear(first, where)) return this.closeZone();
      this.begun = [...this.begun, where];
      this.draw();
    }
    isNear(a, b) {
      const [[ax, ay], [bx, by]] = [at(a, this.sheet), at(b, this.sheet)];
      return Math.hypot(ax - bx, ay - by) < NEAR_PX * this.sheet.unit;
    }
    closeZone() {
      const polygon = this.begun.filter((one, index) => index === 0 || !this.isNear(one, this.begun[index - 1]));
      if (polygon.length < 3) return;
      this.addZone(polygon);
    }
    addZone(polygon) {
      const { zones } = this.settings;
      this.leave();
      this.choice = { type: "corner", zone: zones.length, corner: 0 };
      this.put({ ...this.settings, zones: [...zones, { id: freeName(zones), polygon }] });
      this.events.chosen();
      this.focusChoice();
    }
    addGround(where) {
      const { ground_plane } = this.settings;
      this.leave();
      this.choice = { type: "ground", point: ground_plane.length };
      this.put({ ...this.settings, ground_plane: [...ground_plane, { picture: where, ground_m: [0, 0] }] });
      this.events.chosen();
      this.focusChoice();
    }
    leave() {
      this.mode = "choose";
      this.begun = [];
      this.say();
    }
    onKey(event) {
      const isTaken2 = this.mode === "choose" ? this.keyOnChoice(event) : this.keyWhileDrawing(event);
      if (!isTaken2) return;
      event.preventDefault();
      event.stopPropagation();
    }
    keyWhileDrawing(event) {
      if (event.key === "Escape") {
        this.leave();
        this.draw();
        return true;
      }
      if (event.key === "Enter" && this.mode === "zone" && this.begun.length > 2) {
        this.closeZone();
        return true;
      }
      if (event.key !== " ") return false;
      if (this.mode === "zone") this.addZone([point(0.35, 0.35), point(0.65, 0.35), point(0.65, 0.7), point(0.35, 0.7)]);
      else this.addGround([0.5, 0.6]);
      return true;
    }
    keyOnChoice(event) {
      const choice = this.choice;
      if (choice === null || event.ctrlKey || event.metaKey) return false;
      const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (by !== void 0) {
        const step = event.shiftKey ? FINE_STEP2 : STEP2;
        this.put(movedBy(this.settings, choice, by[0] * step, by[1] * step));
        return true;
      }
      if (event.key === "Delete" || event.key === "Backspace") {
        this.remove(choice);
        return true;
      }
      if (event.key === "Insert" || event.key === "i") {
        if (choice.type !== "corner") return false;
        this.choice = { ...choice, corner: choice.corner + 1 };
        this.putZone(choice.zone, withCorner(this.settings.zones[choice.zone], choice.corner));
        this.events.chosen();
        return true;
      }
      return false;
    }
    remove(choice) {
      if (choice.type === "zone") return this.removeZone(choice.zone);
      if (choice.type === "ground") return this.removeGround(choice.point);
      const zone = withoutCorner(this.settings.zones[choice.zone], choice.corner);
      if (zone === null) return speak(text("editor_least_corners"));
      this.choice = { ...choice, corner: Math.max(choice.corner - 1, 0) };
      this.putZone(choice.zone, zone);
    }
  };
  function pointWords([x, y]) {
    return text("point_words", { x: Number((x * 100).toFixed(1)), y: Number((y * 100).toFixed(1)) });
  }
  function movedTo(of, choice, to) {
    if (choice?.type === "ground") return { ...of, ground_plane: of.ground_plane.map((one, at3) => at3 === choice.point ? { ...one, picture: to } : one) };
    if (choice?.type === "corner") return { ...of, zones: of.zones.map((one, at3) => at3 === choice.zone ? cornerMoved(one, choice.corner, to) : one) };
    return of;
  }
  function movedBy(of, choice, x, y) {
    const by = ([fromX, fromY]) => point(fromX + x, fromY + y);
    if (choice.type === "ground") return movedTo(of, choice, by(of.ground_plane[choice.point].picture));
    if (choice.type === "corner") return movedTo(of, choice, by(corners(of.zones[choice.zone])[choice.corner]));
    return { ...of, zones: of.zones.map((one, at3) => at3 === choice.zone ? { ...one, polygon: corners(one).map(by) } : one) };
  }

  // src/zone-fields.ts
  var FIELDS2 = {
    abandoned: [
      { name: "unattended_secs", step: 1 },
      { name: "attended_radius_m", step: 0.1 },
      { name: "owner_radius_m", step: 0.1 },
      { name: "valid_up_to_persons", step: 1 }
    ],
    density: [
      { name: "hold_secs", step: 1 },
      { name: "valid_up_to_persons", step: 1 }
    ],
    movement: [
      { name: "min_persons", step: 1 },
      { name: "min_speed_m_per_s", step: 0.1 },
      { name: "hold_secs", step: 1 }
    ]
  };
  function problemList(problems) {
    if (problems.length === 0) return null;
    return h("ul", { class: "field-problems small" }, ...problems.map((one) => h("li", {}, icon("raised"), h("span", { text: one.text }))));
  }
  function zoneFields(editor, index, problems) {
    const zone = editor.settings.zones[index];
    const choice = editor.choice;
    const isOpen4 = choice !== null && choice.type !== "ground" && choice.zone === index;
    const found = problemsAt(problems, `zones[${index}]`);
    const choose = h("button", { class: "zone-choose", attrs: { type: "button", "aria-expanded": String(isOpen4), "data-field": `zone-${index}` }, on: { click: () => editor.choose({ type: "zone", zone: index }, false) } }, h("span", { class: "zone-name", text: zone.id }), h("span", { class: "faint small", text: rulesOf2(zone).map((rule) => word("rule_name", rule)).join(", ") }));
    if (!isOpen4) return h("li", {}, choose, problemList(found));
    const name = h("input", { attrs: { id: `zone-${index}-id`, maxlength: 64, "data-field": `zone-${index}-id`, "aria-invalid": String(found.some(({ path: path2 }) => path2 === `zones[${index}].id`)) }, on: { change: () => editor.putZone(index, { ...editor.settings.zones[index], id: name.value.trim() }) } });
    name.value = zone.id;
    return h(
      "li",
      { class: "open" },
      choose,
      problemList(found),
      h("div", { class: "field" }, h("label", { text: text("zone_id"), attrs: { for: name.id } }), name),
      ...RULES.map((rule) => ruleFields(editor, index, rule)),
      h("button", { class: "danger", text: text("zone_remove"), attrs: { type: "button", "data-field": `zone-${index}-remove` }, on: { click: () => editor.removeZone(index) } })
    );
  }
  function ruleFields(editor, index, rule) {
    const zone = editor.settings.zones[index];
    const isOn = rulesOf2(zone).includes(rule);
    const id = `zone-${index}-${rule}`;
    const toggle = h("input", { attrs: { type: "checkbox", id, "data-field": id }, on: { change: () => toggled() } });
    toggle.checked = isOn;
    const toggled = () => {
      const next = switched(editor.settings.zones[index], rule);
      if (next !== null) return editor.putZone(index, next);
      toggle.checked = true;
      note2.textContent = text("rule_last");
    };
    const note2 = h("p", { class: "small bad", attrs: { role: "status" } });
    const head = h("div", { class: "rule-head" }, toggle, h("label", { text: word("rule_name", rule), attrs: { for: id } }));
    if (!isOn) return h("fieldset", { class: "rule" }, h("legend", { class: "unseen", text: word("rule_name", rule) }), head, note2);
    const put = (name, value) => editor.putZone(index, withValue(editor.settings.zones[index], rule, name, value));
    const values = zone[rule] ?? {};
    return h(
      "fieldset",
      { class: "rule" },
      h("legend", { class: "unseen", text: word("rule_name", rule) }),
      head,
      note2,
      h("div", { class: "number-fields" }, modeField(id, values, put), ...FIELDS2[rule].map((field3) => numberField(id, field3, values, put))),
      rule === "density" ? levelFields(editor, index, zone) : null
    );
  }
  function modeField(of, values, put) {
    const select = h("select", { attrs: { id: `${of}-mode`, "data-field": `${of}-mode` }, on: { change: () => put("mode", select.value) } }, ...["live", "shadow"].map((mode) => h("option", { text: word("rule_mode", mode), attrs: { value: mode } })));
    select.value = values["mode"] === "shadow" ? "shadow" : "live";
    return h("div", { class: "number-field" }, h("label", { text: word("setting_name", "mode"), attrs: { for: select.id } }), select);
  }
  function numberField(of, { name, step }, values, put) {
    const take = () => {
      if (isInRange(input)) put(name, input.value === "" ? null : Number(input.value));
    };
    const input = h("input", { attrs: { type: "number", id: `${of}-${name}`, min: 0, step, placeholder: text("setting_default"), "data-field": `${of}-${name}` }, on: { change: take } });
    if (typeof values[name] === "number") input.value = String(values[name]);
    return h("div", { class: "number-field" }, h("label", { text: word("setting_name", name), attrs: { for: input.id } }), input);
  }
  function levelsOf(zone) {
    const levels = zone.density?.["levels"];
    return Array.isArray(levels) ? levels : [];
  }
  function levelFields(editor, index, zone) {
    const levels = levelsOf(zone);
    const now = () => levelsOf(editor.settings.zones[index]);
    const put = (next) => editor.putZone(index, withValue(editor.settings.zones[index], "density", "levels", next.length > 0 ? next : null));
    const change = (at3, changed) => put(now().map((one, place2) => place2 === at3 ? changed : one));
    const lines = levels.map((level, at3) => levelLine(`zone-${index}-level-${at3}`, at3 + 1, level, (changed) => change(at3, changed), () => put(now().filter((_, place2) => place2 !== at3))));
    const add = h("button", { text: text("level_add"), attrs: { type: "button", "data-field": `zone-${index}-level-add` }, on: { click: () => put([...now(), { name: text("level_new", { number: levels.length + 1 }), from_persons: 10 * (levels.length + 1) }]) } });
    return h("div", { class: "levels" }, h("p", { class: "small faint", text: text(levels.length > 0 ? "levels" : "levels_default") }), ...lines, add);
  }
  function levelLine(id, number, level, change, remove) {
    const isDensity = level["from_persons_per_m2"] !== void 0;
    const name = h("input", { attrs: { "aria-label": text("level_name", { number }), maxlength: 64, "data-field": `${id}-name` }, on: { change: () => take() } });
    name.value = String(level["name"] ?? "");
    const unit = h("select", { attrs: { "aria-label": text("level_unit", { number }), "data-field": `${id}-unit` }, on: { change: () => take() } }, ...["persons", "persons_per_m2"].map((one) => h("option", { text: text(`level_${one}_unit`), attrs: { value: one } })));
    unit.value = isDensity ? "persons_per_m2" : "persons";
    const from = h("input", { attrs: { type: "number", min: 0, step: 0.1, "aria-label": text("level_from", { number }), "data-field": `${id}-from` }, on: { change: () => take() } });
    from.value = String(level["from_persons_per_m2"] ?? level["from_persons"] ?? "");
    const take = () => {
      if (from.value === "" || !isInRange(from)) return;
      const { from_persons: _persons, from_persons_per_m2: _density, ...rest } = level;
      change({ ...rest, name: name.value.trim(), [`from_${unit.value}`]: Number(from.value) });
    };
    const gone = h("button", { class: "quiet", text: text("remove"), attrs: { type: "button", "aria-label": text("level_remove", { number }), "data-field": `${id}-remove` }, on: { click: remove } });
    return h("div", { class: "level-line" }, name, from, unit, gone);
  }
  function groundFields(editor, problems) {
    const head = h("li", { class: "ground-line head", attrs: { "aria-hidden": "true" } }, h("span"), h("span", { text: text("ground_along") }), h("span", { text: text("ground_across") }), h("span"));
    const lines = editor.settings.ground_plane.map((one, index) => {
      const id = `ground-${index}`;
      const metre = (axis) => {
        const input = h("input", { attrs: { type: "number", step: 0.01, "aria-label": text(axis === 0 ? "ground_x" : "ground_y", { number: index + 1 }), "data-field": `${id}-${axis}` }, on: { change: () => take() } });
        input.value = String(one.ground_m[axis]);
        return input;
      };
      const [x, y] = [metre(0), metre(1)];
      const take = () => {
        if (x.value === "" || y.value === "" || !isInRange(x) || !isInRange(y)) return;
        editor.put({ ...editor.settings, ground_plane: editor.settings.ground_plane.map((other, at3) => at3 === index ? { ...other, ground_m: [Number(x.value), Number(y.value)] } : other) });
      };
      const isChosen = editor.choice?.type === "ground" && editor.choice.point === index;
      const choose = h("button", { text: String(index + 1), attrs: { type: "button", "aria-pressed": String(isChosen), "aria-label": text("ground_choose", { number: index + 1, where: pointWords(one.picture) }), "data-field": `${id}-choose` }, on: { click: () => editor.choose({ type: "ground", point: index }, true) } });
      const gone = h("button", { class: "quiet", text: text("remove"), attrs: { type: "button", "aria-label": text("ground_remove", { number: index + 1 }), "data-field": `${id}-remove` }, on: { click: () => editor.removeGround(index) } });
      const off = editor.plane?.points[index];
      const words2 = off === void 0 ? null : text("ground_off", { m: off.off_m.toFixed(2), px: off.off_px.toFixed(1) });
      const without = off === void 0 || off.off_without_m === null ? null : text("ground_off_without", { m: off.off_without_m.toFixed(2) });
      return h("li", {}, h("div", { class: "ground-line" }, choose, x, y, gone), words2 === null ? null : h("p", { class: "small faint", text: [words2, without].filter(Boolean).join("; ") }), problemList(problemsAt(problems, `ground_plane[${index}]`)));
    });
    return lines.length > 0 ? [head, ...lines] : [];
  }

  // src/zones-view.ts
  var NOTE_CHARS = 300;
  var ZonesView = class {
    constructor(of, events) {
      this.of = of;
      this.events = events;
      const button = (code, act, more = {}) => h("button", { text: text(code), attrs: { type: "button", ...more }, on: { click: act } });
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
        this.checkButton
      ];
      const section = (code, ...parts) => h("section", {}, h("h3", { text: text(code) }), ...parts);
      this.readAgain = button("read_again", () => void this.read(true));
      this.changesSection = section("changes", this.readAgain, this.changes);
      this.side = h("div", { class: "plan-side" }, this.problem, this.checked, section("zones", this.zones), section("ground_points", h("p", { class: "faint small", text: text("ground_note") }), this.ground), this.saving, this.changesSection);
      this.element.addEventListener("keydown", (event) => this.onKey(event));
      this.side.addEventListener("focusout", () => this.isDirty && this.drawSoon());
      void this.read(false);
    }
    of;
    events;
    tools;
    element = h("div", { class: "plan-view zones-view" });
    undoButton;
    checkButton;
    problem = h("div");
    checked = h("div", { attrs: { role: "status" } });
    zones = h("ul", { class: "zone-fields" });
    ground = h("ul", { class: "ground-fields" });
    saving = h("div", { class: "saving" });
    changes = h("ul", { class: "changes-of" });
    side;
    changesSection;
    readAgain;
    told = null;
    drawn = null;
    editor = null;
    problems = [];
    tried = 0;
    /** The digest of the settings from which the drawing was begun. */
    base = null;
    isDirty = false;
    /** Leaves no picture behind. */
    close() {
      this.editor?.wipe();
    }
    /** Back to the cameras; what would be lost is asked about first. */
    leave() {
      if (!this.isUnsaved()) return this.events.ended();
      this.events.choices.ask({
        title: text("zones_leave_title"),
        about: text("zones_of", this.of),
        note: text("zones_leave_note"),
        byNumber: "chooses",
        answers: [
          ["stay", text("zones_stay")],
          ["leave", text("zones_leave")]
        ],
        chosen: (code) => code === "leave" && this.events.ended()
      });
    }
    get current() {
      return this.told?.current ?? whole({});
    }
    isDrawn(editor) {
      return editor.canUndo && !isNoChange(this.current, editor.settings);
    }
    /** What waits as a change is not lost with the drawing. */
    isUnsaved() {
      const { editor, told: told2 } = this;
      if (editor === null || !this.isDrawn(editor)) return false;
      return !(told2?.changes ?? []).some((one) => isWaiting2(one) && same(one.settings, editor.settings));
    }
    key(_event) {
      return true;
    }
    async read(keepsDrawing) {
      const { box, camera } = this.of;
      const told2 = await ask2(this.events.asking, `/api/cameras/settings?${new URLSearchParams({ box, camera }).toString()}`, null);
      if (told2 === null) return;
      if (told2 instanceof Refusal) {
        if (this.editor === null) return this.element.replaceChildren(refusalElement(told2));
        return this.problem.replaceChildren(refusalElement(told2));
      }
      this.told = wholeOf(told2);
      const { current } = this;
      const isOther = this.base !== told2.digest;
      if (this.editor === null || !keepsDrawing || isOther && !this.isDrawn(this.editor)) this.begin(current);
      else if (isOther) this.warn(current);
      this.drawAll();
    }
    begin(settings) {
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
    warn(current) {
      const anew = h("button", { text: text("zones_anew"), attrs: { type: "button" }, on: { click: () => this.beginAnew(current) } });
      this.problem.replaceChildren(h("div", { class: "remark", attrs: { role: "status" } }, h("p", { text: text("zones_outdated") }), h("div", { class: "row-buttons" }, anew)));
    }
    beginAnew(current) {
      this.problem.replaceChildren();
      this.begin(current);
      this.drawAll();
      this.editor?.focus();
    }
    changed() {
      this.problems = [];
      this.checked.replaceChildren();
      this.drawSoon();
    }
    /** After the focus has moved on, and not under the fingers of who types. */
    drawSoon() {
      this.isDirty = true;
      window.setTimeout(() => {
        const active = document.activeElement;
        const isTyping = active instanceof HTMLInputElement && active.type !== "checkbox" && this.side.contains(active);
        if (this.isDirty && !isTyping) this.drawAll();
      });
    }
    drawAll() {
      const { editor, told: told2 } = this;
      if (editor === null || told2 === null) return;
      this.isDirty = false;
      const active = document.activeElement;
      this.zones.replaceChildren(...editor.settings.zones.map((_, index) => zoneFields(editor, index, this.problems)));
      if (editor.settings.zones.length === 0) this.zones.replaceChildren(h("li", { class: "faint small", text: text("zones_whole") }));
      this.ground.replaceChildren(...groundFields(editor, this.problems));
      this.undoButton.disabled = !editor.canUndo;
      this.checkButton.disabled = !told2.may_propose || !told2.connected;
      if (this.drawn !== told2) this.drawChanges(told2);
      this.drawn = told2;
      if (active === this.undoButton && this.undoButton.disabled) editor.focus();
      else if (active?.dataset["field"] !== void 0 && !active.isConnected) this.focusNear(active.dataset["field"]);
    }
    /** To the field that had the focus, or to what is nearest of those that are left. */
    focusNear(field3) {
      for (let part = field3; part !== ""; part = part.replace(/-?[^-]*$/, "")) {
        const found = this.side.querySelector(`[data-field="${part}"], [data-field^="${part}-"]`);
        if (found) return found.focus({ preventScroll: true });
      }
      this.editor?.focus();
    }
    drawChanges(told2) {
      const acts = {
        isMine: (of) => of.proposed_by === this.events.user || of.proposed_by === `console:${this.events.user}`,
        decide: (of, approve, reason) => void this.act("/api/cameras/settings/decide", { id: of.id, approve, reason: reason.trim() }, text(approve ? "change_said_approved" : "change_said_declined")),
        withdraw: (of) => void this.act("/api/cameras/settings/withdraw", { id: of.id }, text("change_said_withdrawn"))
      };
      const lines = standingLines(told2).map((line2) => h("li", { class: "faint small", text: line2 }));
      const isWaiting3 = told2.changes.some(({ state: state2 }) => state2 === "proposed");
      if (isWaiting3 && this.changesSection.previousElementSibling !== this.problem) this.problem.after(this.changesSection);
      if (!isWaiting3 && this.side.lastElementChild !== this.changesSection) this.side.append(this.changesSection);
      this.changes.replaceChildren(...lines, ...told2.changes.map((one) => changeElement(one, told2, acts)));
    }
    drawSaving() {
      const note2 = h("input", { attrs: { id: "change-note", maxlength: NOTE_CHARS, autocomplete: "off", required: true } });
      const save2 = h("button", { class: "primary", text: text("change_save"), attrs: { type: "submit" } });
      const form2 = h("form", {}, h("h3", { text: text("change_save_title") }), h("label", { text: text("change_note"), attrs: { for: "change-note" } }), note2, h("p", { class: "faint small", text: text("change_save_note") }), h("div", { class: "row-buttons" }, save2));
      form2.addEventListener("submit", (event) => {
        event.preventDefault();
        void this.save(note2.value.trim());
      });
      this.saving.replaceChildren(...this.told?.may_propose ? [form2] : []);
    }
    async check() {
      const { editor } = this;
      if (editor === null) return;
      const tried2 = ++this.tried;
      const asked = editor.settings;
      this.checked.replaceChildren(h("p", { class: "waiting", text: text("zones_checking") }));
      const found = await ask2(this.events.asking, "/api/cameras/settings/try", { ...this.of, settings: asked });
      if (found === null || tried2 !== this.tried || editor !== this.editor || editor.settings !== asked) return;
      if (found instanceof Refusal) return this.checked.replaceChildren(refusalElement(found));
      this.problems = found.problems;
      editor.plane = found.plane;
      editor.draw();
      const isGood = found.problems.length === 0;
      const words2 = isGood ? text("zones_good") : text("zones_bad", { count: found.problems.length });
      this.checked.replaceChildren(h("p", { class: `verdict ${isGood ? "good" : "bad"}` }, icon(isGood ? "confirmed" : "raised"), words2), ...[problemList(otherProblems(found.problems))].filter((one) => one !== null), ...(found.plane?.warnings ?? []).map((line2) => h("p", { class: "small bad" }, icon("notice"), " ", line2)));
      speak(words2);
      this.drawSoon();
    }
    async save(note2) {
      if (this.editor === null || this.told === null || note2 === "") return;
      const { settings } = this.editor;
      if (isNoChange(this.current, settings)) return this.refuse(new Refusal("unchanged", text("change_empty"), null));
      await this.act("/api/cameras/settings/propose", { ...this.of, settings, base_digest: this.base, note: note2 }, text("change_said_saved"));
    }
    async act(path2, body, done) {
      const told2 = await ask2(this.events.asking, path2, body);
      if (told2 === null) return;
      if (told2 instanceof Refusal) return this.refuse(told2);
      this.problem.replaceChildren(h("p", { class: "remark", text: done, attrs: { role: "status" } }));
      await this.read(true);
      if (isFocusLost()) this.readAgain.focus();
    }
    refuse(no) {
      this.problem.replaceChildren(refusalElement(no));
      this.problem.scrollIntoView({ block: "nearest" });
    }
    background() {
      const show2 = async (still) => this.editor?.show(still);
      if (!this.events.askForStill(this.of.box, this.of.camera, show2)) this.problem.replaceChildren(h("p", { class: "remark", text: text("zones_no_picture"), attrs: { role: "status" } }));
    }
    onKey(event) {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      this.editor?.undo();
    }
  };

  // src/cameras.ts
  var MOST_DRAWN = 200;
  var MOST_BLIND = 3;
  var KEPT = "velum.cameras";
  var TRENDS = { rising: "rising", falling: "falling", steady: "gap" };
  var FACES = ["list", "plan"];
  var CamerasPage = class {
    constructor(model, shelf, events) {
      this.model = model;
      this.shelf = shelf;
      this.events = events;
      this.attention = h("button", { attrs: { type: "button", "aria-pressed": "false", "aria-keyshortcuts": "N" }, on: { click: () => this.toggleNeeds() } });
      this.drawAttention(0);
      this.listTools = h("div", { class: "tools-part" }, h("label", { text: text("camera_place"), attrs: { for: "camera-place" } }), this.place, this.attention, h("span", { class: "spring" }), this.legend);
      this.scroll = h("div", { class: "page-scroll", attrs: { tabindex: -1 } }, this.list, this.note);
      const faces = FACES.map((face) => {
        const button = h("button", { text: text(`face_${face}`), attrs: { type: "button", "aria-keyshortcuts": "P" }, on: { click: () => this.turn(face) } });
        this.faces.set(face, button);
        return button;
      });
      this.facesGroup = h("div", { class: "filters", attrs: { role: "group", "aria-label": text("show") } }, ...faces);
      this.tools = h("div", { class: "tools" }, this.facesGroup, this.listTools);
      this.element = h("main", { class: "page" }, h("h1", { class: "unseen", text: text("cameras"), attrs: { tabindex: -1 } }), patterns(), this.tools, this.scroll);
      this.choices = new ChoiceDialog(this.element);
      this.plan = new PlanView(this.element, shelf);
      this.tools.append(this.plan.tools);
      this.element.append(this.plan.element);
      this.turn(remembered(KEPT) === "plan" ? "plan" : "list");
    }
    model;
    shelf;
    events;
    element;
    place = h("select", { attrs: { id: "camera-place" }, on: { change: () => this.draw() } });
    attention;
    legend = h("div", {});
    list = h("ul", { class: "cameras", attrs: { "aria-label": text("cameras") } });
    note = h("p", { class: "empty" });
    walk = new Walk(this.list);
    listTools;
    scroll;
    faces = /* @__PURE__ */ new Map();
    plan;
    choices;
    facesGroup;
    tools;
    zones = null;
    /** Which alert the picture behind the zones was made for. */
    pictureOf = null;
    face = "list";
    needsOnly = false;
    places = "";
    /** The list, or the plan. */
    turn(face) {
      this.face = face;
      remember(KEPT, face);
      for (const [one, button] of this.faces) button.setAttribute("aria-pressed", String(one === face));
      this.listTools.hidden = this.scroll.hidden = face !== "list";
      this.plan.tools.hidden = this.plan.element.hidden = face !== "plan";
      this.draw();
    }
    /** Leaves no picture behind. */
    close() {
      this.zones?.close();
    }
    /** An alert was erased, and so is its picture behind the zones. */
    letGo(item) {
      if (this.pictureOf === item.key) this.zones?.close();
    }
    /** Draws the zones of one camera, in the place of all of them. */
    openZones(of) {
      const zones = new ZonesView({ box: of.box, camera: of.camera }, {
        user: this.events.user,
        asking: this.shelf.asking,
        choices: this.choices,
        askForStill: (box, camera, show2) => this.askForStill(box, camera, show2),
        ended: () => this.closeZones(of)
      });
      this.zones = zones;
      this.facesGroup.hidden = this.listTools.hidden = this.scroll.hidden = true;
      this.tools.append(...zones.tools);
      this.element.append(zones.element);
      zones.tools[0]?.focus();
    }
    closeZones(of) {
      this.zones?.close();
      for (const one of this.zones?.tools ?? []) one.remove();
      this.zones?.element.remove();
      this.zones = null;
      this.facesGroup.hidden = false;
      this.turn("list");
      this.list.querySelector(`[data-entry="${CSS.escape(of.key)}"] button`)?.focus();
    }
    /** The newest alert of the camera that may have a still. */
    askForStill(box, camera, show2) {
      const item = this.model.items.find((one) => one.type === "alert" && one.box === box && raised(one)?.camera === camera);
      const deliver = (still) => {
        this.pictureOf = item?.key ?? null;
        return show2(still);
      };
      if (item) this.events.askForStill(item, deliver);
      return item !== void 0;
    }
    /** Whether the press was for this page. */
    key(event) {
      if (this.zones !== null) return this.zones.key(event);
      if (event.key === "p" || event.key === "P") {
        this.turn(this.face === "list" ? "plan" : "list");
        return true;
      }
      if (this.face === "plan") return this.plan.key(event);
      if (event.key === "n" || event.key === "N") {
        this.toggleNeeds();
        return true;
      }
      return this.walk.key(event);
    }
    draw() {
      if (this.zones !== null) return;
      const all = camerasOf(this.model, hubNow());
      if (this.face === "plan") return this.plan.draw(all);
      this.drawPlaces(all);
      this.drawAttention(all.filter(({ needs }) => needs.length > 0).length);
      const [type, name] = this.place.value.split(/:(.*)/s);
      const isIn = (one) => type === "" || (type === "site" ? one.site === name : one.box === name);
      const chosen = all.filter((one) => isIn(one) && (!this.needsOnly || one.needs.length > 0));
      this.walk.redraw(() => this.list.replaceChildren(...chosen.slice(0, MOST_DRAWN).map((one) => cameraElement2(one, this.events.isAdministrator ? () => this.openZones(one) : null, this.leftOut(one)))));
      this.legend.replaceChildren(legend(new Set(chosen.flatMap(({ strip }) => strip.flatMap(({ hour }) => Object.keys(hour?.secs_by_state ?? {}))))));
      this.note.textContent = chosen.length > MOST_DRAWN ? text("cameras_more", { shown: MOST_DRAWN, count: chosen.length }) : chosen.length > 0 ? "" : text(all.length > 0 ? "cameras_none_chosen" : "cameras_none");
      const untold = this.model.suppressions.filter((one) => one.camera === null && isOpen2(one)).length;
      if (untold > 0) this.note.textContent = `${this.note.textContent} ${text("places_untold", { count: untold })}`.trim();
    }
    leftOut(of) {
      return leftOutSection(
        this.model.suppressions.filter((one) => one.box === of.box && one.camera === of.camera),
        (suppression) => this.events.lift(suppression)
      );
    }
    drawAttention(needing) {
      this.attention.replaceChildren(icon("raised"), text("needs_attention", { count: needing }), h("kbd", { text: "N" }));
      this.attention.setAttribute("aria-pressed", String(this.needsOnly));
    }
    toggleNeeds() {
      this.needsOnly = !this.needsOnly;
      this.draw();
    }
    drawPlaces(all) {
      const { sites, boxes } = placesOf(all);
      const places = JSON.stringify([sites, boxes]);
      if (places === this.places) return;
      this.places = places;
      const chosen = this.place.value;
      const group = (label, type, names2) => names2.length > 0 ? h("optgroup", { attrs: { label } }, ...names2.map((name) => h("option", { text: name, attrs: { value: `${type}:${name}` } }))) : null;
      this.place.replaceChildren(h("option", { text: text("camera_everywhere"), attrs: { value: "" } }), ...[group(text("sites"), "site", sites), group(text("boxes"), "box", boxes)].filter((one) => one !== null));
      this.place.value = chosen;
      if (this.place.selectedIndex < 0) this.place.value = "";
    }
  };
  function blindText(of) {
    const state2 = word("coverage_short", of.state);
    if (of.to === null) return text("blind_since", { from: timeText(of.from), state: state2 });
    return text("blind", { from: timeText(of.from), to: timeText(of.to), state: state2 });
  }
  function recentText(of) {
    const since = hourText(of.recentSinceUnixMs);
    if (of.recent.total === 0) return text("recent_none", { since });
    const words2 = text("recent", { share: percent(of.recent.analysed), time: duration(of.recent.total), since });
    return of.unreportedSecs > 0 ? `${words2} ${text("recent_unreported", { time: duration(of.unreportedSecs - of.unreportedSecs % 60) })}` : words2;
  }
  function whyNot(of) {
    const times = of.blind.filter(({ from, to }) => (to ?? from).unix_ms >= of.recentSinceUnixMs || to === null).map(blindText);
    if (times.length > 0) return [...times.slice(0, MOST_BLIND), ...times.length > MOST_BLIND ? [text("blind_more", { count: times.length - MOST_BLIND })] : []];
    return of.recent.others.map(([state2, secs]) => text("blind_for", { time: duration(secs), state: word("coverage_short", state2) }));
  }
  function spark(of) {
    if (of.course.length < 2) return null;
    const [first, last] = [of.course[0].unix_ms, of.course[of.course.length - 1].unix_ms];
    const top = Math.max(...of.course.map(({ value }) => value), 1);
    const x = (unixMs) => last === first ? 0 : (unixMs - first) / (last - first) * 56 + 2;
    const points = of.course.flatMap(({ unix_ms, value }, at3) => {
      const before = of.course[at3 - 1];
      const y = (one) => 16 - one / top * 14;
      return [...before ? [`${x(unix_ms)},${y(before.value)}`] : [], `${x(unix_ms)},${y(value)}`];
    });
    return s("svg", { viewBox: "0 0 60 18", class: "spark", "aria-hidden": "true" }, s("polyline", { points: points.join(" ") }));
  }
  function zoneElement(of) {
    const parts = of.event.state === "cleared" ? [text("zone_over")] : particulars(of.event.body);
    const words2 = parts.length > 0 ? parts.join(" · ") : text("zone_untold");
    return h(
      "li",
      {},
      h("div", { class: "row" }, h("span", { class: "zone-name", text: of.zone }), spark(of), of.trend === null ? null : h("span", { class: "trend" }, icon(TRENDS[of.trend]), text(`trend_${of.trend}`))),
      h("div", { class: "small faint", text: of.time === null ? words2 : text("zone_words", { words: words2, time: timeText(of.time) }) })
    );
  }
  function ruleElement(of) {
    const name = of.zone === null ? kind(of.kind) : `${kind(of.kind)}, ${of.zone}`;
    const why2 = of.doubts.map(explanation).join("; ");
    return h(
      "li",
      { class: of.isValid ? "" : "bad" },
      icon(of.isValid ? "confirmed" : "notice"),
      h("span", {}, text(of.isValid ? "rule_valid" : "rule_not_valid", { rule: name }), of.isValid || why2 === "" ? null : h("span", { class: "small", text: `: ${why2}` }))
    );
  }
  function needText(need, of) {
    if (need === "state") return text("need_state", { state: word("coverage_short", of.state ?? "") });
    return text(`need_${need}`);
  }
  function cameraElement2(of, editZones, leftOut) {
    const name = text("camera_name", { camera: of.camera, box: of.box });
    return h(
      "li",
      { class: `camera-line ${of.needs.length > 0 ? "needs" : ""} ${of.isConnected ? "" : "away"}`, attrs: { "data-entry": of.key, tabindex: -1, "aria-label": `${name}. ${recentText(of)}` } },
      h(
        "div",
        { class: "camera-head" },
        h("h2", { text: of.camera }),
        h("div", { class: "faint small", text: [of.site, of.box].filter(Boolean).join(" · ") }),
        standingElement(standingOf(of)),
        of.needs.length > 0 ? h("ul", { class: "needs-list small" }, ...of.needs.map((need) => h("li", {}, icon("raised"), needText(need, of)))) : null
      ),
      h("div", { class: "camera-day" }, h("p", { class: "recent", text: recentText(of) }), ...whyNot(of).map((words2) => h("p", { class: "blind small" }, icon("camera"), words2)), stripElement(of)),
      h(
        "div",
        { class: "camera-rules" },
        of.zones.length > 0 ? h("section", {}, h("h3", { text: text("zones") }), h("ul", { class: "zones" }, ...of.zones.map(zoneElement))) : null,
        of.rules.length > 0 ? h("section", {}, h("h3", { text: text("rules") }), h("ul", { class: "rules small" }, ...of.rules.map(ruleElement))) : null,
        editZones === null ? null : h("div", {}, h("button", { text: text("zones_edit"), attrs: { type: "button", "aria-label": text("zones_edit_of", { camera: of.camera, box: of.box }) }, on: { click: editZones } })),
        leftOut,
        of.zones.length + of.rules.length === 0 ? h("p", { class: "faint small", text: text("rules_silent") }) : null
      )
    );
  }

  // src/curve.ts
  var [WIDTH5, HEIGHT2, LEFT, BOTTOM, TOP, RIGHT] = [348, 118, 56, 20, 10, 8];
  var OPEN = 1.3;
  var LEVELS2 = ["low", "busy", "dense", "critical"];
  var at2 = (time) => ({ unix_ms: time.unix_ms, time: timeText(time) });
  function timeOf({ record, event }) {
    return event.time ? at2(event.time) : { unix_ms: record.stored_unix_ms, time: momentText(record.stored_unix_ms) };
  }
  function banded(when, band, words2) {
    return { ...when, low: band.at_least, high: band.below, words: words2 };
  }
  function ofCrowd(item) {
    const points = [];
    const levels = [];
    for (const one of item.history) {
      const { event } = one;
      if (event.body.type !== "crowd_density" && event.body.type !== "crowd_movement") continue;
      const when = timeOf(one);
      if (event.body.persons) points.push(banded(when, event.body.persons, persons(event.body.persons)));
      if (event.body.type !== "crowd_density") continue;
      const level = LEVELS2.indexOf(event.body.level ?? "");
      if (level >= 0) levels.push({ ...when, low: level, high: level, words: LEVELS2[level] });
    }
    if (points.length > 0) return { what: text("curve_persons"), points, ticks: ticks(points, String), isStepped: true };
    if (levels.length === 0) return null;
    return { what: text("curve_level"), points: levels, ticks: LEVELS2.map((level, rank) => [rank, level]), isStepped: true };
  }
  function ofObject(item) {
    const points = [];
    for (const one of item.history) {
      const { body } = one.event;
      if (body.type !== "abandoned_object") continue;
      if (points.length === 0 && body.first_seen) points.push({ ...at2(body.first_seen), low: 0, high: 0, words: duration(0) });
      if (body.dwell_secs) points.push(banded(timeOf(one), body.dwell_secs, duration(body.dwell_secs.at_least)));
    }
    return points.length === 0 ? null : { what: text("curve_dwell"), points, ticks: ticks(points, duration), isStepped: false };
  }
  function ticks(points, say) {
    const top = Math.max(...points.map((point2) => point2.high ?? point2.low));
    return [[0, say(0)], ...top > 0 ? [[top, say(top)]] : []];
  }
  function curveOf(item) {
    const curve = item.history.some(({ event }) => event.kind === "abandoned_object") ? ofObject(item) : ofCrowd(item);
    curve?.points.sort((a, b) => a.unix_ms - b.unix_ms);
    return curve?.points[0]?.unix_ms === 0 ? null : curve;
  }
  function curveSection(item) {
    const curve = curveOf(item);
    if (curve === null) return null;
    const [first, last] = [curve.points[0], curve.points[curve.points.length - 1]];
    const newest2 = timeOf(item.history[item.history.length - 1]);
    const end = newest2.unix_ms > last.unix_ms ? newest2 : last;
    const words2 = { what: curve.what, first: first.words, begin: first.time, last: last.words, end: last.time };
    return h(
      "section",
      {},
      h("h3", { text: curve.what }),
      h("figure", { class: "curve", attrs: { role: "img", "aria-label": text("curve_label", words2) } }, drawing(curve, first, end))
    );
  }
  function drawing(curve, begin2, end) {
    const told2 = Math.max(...curve.ticks.map(([value]) => value), ...curve.points.map((point2) => point2.high ?? point2.low), 1);
    const top = curve.points.some((point2) => point2.high === null) ? told2 * OPEN : told2;
    const span = end.unix_ms - begin2.unix_ms;
    const x = (unixMs) => span === 0 ? WIDTH5 / 2 : LEFT + (unixMs - begin2.unix_ms) / span * (WIDTH5 - LEFT - RIGHT);
    const y = (value) => HEIGHT2 - BOTTOM - value / top * (HEIGHT2 - BOTTOM - TOP);
    const root = s("svg", { viewBox: `0 0 ${WIDTH5} ${HEIGHT2}`, "aria-hidden": "true" });
    for (const [value, words2] of curve.ticks) {
      root.append(s("line", { class: "grid", x1: LEFT, x2: WIDTH5 - RIGHT, y1: y(value), y2: y(value) }));
      root.append(s("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, words2));
    }
    const low = along(curve, end.unix_ms, (point2) => y(point2.low), x);
    const high = along(curve, end.unix_ms, (point2) => y(point2.high ?? top), x);
    root.append(s("polygon", { class: "band", points: [...low, ...high.reverse()].join(" ") }));
    root.append(s("polyline", { class: "line-of", points: low.join(" ") }));
    for (const point2 of curve.points) root.append(s("circle", { cx: x(point2.unix_ms), cy: y(point2.low), r: 3 }));
    root.append(s("text", { x: span === 0 ? WIDTH5 / 2 : LEFT, y: HEIGHT2 - 3, "text-anchor": span === 0 ? "middle" : "start" }, begin2.time));
    if (span > 0) root.append(s("text", { x: WIDTH5 - RIGHT, y: HEIGHT2 - 3, "text-anchor": "end" }, end.time));
    return root;
  }
  function along(curve, end, y, x) {
    const corners2 = [];
    let before = null;
    for (const point2 of curve.points) {
      if (curve.isStepped && before !== null) corners2.push(`${x(point2.unix_ms)},${before}`);
      before = y(point2);
      corners2.push(`${x(point2.unix_ms)},${before}`);
    }
    if (curve.isStepped && before !== null) corners2.push(`${x(end)},${before}`);
    return corners2;
  }

  // src/position.ts
  var Position = class {
    keys = [];
    /** The lines when the chosen one was last among them. */
    seen = [];
    current = null;
    get chosen() {
      return this.current;
    }
    choose(key) {
      this.current = key;
      this.look();
    }
    /** Which lines there are now, in their order. */
    show(keys2) {
      this.keys = keys2;
      this.look();
    }
    /** The line so many further; the nearest where there are no more. From a line that left, the one that was beside it. */
    step(by) {
      const at3 = this.current === null ? -1 : this.keys.indexOf(this.current);
      if (at3 >= 0 || !Number.isFinite(by)) return this.keys[Math.min(Math.max(at3 + by, 0), this.keys.length - 1)];
      const place2 = this.current === null ? -1 : this.seen.indexOf(this.current);
      const isHere = (key) => this.keys.includes(key);
      const before = this.seen.slice(0, Math.max(place2, 0)).reverse().find(isHere);
      const after = this.seen.slice(place2 + 1).find(isHere);
      return (by > 0 ? after ?? before : before ?? after) ?? this.keys[0];
    }
    look() {
      if (this.current !== null && this.keys.includes(this.current)) this.seen = this.keys;
    }
  };

  // src/list.ts
  var STATE_SHAPES = {
    raised: "raised",
    updated: "updated",
    cleared: "cleared",
    unspecified: "notice"
  };
  function stateBadge(of) {
    return h("span", { class: `state ${of}` }, icon(STATE_SHAPES[of]), capital(word("state", of)));
  }
  function stagedBadge(words2) {
    const isExercise = isExerciseText(words2);
    return h("span", { class: isExercise ? "badge exercise" : "badge", text: text(isExercise ? "exercise_word" : "staged"), attrs: { title: text("staged_title", { words: words2 }) } });
  }
  function notValidBadge() {
    return h("span", { class: "badge warn", text: text("not_valid"), attrs: { title: text("not_valid_title") } });
  }
  function severityBadge(item) {
    const of = severityOf(item);
    const words2 = text("severity", { severity: word("severity", of) });
    return h("span", { class: `severity ${of}`, attrs: { role: "img", "aria-label": words2, title: words2 } }, icon(of));
  }
  function severityLine(item) {
    const of = severityOf(item);
    return h("span", { class: `severity ${of}` }, icon(of), text("severity", { severity: word("severity", of) }));
  }
  function reviewCell(item) {
    const of = standing(item);
    return h("td", { class: "cell-review" }, of ? standingBadge(of) : null, countdown(item, true));
  }
  function noteText(item) {
    const one = item.first === item.last;
    const numbers = text(one ? "number" : "numbers", { first: item.first, last: item.last });
    switch (item.note) {
      case "withheld":
        return text("note_withheld", { numbers, why: word("withheld", item.detail) });
      case "expired":
        return text(one ? "note_expired_one" : "note_expired_many", { numbers, day: item.detail });
      case "lost":
        return text("note_lost", { numbers, why: word("lost", item.detail) });
      case "gap":
        return text(one ? "note_gap_one" : "note_gap_many", { numbers });
      case "unknown":
        return text("note_unknown", { numbers });
    }
  }
  var NOTE_SHAPES = {
    withheld: "withheld",
    expired: "withheld",
    lost: "lost",
    gap: "gap",
    unknown: "notice"
  };
  function alertCells(item) {
    const event = newest(item);
    const first = item.history[0];
    const isCamera = event.kind === "camera_health";
    const [near, far] = placeLines(event, item.box);
    const time = first.event.time ? timeElement(first.event.time) : h("span", {}, momentElement(first.record.stored_unix_ms), h("span", { class: "precision", text: text("when_received") }));
    const badge = isCamera ? h("span", { class: "state of-camera" }, icon("camera"), text("camera")) : stateBadge(state(item));
    return [
      h("td", { class: "cell-state" }, badge),
      h("td", { class: "cell-time" }, time),
      h(
        "td",
        { class: "cell-what" },
        h(
          "div",
          { class: "what" },
          isToReview(item) ? severityBadge(item) : null,
          kind(event.kind),
          event.staged === null ? null : stagedBadge(event.staged),
          event.validity === "not_valid" ? notValidBadge() : null
        ),
        h("div", { class: "faint line", text: particulars(told(item).body).join(" · ") })
      ),
      h("td", { class: "cell-place" }, h("div", { class: "line", text: near, attrs: { title: near } }), h("div", { class: "faint line", text: far })),
      reviewCell(item)
    ];
  }
  function noteCells(item) {
    return [
      h("td", { class: "cell-state" }, h("span", { class: `state ${item.note}` }, icon(NOTE_SHAPES[item.note]), text(item.note))),
      h("td", { class: "cell-time" }, momentElement(item.stored_unix_ms)),
      h("td", { class: "cell-what", attrs: { colspan: 3 } }, h("span", { class: "note-text", text: noteText(item) }), h("span", { class: "faint", text: ` · ${item.box}` }))
    ];
  }
  function spokenName(item) {
    if (item.type === "note") return `${text(item.note)}: ${noteText(item)}, ${text("of_box", { box: item.box })}`;
    const event = newest(item);
    const parts = [kind(event.kind), state(item) === "unspecified" ? "" : word("state", state(item)), place(event)];
    if (event.staged !== null) parts.push(text(isExerciseText(event.staged) ? "exercise_word" : "staged"));
    if (event.validity === "not_valid") parts.push(text("not_valid"));
    return [...parts, ...particulars(told(item).body), spokenStanding(item)].filter(Boolean).join(", ");
  }
  var List = class {
    constructor(events) {
      this.events = events;
      const head = (words2, name) => h("th", { class: name, text: words2, attrs: { scope: "col" } });
      this.table = h(
        "table",
        { class: "list", attrs: { role: "grid", tabindex: -1 } },
        h(
          "thead",
          {},
          h("tr", {}, head(text("column_state"), "cell-state"), head(text("column_time"), "cell-time"), head(text("column_what"), "cell-what"), head(text("column_where"), "cell-place"), head(text("column_review"), "cell-review"))
        ),
        this.body
      );
      this.element = h("div", { class: "scroll" }, this.table, this.older, this.empty);
    }
    events;
    element;
    table;
    body = h("tbody");
    empty = h("p", { class: "empty" });
    older = h("p", { class: "older", text: text("older"), attrs: { hidden: true } });
    rows = /* @__PURE__ */ new Map();
    items = [];
    position = new Position();
    show(items, name, whyEmpty, hasOlder) {
      this.table.setAttribute("aria-label", name);
      const focused = document.activeElement;
      this.older.hidden = !hasOlder;
      this.items = items;
      const keys2 = items.map((item) => item.key);
      this.position.show(keys2);
      const wanted = new Set(keys2);
      for (const [key, row] of this.rows) {
        if (!wanted.has(key)) {
          row.remove();
          this.rows.delete(key);
        }
      }
      let before = this.body.firstChild;
      for (const item of items) {
        const row = this.rows.get(item.key) ?? this.newRow(item);
        if (row === before) before = row.nextSibling;
        else this.body.insertBefore(row, before);
      }
      if (focused instanceof HTMLElement && focused !== document.activeElement) (focused.isConnected ? focused : this.table).focus({ preventScroll: true });
      this.empty.textContent = items.length > 0 ? "" : whyEmpty;
      this.mark();
    }
    /** Draws an item anew. */
    refresh(item) {
      const row = this.rows.get(item.key);
      if (row) this.fill(row, item);
    }
    get selected() {
      return this.position.chosen;
    }
    select(key, withFocus) {
      this.position.choose(key);
      this.mark();
      const row = key === null ? void 0 : this.rows.get(key);
      if (row && withFocus) {
        row.focus({ preventScroll: true });
        row.scrollIntoView({ block: "nearest" });
      }
    }
    /** To the selected line, or else to the list. */
    focus() {
      const row = this.selected === null ? void 0 : this.rows.get(this.selected);
      (row ?? this.table).focus({ preventScroll: true });
    }
    /** Whether its line is there, and not behind a filter. */
    has(key) {
      return this.rows.has(key);
    }
    /** The item so many rows further. */
    step(by) {
      const key = this.position.step(by);
      return this.items.find((item) => item.key === key);
    }
    newRow(item) {
      const row = h("tr", {
        attrs: { tabindex: -1 },
        on: {
          // A finger has no double click.
          click: () => matchMedia("(pointer: coarse)").matches ? this.events.open(item.key) : this.events.select(item.key),
          dblclick: () => this.events.open(item.key),
          focus: () => {
            if (this.selected !== item.key) this.events.select(item.key);
          }
        }
      });
      this.rows.set(item.key, row);
      this.fill(row, item);
      return row;
    }
    fill(row, item) {
      row.className = item.type === "note" ? "note" : isOpen(item) ? "open" : "";
      row.setAttribute("aria-label", spokenName(item));
      row.replaceChildren(...item.type === "note" ? noteCells(item) : alertCells(item));
      this.markRow(row, item.key);
    }
    mark() {
      for (const [key, row] of this.rows) this.markRow(row, key);
      if (this.selected !== null && this.has(this.selected)) return;
      const stop = this.step(1);
      if (stop) this.rows.get(stop.key).tabIndex = 0;
    }
    markRow(row, key) {
      const is = key === this.selected;
      row.setAttribute("aria-selected", String(is));
      row.tabIndex = is ? 0 : -1;
    }
  };

  // src/details.ts
  function why(of) {
    if (of.length === 0) return null;
    const sentences2 = of.map((one) => h("li", { text: explanation(one) }));
    return h("section", {}, h("h3", { text: text("why") }), h("ul", { class: "why" }, ...sentences2));
  }
  function validity(event) {
    if (event.validity === "not_valid") {
      return h("span", { class: "warn-text" }, icon("notice"), text("not_valid_words"));
    }
    return text(event.validity === "valid" ? "valid" : "validity_untold");
  }
  function history2(item) {
    const lines = item.history.map(
      ({ record, event }) => h(
        "li",
        {},
        stateBadge(event.state),
        h(
          "div",
          {},
          event.time ? timeElement(event.time) : h("span", { class: "faint", text: text("time_untold") }),
          h("div", { class: "small", text: particulars(event.body).join("; ") }),
          h("div", { class: "faint small" }, ...textParts("received", { time: momentElement(record.stored_unix_ms), number: String(record.sequence) }))
        )
      )
    );
    return h("section", {}, h("h3", { text: text("course") }), h("ol", { class: "history" }, ...lines));
  }
  function coverage(of, name) {
    if (name === null) return null;
    if (!of) return h("section", {}, h("h3", { text: text("coverage_of", { camera: name }) }), h("p", { class: "faint", text: text("coverage_none") }));
    const [day2, hour] = [share(of.day_secs_by_state), share(of.hour_secs_by_state)];
    const reasons = [
      ...day2.others.map(([name2, secs]) => text("coverage_reason", { time: duration(secs), state: stateWord(name2), why: word("coverage", name2) })),
      ...missingStills(of)?.reasons ?? []
    ];
    const label = text("coverage_label", { share: percent(day2.analysed), time: duration(day2.total) });
    return h(
      "section",
      {},
      h("h3", { text: text("coverage_of", { camera: name }) }),
      bar(day2, label),
      h("p", { text: text("coverage_words", { share: percent(day2.analysed), time: duration(day2.total), hour: percent(hour.analysed) }) }),
      reasons.length > 0 ? h("ul", { class: "why" }, ...reasons.map((reason) => h("li", { text: reason }))) : null
    );
  }
  function stillButton(item, events) {
    if (raised(item) === null) {
      return h("p", { class: "faint", text: text("no_still") });
    }
    return h(
      "button",
      { class: "primary", attrs: { type: "button", "aria-keyshortcuts": "S" }, on: { click: () => events.askForStill(item) } },
      icon("picture"),
      text("show_still"),
      h("kbd", { text: "S" })
    );
  }
  function technical(item) {
    const { record, event } = item.history[item.history.length - 1];
    return h(
      "details",
      { class: "technical" },
      h("summary", { text: text("identifiers") }),
      h(
        "dl",
        {},
        fact(text("id_event"), h("code", { text: event.id })),
        event.alert_id ? fact(text("id_alert"), h("code", { text: event.alert_id })) : null,
        fact(text("id_number"), text("id_number_words", { number: record.sequence, box: record.box, cursor: record.cursor })),
        fact(text("id_policy"), h("code", { text: event.policy_digest || text("id_none") })),
        ...event.model_digests.map((digest2) => fact(text("id_model"), h("code", { text: digest2 })))
      )
    );
  }
  function alertDetails(item, { fleet, suppressions }, events) {
    const event = newest(item);
    const isCamera = event.kind === "camera_health";
    const camera = fleet.boxes.find((box) => box.box === item.box)?.cameras.find((one) => one.camera === event.camera);
    const parts = particulars(told(item).body);
    const first = item.history[0].event;
    const sections = [
      h("div", { class: "badges" }, isCamera ? null : stateBadge(state(item)), isCamera ? null : severityLine(item), event.staged === null ? null : stagedBadge(event.staged)),
      event.staged === null ? null : h("p", { class: "warn-text", text: text("staged_words", { words: event.staged }) }),
      isCamera ? null : reviewSection(item, events),
      isCamera ? null : suppressionSection(item, suppressions, events),
      h(
        "dl",
        {},
        fact(text("where"), place(event)),
        fact(text("when"), event.time ? timeElement(event.time) : text("when_untold")),
        parts.length > 0 ? fact(text("what"), capital(parts.join("; "))) : null,
        isCamera ? null : fact(text("validity"), validity(event)),
        event.confidence ? fact(text("confidence"), text(`confidence_${event.confidence}`)) : null,
        isCamera ? null : fact(text("standing"), text("standing_words"))
      ),
      isCamera ? null : curveSection(item),
      events.place(item.box, event.camera),
      isCamera ? null : stillButton(item, events),
      why(event.explanation),
      item.history.length > 1 && first.explanation.length > 0 ? h("section", {}, h("h3", { text: text("why_raised") }), h("ul", { class: "why" }, ...first.explanation.map((one) => h("li", { text: explanation(one) })))) : null,
      isCamera ? null : history2(item),
      coverage(camera, event.camera),
      technical(item)
    ];
    return sections.filter((section) => section !== null);
  }
  function noteDetails(item) {
    const isErased = item.note === "withheld" && item.detail === "review_deadline";
    return [
      h("p", { text: `${noteText(item)}.` }),
      h("p", { class: "faint", text: text(`meaning_${isErased ? "erased" : item.note}`) }),
      h(
        "dl",
        {},
        fact(text("box"), item.box),
        fact(text("received_head"), momentElement(item.stored_unix_ms)),
        item.note === "withheld" ? fact(text("rule"), h("code", { text: item.detail })) : null
      )
    ];
  }
  function detailsElement(item, around, events) {
    const title = item.type === "note" ? text(item.note) : kind(newest(item).kind);
    return h(
      "section",
      { class: "details", attrs: { "aria-label": text("details_of", { title }), tabindex: -1 } },
      h(
        "header",
        {},
        h("h2", { text: title }),
        h("button", { class: "quiet", text: text("close"), attrs: { type: "button", "aria-label": text("close_details") }, on: { click: events.close } })
      ),
      ...item.type === "note" ? noteDetails(item) : alertDetails(item, around, events)
    );
  }

  // src/debrief.ts
  var secondsText = (secs) => secs === 0 ? text("at_once") : text("after", { time: duration(secs) });
  function delayText(secs) {
    if (secs === null) return text("delay_untold");
    if (secs === 0) return text("delay_none");
    return secs < 0 ? text("delay_early", { time: duration(-secs) }) : text("delay_late", { time: duration(secs) });
  }
  function actText(of) {
    const who = of.person ?? of.role ?? text("other_role");
    const more = of.code === null ? "" : `: ${of.what === "escalated" ? word("escalation", of.code) : word("verdict", of.code)}`;
    const what2 = `${word("exercise_act", of.what)}${more}`;
    return text("act", { who: of.person !== null && of.role !== null ? `${who} (${of.role})` : who, what: what2, when: secondsText(of.after_secs) });
  }
  function outcomeOf(one, of) {
    if (one.alert !== null) return { words: delayText(one.delay_secs), shape: "confirmed", look: "good" };
    return of.held_back > 0 ? { words: text("debrief_untold"), shape: "withheld", look: "faint" } : { words: text("debrief_missed"), shape: "raised", look: "bad" };
  }
  function summaryText(of) {
    const found = of.expected.filter((one) => one.alert !== null).length;
    const others = of.alerts.filter((one) => !one.is_expected).length;
    return [text(of.held_back > 0 ? "debrief_found_read" : "debrief_found", { found, count: of.expected.length }), others === 0 ? text("debrief_no_others") : text("debrief_others", { count: others })].join(" ");
  }
  function expectedSection(of) {
    const heads = [
      [text("debrief_expected"), ""],
      [text("debrief_at"), ""],
      [text("debrief_raised"), ""]
    ];
    const lines = of.expected.map((one, index) => {
      const { words: words2, shape, look } = outcomeOf(one, of);
      const raised2 = h("span", { class: `status ${look}` }, icon(shape), words2);
      return { key: `expected-${index}`, cells: [two2(capital(kind(one.kind)), one.words), text("debrief_from_start", { time: duration(one.at_secs) }), raised2] };
    });
    return h("section", {}, h("h3", { text: text("debrief_expected") }), lines.length > 0 ? table(text("debrief_expected"), heads, lines) : h("p", { class: "faint", text: text("exercise_expects_nothing") }));
  }
  function alertElement(of) {
    const name = of.zone === null ? capital(kind(of.kind)) : `${capital(kind(of.kind))}, ${of.zone}`;
    const when = of.after_secs === null ? text("time_untold") : text("debrief_from_start", { time: duration(of.after_secs) });
    return h(
      "li",
      { class: "debrief-alert" },
      h("div", {}, h("b", { text: name }), ` · ${when} · `, h("span", { class: `status ${of.is_expected ? "good" : "bad"}` }, icon(of.is_expected ? "confirmed" : "notice"), text(of.is_expected ? "debrief_is_expected" : "debrief_not_expected"))),
      of.acts.length > 0 ? h("ul", { class: "why small" }, ...of.acts.map((one) => h("li", { text: actText(one) }))) : h("p", { class: "faint small", text: text("debrief_nobody") })
    );
  }
  function debriefElement(of, buttons) {
    const { exercise } = of;
    const reason = exercise.reason === "" ? "" : `, ${word("exercise_reason", exercise.reason)}`;
    return h(
      "article",
      { class: "debrief" },
      h("div", { class: "debrief-buttons" }, ...buttons),
      h("h2", { text: text("debrief_title", { title: exercise.scenario.title }) }),
      h("p", { class: "recent", text: summaryText(of) }),
      h(
        "dl",
        {},
        fact(text("exercise_where"), text("camera_name", { camera: exercise.camera, box: exercise.box })),
        fact(text("exercise_when"), momentElement(exercise.began_unix_ms ?? exercise.ordered_unix_ms), exercise.ended_unix_ms === null ? "" : ` – ${momentText(exercise.ended_unix_ms)}`),
        fact(text("exercise_stands"), `${word("exercise_state", exercise.state)}${reason}`),
        fact(text("exercise_why"), exercise.why, exercise.person === null ? null : h("span", { class: "faint", text: ` · ${exercise.person}` })),
        fact(text("exercise_footage"), text("exercise_source", { source: exercise.scenario.source, licence: exercise.scenario.licence }))
      ),
      expectedSection(of),
      h("section", {}, h("h3", { text: text("debrief_alerts") }), of.alerts.length > 0 ? h("ol", { class: "debrief-alerts" }, ...of.alerts.map(alertElement)) : h("p", { class: "faint", text: text("debrief_no_alerts") })),
      of.held_back > 0 ? h("p", { class: "faint small", text: text("debrief_held_back", { count: of.held_back }) }) : null,
      h("p", { class: "faint small", text: text("debrief_note") })
    );
  }

  // src/exercises.ts
  var isOpen3 = (of) => ["waits", "runs", "stopping"].includes(of.state);
  function exerciseBanner(of, stop) {
    const ends = of.began_unix_ms === null ? "" : text("exercise_until", { time: momentText(of.began_unix_ms + of.scenario.secs * 1e3) });
    const label = text("exercise_stop_of", { camera: of.camera, box: of.box });
    return h(
      "div",
      { class: "exercise-line" },
      icon("notice"),
      h("strong", { text: text("exercise_word") }),
      h("span", { text: [text("exercise_blind", { camera: of.camera, box: of.box, title: of.scenario.title }), ends].filter(Boolean).join(" ") }),
      of.state === "stopping" ? h("span", { text: word("exercise_state", of.state) }) : h("button", { text: text("exercise_stop"), attrs: { type: "button", "aria-label": label }, on: { click: () => stop(of) } })
    );
  }
  var ExercisesPage = class {
    constructor(asking, purpose) {
      this.asking = asking;
      this.purpose = purpose;
      this.start = h("button", { class: "primary", text: text("exercise_new"), attrs: { type: "button", hidden: true }, on: { click: () => this.open() } });
      const again = h("button", { text: text("read_again"), attrs: { type: "button" }, on: { click: () => void this.read() } });
      this.element = h(
        "main",
        { class: "page" },
        h("h1", { class: "unseen", text: text("page_exercise"), attrs: { tabindex: -1 } }),
        h("div", { class: "tools" }, this.start, h("span", { class: "spring" }), this.asOf, again),
        this.scroll,
        this.dialog
      );
      this.dialog.addEventListener("close", () => this.dialog.replaceChildren());
    }
    asking;
    purpose;
    element;
    scroll = h("div", { class: "page-scroll exercises", attrs: { tabindex: -1 } });
    asOf = h("span", { class: "faint small" });
    start;
    dialog = h("dialog", { class: "entry-dialog", attrs: { "aria-label": text("exercise_new") } });
    walk = new Walk(this.scroll);
    told = null;
    isRead = false;
    /** Nothing takes a debrief away but the person who reads it. */
    isLookingBack = false;
    asked = 0;
    key(event) {
      return this.walk.key(event);
    }
    /** Reads when a person turns to the page for the first time. */
    draw() {
      if (this.isRead || this.isLookingBack) return;
      this.isRead = true;
      void this.read();
    }
    /** The hub told that one began or ended: what is shown is old. */
    changed() {
      if (this.isRead && !this.element.hidden && !this.isLookingBack) void this.read();
      else this.isRead = false;
    }
    async stop(of) {
      const done = await ask2(this.asking, "/api/exercises/stop", { order_id: of.order_id });
      return done instanceof Refusal ? text("said_failed", { reason: `${done.message}.` }) : text("said_exercise_stopped");
    }
    async read() {
      const asked = ++this.asked;
      this.isLookingBack = false;
      const told2 = await ask2(this.asking, "/api/exercises", null);
      if (told2 === null || asked !== this.asked) return;
      if (told2 instanceof Refusal) return this.scroll.replaceChildren(refusalElement(told2));
      this.told = told2;
      this.start.hidden = !told2.may_start;
      this.start.disabled = !told2.places.some(canPlay);
      this.asOf.replaceChildren(...textParts("as_of", { time: momentElement(told2.hub_unix_ms) }));
      this.walk.redraw(() => this.scroll.replaceChildren(this.list(told2)));
    }
    list(told2) {
      const heads = [
        [text("exercise_what"), ""],
        [text("exercise_where"), ""],
        [text("exercise_when"), ""],
        [text("exercise_stands"), ""],
        [text("exercise_look_back"), ""]
      ];
      return h(
        "section",
        {},
        h("h2", { text: text("exercises_were") }),
        h("p", { class: "faint small", text: text("exercises_words") }),
        told2.may_start && !told2.places.some(canPlay) ? h("p", { class: "bad", text: text(told2.places.some((one) => one.connected && !one.is_able) ? "exercises_outdated" : "exercises_no_scenario") }) : null,
        told2.exercises.length > 0 ? table(text("exercises_were"), heads, told2.exercises.map((one) => this.line(one))) : h("p", { class: "faint", text: text("exercises_none") })
      );
    }
    line(of) {
      const label = text("debrief_of", { title: of.scenario.title, time: momentText(of.ordered_unix_ms) });
      const look = h("button", { text: text("debrief"), attrs: { type: "button", "aria-label": label }, on: { click: () => void this.lookBack(of) } });
      const reason = of.reason === "" ? "" : word("exercise_reason", of.reason);
      return {
        key: of.order_id,
        cells: [
          two2(h("b", { text: of.scenario.title }), of.why),
          two2(of.camera, of.box),
          two2(momentElement(of.began_unix_ms ?? of.ordered_unix_ms), of.person ?? ""),
          two2(h("span", { class: `status ${isOpen3(of) ? "bad" : ""}` }, isOpen3(of) ? icon("notice") : null, word("exercise_state", of.state)), reason),
          of.began_unix_ms === null ? null : look
        ]
      };
    }
    async lookBack(of) {
      const asked = ++this.asked;
      this.isLookingBack = true;
      const told2 = await ask2(this.asking, "/api/exercises/debrief", { order_id: of.order_id, purpose: this.purpose });
      if (asked !== this.asked) return;
      this.isLookingBack = told2 !== null && !(told2 instanceof Refusal);
      if (told2 === null) return;
      if (told2 instanceof Refusal) return this.scroll.replaceChildren(refusalElement(told2));
      const back = h("button", { text: text("debrief_back"), attrs: { type: "button" }, on: { click: () => void this.read() } });
      const print = h("button", { class: "primary", text: text("debrief_print"), attrs: { type: "button" }, on: { click: () => window.print() } });
      this.scroll.replaceChildren(debriefElement(told2, [back, print]));
      back.focus();
    }
    open() {
      const places = (this.told?.places ?? []).filter(canPlay);
      const first = places[0];
      if (first === void 0) return;
      const choice = (id) => h("select", { attrs: { id, required: true } });
      const [box, camera, scenario] = [choice("exercise-box"), choice("exercise-camera"), choice("exercise-scenario")];
      const why2 = h("input", { attrs: { id: "exercise-why", required: true, maxlength: 200, autocomplete: "off" } });
      const about = h("div", { class: "exercise-about", attrs: { "aria-live": "polite" } });
      const problem2 = h("div", {});
      const place2 = () => places.find((one) => one.box === box.value) ?? first;
      const chosen = () => place2().scenarios.find((one) => one.id === scenario.value);
      const describe = () => about.replaceChildren(...aboutScenario(chosen(), camera.value));
      const fill2 = () => {
        camera.replaceChildren(...place2().cameras.map((one) => h("option", { text: one, attrs: { value: one } })));
        scenario.replaceChildren(...place2().scenarios.map((one) => h("option", { text: text("exercise_option", { title: one.title, time: duration(one.secs) }), attrs: { value: one.id } })));
        describe();
      };
      box.replaceChildren(...places.map((one) => h("option", { text: one.box, attrs: { value: one.box } })));
      box.addEventListener("change", fill2);
      camera.addEventListener("change", describe);
      scenario.addEventListener("change", describe);
      fill2();
      const submit = (event) => {
        event.preventDefault();
        void this.order({ box: box.value, camera: camera.value, scenario: scenario.value, why: why2.value }, problem2);
      };
      const field3 = (code, of) => [h("label", { text: text(code), attrs: { for: of.id } }), of];
      this.dialog.replaceChildren(
        h("h2", { text: text("exercise_new") }),
        h(
          "form",
          { on: { submit } },
          ...field3("exercise_box", box),
          ...field3("exercise_camera", camera),
          ...field3("exercise_scenario", scenario),
          about,
          ...field3("exercise_why", why2),
          problem2,
          h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"), h("button", { class: "primary", text: text("exercise_begin"), attrs: { type: "submit" } }))
        )
      );
      this.dialog.showModal();
      box.focus();
    }
    async order(body, problem2) {
      const done = await ask2(this.asking, "/api/exercises/start", body);
      if (done === null) return;
      if (done instanceof Refusal) return problem2.replaceChildren(refusalElement(done));
      this.dialog.close();
      await this.read();
    }
  };
  var canPlay = (one) => one.connected && one.is_able && one.cameras.length > 0 && one.scenarios.length > 0;
  function aboutScenario(of, camera) {
    if (of === void 0) return [];
    const minutes = Math.max(1, Math.ceil(of.secs / 60));
    return [
      h("p", { class: "warn-text" }, icon("notice"), text("exercise_warning", { camera, minutes })),
      h("p", { class: "small", text: text("exercise_marked") }),
      of.expected.length === 0 ? h("p", { class: "small", text: text("exercise_expects_nothing") }) : h("ul", { class: "why small" }, ...of.expected.map((one) => h("li", { text: expectedText(one) }))),
      h("p", { class: "faint small", text: text("exercise_source", { source: of.source, licence: of.licence }) })
    ];
  }
  function expectedText(of) {
    const words2 = text("exercise_expected", { time: duration(of.at_secs), kind: kind(of.kind) });
    return of.words === "" ? words2 : `${words2}: ${of.words}`;
  }

  // src/keys.ts
  var KEPT2 = "velum.keys";
  var keys = () => [
    ["↓ ↑ J K", text("keys_lines")],
    ["Home End", text("keys_ends")],
    ["Enter", text("keys_details")],
    ["S", text("keys_still")],
    ["T C R E", text("keys_review")],
    ["W", text("keys_text")],
    ["N", text("keys_suppress")],
    ["1 2 3 4", text("keys_filters")],
    ["5 6 7 8", text("keys_pages")],
    ["N", text("keys_needs")],
    ["P", text("keys_plan")],
    ["M", text("keys_sound")],
    ["Esc", text("keys_close")],
    ["?", text("keys_keys")]
  ];
  var Keys = class {
    single = h("input", { attrs: { type: "checkbox", id: "single-keys" } });
    dialog = h("dialog", { class: "help", attrs: { "aria-label": text("keys") } });
    constructor(parent) {
      this.single.checked = remembered(KEPT2) !== "off";
      this.single.addEventListener("change", () => remember(KEPT2, this.single.checked ? "on" : "off"));
      const lines = keys().map(([names2, meaning]) => h("tr", {}, h("td", {}, ...names2.split(" ").map((key) => h("kbd", { text: key }))), h("td", { text: meaning })));
      this.dialog.append(
        h("h2", { text: text("keys") }),
        h("table", {}, ...lines),
        h("div", { class: "single-keys" }, this.single, h("label", { text: text("keys_single"), attrs: { for: "single-keys" } })),
        h("div", { class: "buttons" }, closeButton(this.dialog, "close"))
      );
      parent.append(this.dialog);
    }
    open() {
      this.dialog.showModal();
    }
    /** Whether this press counts. */
    counts(event) {
      return event.key.length > 1 || this.single.checked;
    }
  };

  // src/live.ts
  var SILENCE_MS = 12e3;
  var FIRST_PAUSE_MS = 500;
  var LONGEST_PAUSE_MS = 8e3;
  var Live = class {
    constructor(listener, purpose) {
      this.listener = listener;
      this.purpose = purpose;
      this.open();
    }
    listener;
    purpose;
    source = null;
    after = "newest";
    /** The last change of where an alert stands that came here. */
    change = null;
    pauseMs = FIRST_PAUSE_MS;
    timer = 0;
    closed = false;
    close() {
      this.closed = true;
      window.clearTimeout(this.timer);
      this.source?.close();
    }
    open() {
      const change = this.change === null ? "" : `&change=${this.change}`;
      const source = new EventSource(`/api/live/${this.after}?purpose=${encodeURIComponent(this.purpose)}${change}`);
      this.source = source;
      const on = (name, handle) => {
        source.addEventListener(name, (event) => {
          if (this.closed || source !== this.source) return;
          this.heard();
          handle(JSON.parse(event.data));
        });
      };
      on("record", (record) => {
        this.after = String(record.cursor);
        this.listener.record(record);
      });
      on("held", (held) => {
        this.after = String(held.cursor);
        this.listener.held(held);
      });
      on("fleet", (fleet) => this.listener.fleet(fleet));
      on("hours", (hours) => this.listener.hours(hours));
      on("suppressions", (of) => this.listener.suppressions(of));
      on("exercises", (of) => this.listener.exercises(of));
      on("review", (review) => {
        if (review.change !== null) this.change = review.change;
        this.listener.review(review);
      });
      on("caught_up", ({ cursor, change: known }) => {
        this.after = String(cursor);
        this.change ??= known;
        this.pauseMs = FIRST_PAUSE_MS;
        this.listener.state("live");
      });
      on("beat", ({ hub_unix_ms }) => this.listener.clock(hub_unix_ms));
      on("ended", ({ reason }) => {
        if (reason === "stopping" || reason === "failed") return this.again();
        this.close();
        this.listener.ended(reason);
      });
      source.addEventListener("error", () => {
        if (source === this.source) this.again();
      });
      this.heard();
    }
    heard() {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.again(), SILENCE_MS);
    }
    again() {
      if (this.closed) return;
      window.clearTimeout(this.timer);
      this.source?.close();
      this.source = null;
      this.listener.state("away");
      this.listener.failed();
      this.timer = window.setTimeout(() => {
        if (!this.closed) this.open();
      }, this.pauseMs);
      this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
    }
  };

  // src/said.ts
  var SAID_MS = 6e3;
  var HEARD_MS = 12e3;
  var MOST_HEARD = 3;
  var Said = class {
    element = h("div", { class: "sayings", attrs: { role: "status", "aria-atomic": "false" } });
    lines = [];
    /** What came of what this person did; it takes the place of what came of the thing before. */
    say(words2) {
      this.keep(({ isHeard }) => isHeard);
      this.add({ element: h("p", { class: "said", text: words2 }), isHeard: false, untilMs: Date.now() + SAID_MS });
    }
    /** What others did: beside what was done here, not in its place. */
    hear(words2) {
      const heard = this.lines.filter(({ isHeard }) => isHeard);
      this.keep((line2) => !line2.isHeard || heard.indexOf(line2) > heard.length - MOST_HEARD);
      this.add({ element: h("p", { class: "said heard" }, icon("person"), words2), isHeard: true, untilMs: Date.now() + HEARD_MS });
    }
    tick() {
      this.keep(({ untilMs }) => untilMs > Date.now());
    }
    add(line2) {
      this.lines.push(line2);
      this.element.append(line2.element);
    }
    keep(isKept) {
      for (const line2 of this.lines) if (!isKept(line2)) line2.element.remove();
      this.lines = this.lines.filter(isKept);
    }
  };

  // src/sound.ts
  var KEPT3 = "velum.sound";
  var TONE_SECS = 0.16;
  var LOUDNESS = 0.12;
  var Sound = class {
    button = h("button", { class: "quiet sound", attrs: { type: "button", "aria-keyshortcuts": "M" }, on: { click: () => this.toggle() } });
    isOn = remembered(KEPT3) === "on";
    context = null;
    constructor() {
      this.draw();
    }
    toggle() {
      this.isOn = !this.isOn;
      remember(KEPT3, this.isOn ? "on" : "off");
      this.wake();
      if (this.isOn) this.play([660, 880]);
      this.draw();
    }
    /** Somebody touched the page. */
    wake() {
      if (!this.isOn) return;
      if (this.context?.state === "running") return;
      this.context ??= this.opened();
      void this.context.resume().then(() => this.draw());
    }
    alert() {
      this.play([660, 880]);
    }
    escalated() {
      this.play([880, 660, 880]);
    }
    close() {
      void this.context?.close();
    }
    opened() {
      const context = new AudioContext();
      context.onstatechange = () => this.draw();
      return context;
    }
    play(tones) {
      if (!this.isOn || this.context === null || this.context.state !== "running") return;
      for (const [place2, hertz] of tones.entries()) tone(this.context, hertz, this.context.currentTime + place2 * TONE_SECS);
    }
    draw() {
      const waits = this.isOn && this.context?.state !== "running";
      this.button.textContent = text(waits ? "sound_waits" : this.isOn ? "sound_on" : "sound_off");
      this.button.setAttribute("aria-pressed", String(this.isOn));
      this.button.title = text("sound_title");
    }
  };
  function tone(context, hertz, at3) {
    const [oscillator, gain] = [context.createOscillator(), context.createGain()];
    oscillator.frequency.value = hertz;
    gain.gain.setValueAtTime(0, at3);
    gain.gain.linearRampToValueAtTime(LOUDNESS, at3 + 0.02);
    gain.gain.linearRampToValueAtTime(0, at3 + TONE_SECS);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at3);
    oscillator.stop(at3 + TONE_SECS);
  }

  // src/policies.ts
  var SHORT_DIGEST = 12;
  function digest(of) {
    return h("code", { text: of.slice(0, SHORT_DIGEST) || text("id_none"), attrs: { title: of } });
  }
  function standing2(of) {
    if (!of.drifts) return h("span", { class: "status good" }, icon("confirmed"), text("no_drift"));
    const words2 = of.expected_version === null ? text("drift_unknown") : text("drift", { version: of.expected_version });
    return h("span", { class: "status bad" }, icon("raised"), words2);
  }
  function receipt(of) {
    const version = of.offered_version === null ? "" : text("receipt_of", { version: of.offered_version });
    return two2(capital(word("receipt", of.receipt)), [version, of.reason].filter(Boolean).join(": "));
  }
  function cameras(of) {
    if (of.cameras.length === 0) return text("no_coverage");
    return h("ul", { class: "names" }, ...of.cameras.map(({ camera, is_named }) => is_named === false ? h("li", { class: "bad" }, icon("notice"), text("camera_unnamed", { camera })) : h("li", { text: camera })));
  }
  function boxLine2(of) {
    return {
      key: `box/${of.box}`,
      class: of.drifts ? "drifts" : "",
      cells: [
        two2(h("b", { text: of.box }), h("span", { class: "status" }, icon(of.connected ? "box" : "away"), text(of.connected ? "connected" : "away"))),
        two2(of.version === null ? text("version_unknown") : text("version", { version: of.version }), of.policy_id),
        digest(of.digest),
        standing2(of),
        receipt(of),
        cameras(of)
      ]
    };
  }
  function wayBadge(way) {
    const shape = { "less-private": "raised", "more-private": "confirmed", judgement: "person" }[way] ?? "notice";
    const name = way === "less-private" ? "bad" : way === "more-private" ? "good" : "faint";
    return h("span", { class: `status ${name}` }, icon(shape), capital(word("way", way)));
  }
  function standingOf2(of, all) {
    if (of.holds) return h("span", { class: "status good" }, icon("confirmed"), text("holds"));
    const same2 = all.filter(({ policy_id }) => policy_id === of.policy_id);
    const holding = same2.findIndex(({ holds }) => holds);
    if (holding < 0 || same2.indexOf(of) < holding) return h("span", { class: "status faint" }, icon("waits"), text("not_begun"));
    return text("replaced");
  }
  function versionLine(of, all, compare) {
    const signed = [text("signers", { count: of.signers }), of.has_opinion ? text("with_opinion") : ""].filter(Boolean).join(", ");
    const button = h("button", { text: text("what_changed"), attrs: { type: "button", "aria-label": text("what_changed_in", { version: of.version }) }, on: { click: () => compare(of) } });
    return {
      key: `version/${of.digest}`,
      cells: [
        two2(h("b", { text: of.version }), of.policy_id),
        digest(of.digest),
        two2(standingOf2(of, all), text("holds_from_to", { status: word("policy_status", of.status), from: dayText(of.effective_from_unix_ms), to: dayText(of.expires_unix_ms) })),
        two2(momentElement(of.published_unix_ms), text("published_by", { name: of.published_by })),
        signed,
        wayBadge(of.change),
        of.before === null ? null : button
      ]
    };
  }
  function waitingSection(told2) {
    const heads = ["camera", "note", "proposed", "state"].map((code) => [text(`head_waiting_${code}`), ""]);
    const line2 = (of) => ({
      key: `waiting/${of.box}/${of.camera}/${of.proposed_unix_ms}`,
      cells: [two2(h("b", { text: of.camera }), of.box), of.note, two2(momentElement(of.proposed_unix_ms), of.proposed_by), text(of.state === "proposed" ? "waits_for_approval" : "waits_for_box")]
    });
    return h("section", {}, h("h2", { text: text("approvals") }), told2.waiting.length > 0 ? table(text("approvals"), heads, told2.waiting.map(line2)) : h("p", { class: "faint", text: text("approvals_none") }));
  }
  function policySections(told2, compare) {
    const drifting = told2.boxes.filter(({ drifts }) => drifts).length;
    const boxHeads = [["box", ""], ["policy", ""], ["digest", ""], ["should", ""], ["receipt", ""], ["cameras", ""]].map(([code, name]) => [text(`head_${code}`), name]);
    const versionHeads = ["version", "digest", "standing", "published", "signed", "way", "changed"].map((code) => [text(`head_${code}`), ""]);
    const boxes = told2.boxes.length > 0 ? table(text("policies_of_boxes"), boxHeads, told2.boxes.map(boxLine2)) : h("p", { class: "faint", text: text("boxes_none_seen") });
    const history3 = told2.history.length > 0 ? table(text("versions"), versionHeads, told2.history.map((one) => versionLine(one, told2.history, compare))) : h("p", { class: "faint", text: text("versions_none") });
    return [
      waitingSection(told2),
      h("section", {}, h("h2", { text: text("policies_of_boxes") }), h("p", { class: drifting > 0 ? "bad" : "faint", text: told2.boxes.length === 0 ? "" : drifting > 0 ? text("drifting", { count: drifting, all: told2.boxes.length }) : text("drifting_none") }), boxes),
      h("section", {}, h("h2", { text: text("versions") }), history3)
    ];
  }

  // src/diff.ts
  var WAYS = ["less-private", "judgement", "more-private", "every-version"];
  var MOST_NAMES = 8;
  var DiffDialog = class {
    constructor(parent, asking) {
      this.asking = asking;
      this.dialog.append(
        this.title,
        this.body,
        h("div", { class: "buttons" }, closeButton(this.dialog, "close"))
      );
      parent.append(this.dialog);
    }
    asking;
    body = h("div", { class: "diff-body", attrs: { tabindex: 0, role: "group" } });
    title = h("h2");
    dialog = h("dialog", { class: "diff", attrs: { "aria-label": text("what_changed") } });
    open(of) {
      this.title.textContent = text("what_changed_in", { version: of.version });
      this.body.setAttribute("aria-label", this.title.textContent);
      this.body.replaceChildren(h("p", { class: "waiting", text: text("comparing"), attrs: { role: "status" } }));
      this.dialog.showModal();
      void this.compare(of);
    }
    async compare(of) {
      const body = { old: of.before ?? "", new: of.digest, justification: this.asking.reason() };
      const found = await ask2(this.asking, "/api/oversight/diff", body);
      if (found === null) return;
      this.body.replaceChildren(...found instanceof Refusal ? [refusalElement(found)] : diffElements(found));
      this.body.scrollTop = 0;
      this.body.focus();
    }
  };
  function names(cameras2) {
    const more = cameras2.length - MOST_NAMES;
    const named = cameras2.slice(0, MOST_NAMES).join(", ");
    return more > 0 ? text("names_more", { names: named, count: more }) : named;
  }
  function sides(before, after) {
    const side = (label, value) => h("div", { class: "side-of" }, h("dt", { text: label }), h("dd", {}, value === null ? h("span", { class: "faint", text: text("not_written") }) : h("code", { text: value })));
    return h("dl", { class: "sides small" }, side(text("diff_old"), before), side(text("diff_new"), after));
  }
  function diffElements(of) {
    const parts = WAYS.map((way) => {
      const changes = of.changes.filter(({ verdict }) => verdict === way);
      if (changes.length === 0) return null;
      const lines = changes.map(({ key, sentence: sentence3, old, new: now }) => h("li", {}, h("p", { text: sentence3 }), h("div", { class: "faint small" }, h("code", { text: key })), sides(old, now)));
      return h("section", {}, h("h3", {}, wayBadge(way), h("span", { class: "faint", text: ` ${changes.length}` })), h("ul", { class: "changes" }, ...lines));
    });
    const cameras2 = of.cameras.map((one) => h("li", {}, wayBadge(one.verdict), h("p", { text: one.sentence }), h("div", { class: "faint small", text: names(one.cameras) }), sides(one.old, one.new)));
    const needs = of.needs.map((need) => h("li", {}, h("code", { text: need.rule }), h("span", { text: ` ${need.sentence}` })));
    return [
      h("p", {}, text("diff_between", { old: of.old, new: of.new }), " ", wayBadge(of.verdict)),
      ...parts.filter((part) => part !== null),
      ...cameras2.length > 0 ? [h("section", {}, h("h3", { text: text("diff_cameras") }), h("ul", { class: "changes" }, ...cameras2))] : [],
      ...needs.length > 0 ? [h("section", {}, h("h3", { text: text("diff_needs") }), h("ul", { class: "why" }, ...needs))] : [],
      ...of.cut > 0 ? [h("p", { class: "faint", text: text("diff_cut", { count: of.cut }) })] : [],
      ...of.needs.some(({ sentence: sentence3 }) => sentence3.includes("[K]")) ? [h("p", { class: "faint small", text: text("diff_mark") })] : [],
      h("p", { class: "faint small", text: text("diff_people") })
    ];
  }

  // src/figures.ts
  function falseText(of, fewest) {
    if (of.decided === 0) return text("false_none");
    if (!of.is_enough) return text("false_few", { rejected: of.rejected, decided: of.decided, fewest });
    return text("false_share", { rejected: of.rejected, decided: of.decided, share: Math.round(of.rejected / of.decided * 100) });
  }
  function line(of, fewest) {
    const times = of.half_within_secs === null || of.most_within_secs === null ? text("times_none") : of.decided < 2 ? text("times_one", { time: duration(of.half_within_secs) }) : text("times", { half: duration(of.half_within_secs), most: duration(of.most_within_secs) });
    return {
      key: `${of.week_unix_secs}/${of.box}/${of.camera ?? ""}`,
      cells: [
        text("week_of", { day: dayText(of.week_unix_secs * 1e3) }),
        two2(of.camera ?? text("camera_untold"), of.box),
        text("figures_raised", { raised: of.raised, decided: of.decided }),
        falseText(of, fewest),
        times
      ]
    };
  }
  function figuresSection(told2) {
    const title = h("h2", { text: text("part_figures") });
    if (told2.figures === null) return h("section", {}, title, h("p", { text: text("figures_not_yours") }));
    const heads = ["week", "camera", "raised", "false", "times"].map((code) => [text(`figures_${code}_head`), ""]);
    const lines = told2.figures.map((one) => line(one, told2.fewest));
    return h(
      "section",
      {},
      title,
      h("p", { class: "faint", text: text("figures_words", { fewest: told2.fewest }) }),
      told2.figures_are_cut ? h("p", { class: "bad", text: text("figures_cut") }) : null,
      lines.length > 0 ? table(text("part_figures"), heads, lines) : h("p", { class: "faint", text: text("figures_none") })
    );
  }
  var KB = 1e3;
  function leftLine(of) {
    const size = of.bytes < KB ? text("egress_bytes", { bytes: of.bytes }) : text("egress_kilobytes", { kilobytes: Math.round(of.bytes / KB) });
    return { key: `${of.box}/${of.what}/${of.class}`, cells: [of.box, two2(word("left_what", of.what), of.class), String(of.count), size, momentText(of.since_unix_ms)] };
  }
  function leftSection(told2) {
    if (told2.left === null) return null;
    const heads = ["box", "what", "count", "size", "since"].map((code) => [text(`head_left_${code}`), ""]);
    return h(
      "section",
      {},
      h("h2", { text: text("egress") }),
      h("p", { class: "faint", text: text("egress_words") }),
      told2.left.length > 0 ? table(text("egress"), heads, told2.left.map(leftLine)) : h("p", { class: "faint", text: text("egress_none") })
    );
  }
  var missed = (recall) => (Math.ceil((1 - recall) * 1e4 - 1e-6) / 100).toFixed(2);
  function measuredLine(of) {
    const measured = of.measured;
    const name = two2(of.policy_id, of.version);
    if (measured === null) return { key: of.digest, cells: [name, text("measured_none"), null, null] };
    const heads = text("measured_heads", { missed: missed(measured.recall_head), worst: missed(measured.worst_subgroup_recall) });
    const digest2 = h("code", { text: measured.report_sha256.slice(0, 12), attrs: { title: measured.report_sha256 } });
    return {
      key: of.digest,
      cells: [name, two2(heads, text("measured_plates", { missed: missed(measured.recall_plate) })), two2(text("measured_sample", { count: measured.sample }), measured.dataset), two2(dayText(measured.unix_ms), digest2)]
    };
  }
  function measuredSection(told2) {
    const heads = ["policy", "missed", "sample", "report"].map((code) => [text(`head_measured_${code}`), ""]);
    const holding = told2.history.filter(({ holds }) => holds);
    return h("section", {}, h("h2", { text: text("measured") }), h("p", { class: "faint", text: text("measured_words") }), holding.length > 0 ? table(text("measured"), heads, holding.map(measuredLine)) : h("p", { class: "faint", text: text("measured_nothing") }));
  }

  // src/save.ts
  function save(name, content) {
    const address = URL.createObjectURL(content);
    const link = h("a", { attrs: { href: address, download: name } });
    link.click();
    URL.revokeObjectURL(address);
  }

  // src/pack.ts
  var DAYS = 30;
  var DAY_MS2 = 864e5;
  var dayOf = (unixMs) => new Date(unixMs).toISOString().slice(0, 10);
  var PackForm = class {
    constructor(asking) {
      this.asking = asking;
      const submit = (event) => {
        event.preventDefault();
        void this.take();
      };
      const label = (code, of) => h("label", { text: text(code), attrs: { for: of } });
      this.element = h(
        "section",
        {},
        h("h2", { text: text("pack") }),
        h("p", { class: "faint", text: text("pack_words") }),
        h("form", { class: "row-buttons days", on: { submit } }, label("pack_from", "pack-from"), this.from, label("pack_to", "pack-to"), this.to, this.button),
        this.said
      );
    }
    asking;
    element;
    from = dayInput("pack-from", Date.now() - (DAYS - 1) * DAY_MS2);
    to = dayInput("pack-to", Date.now());
    button = h("button", { attrs: { type: "submit" } }, icon("download"), text("pack_take"));
    said = h("div", { attrs: { role: "status" } });
    async take() {
      const [from, to] = [this.from.value, this.to.value];
      this.button.disabled = true;
      this.said.replaceChildren(h("p", { class: "waiting", text: text("pack_making") }));
      const file = await askForFile(this.asking, "/api/oversight/pack", { justification: this.asking.reason(), from, to });
      this.button.disabled = false;
      this.button.focus();
      if (file === null) return;
      if (file instanceof Refusal) return this.said.replaceChildren(refusalElement(file));
      save(`velum-audit-pack-${from}-to-${to}.zip`, file);
      speak(text("pack_saved"));
      this.said.replaceChildren(h("p", {}, icon("confirmed"), text("pack_saved")), h("p", { class: "faint small" }, h("code", { text: "velum audit verify audit-pack --key KEY" })));
    }
  };
  function dayInput(id, unixMs) {
    return h("input", { attrs: { id, type: "date", required: true, value: dayOf(unixMs) } });
  }

  // src/log.ts
  var SHORT_ID = 8;
  var HEX_ID = /^[0-9a-f-]{32,36}$/;
  var LogSection = class {
    constructor(asking) {
      this.asking = asking;
      this.pack = new PackForm(asking);
    }
    asking;
    found = h("div", { attrs: { role: "status" } });
    verifyButton = h("button", { class: "primary", attrs: { type: "button" }, on: { click: () => void this.verify() } }, icon("confirmed"), text("verify_now"));
    keep = h("button", { attrs: { type: "button" }, on: { click: () => void this.checkpoint() } }, text("take_checkpoint"));
    refusalsOnly = h("button", { text: text("refusals_only"), attrs: { type: "button", "aria-pressed": "false" }, on: { click: () => this.toggle() } });
    list = h("div", {});
    entries = [];
    isFiltered = false;
    pack;
    elements(told2) {
      this.entries = told2.entries;
      this.draw();
      const key = h("p", { class: "faint small" }, text("log_key"), " ", h("code", { text: told2.log_key }));
      return [
        h("section", {}, h("h2", { text: text("log_whole") }), h("p", { class: "faint", text: text("log_whole_words") }), h("div", { class: "row-buttons" }, this.verifyButton, this.keep), this.found, key),
        this.pack.element,
        h(
          "section",
          {},
          h("h2", { text: text("log_newest", { count: told2.entries.length }) }),
          told2.unreadable_entries > 0 ? h("p", { class: "bad", text: text("log_unreadable", { count: told2.unreadable_entries }) }) : null,
          h("div", { class: "row-buttons" }, this.refusalsOnly),
          this.list
        )
      ];
    }
    toggle() {
      this.isFiltered = !this.isFiltered;
      this.draw();
    }
    draw() {
      this.refusalsOnly.setAttribute("aria-pressed", String(this.isFiltered));
      const shown = this.isFiltered ? this.entries.filter(({ denied }) => denied !== null) : this.entries;
      const heads = [["number", "number-cell"], ["when", "moment-cell"], ["who", ""], ["what", ""], ["why", "wide-cell"], ["outcome", ""]].map(([code, name]) => [text(`log_${code}`), name]);
      this.list.replaceChildren(shown.length > 0 ? table(text("log_entries"), heads, shown.map(entryLine)) : h("p", { class: "faint", text: text("log_none") }));
    }
    async verify() {
      this.verifyButton.disabled = true;
      this.found.replaceChildren(h("p", { class: "waiting", text: text("verifying") }));
      let found;
      do
        found = await ask2(this.asking, "/api/oversight/verify", { justification: this.asking.reason() });
      while (found !== null && !(found instanceof Refusal) && found.is_running);
      this.verifyButton.disabled = false;
      if (found !== null) this.found.replaceChildren(found instanceof Refusal ? refusalElement(found) : verifiedElement(found));
    }
    async checkpoint() {
      const signed = await ask2(this.asking, "/api/oversight/checkpoint", { justification: this.asking.reason() });
      if (signed === null) return;
      if (signed instanceof Refusal) return this.found.replaceChildren(refusalElement(signed));
      save(`checkpoint-${signed.number}.txt`, new Blob([signed.text], { type: "text/plain" }));
      speak(text("checkpoint_saved"));
      this.found.replaceChildren(h("p", {}, icon("confirmed"), text("checkpoint_saved")), h("p", { class: "faint small" }, text("checkpoint_short"), " ", h("code", { text: signed.short })));
    }
  };
  function verifiedElement(of) {
    const head = of.is_sound ? h("p", { class: "good verdict" }, icon("confirmed"), h("strong", { text: text("verified_sound") })) : h("p", { class: "alarm verdict" }, icon("raised"), h("strong", { text: text("verified_wrong") }));
    const span = of.first_unix_ms === null || of.last_unix_ms === null ? text("verified_none") : text("verified_span", { records: of.records, files: of.files, first: momentText(of.first_unix_ms), last: momentText(of.last_unix_ms) });
    const last = of.last_checkpoint;
    const lines = [
      span,
      of.records_before > 0 ? text("verified_before", { count: of.records_before }) : "",
      last === null ? text("verified_unsigned_all") : text("verified_signed", { count: of.checkpoints, number: last.number, time: momentText(last.unix_ms) }),
      of.unsigned_records > 0 ? text("verified_unsigned", { count: of.unsigned_records }) : "",
      of.times_set_back > 0 ? text("verified_set_back", { count: of.times_set_back }) : "",
      ...of.notices.map(({ code, file }) => text("verified_notice", { file, words: word("log_notice", code) })),
      of.is_sound ? text("verified_limit") : ""
    ];
    return h(
      "div",
      { class: "verified" },
      head,
      ...of.faults.map(({ place: place2, meaning }) => h("p", { class: "alarm" }, h("code", { text: place2 }), ` ${capital(meaning)}`)),
      of.more_faults > 0 ? h("p", { text: text("verified_more", { count: of.more_faults }) }) : null,
      h("ul", { class: "why" }, ...lines.filter(Boolean).map((line2) => h("li", { text: line2 }))),
      last === null ? null : h("p", { class: "faint small" }, text("checkpoint_short"), " ", h("code", { text: last.short }))
    );
  }
  function entryLine(of) {
    const isNotice = of.operation === "notice";
    const what2 = isNotice ? text("log_remark") : text("log_did", { operation: word("operation", of.operation), subject: word("log_subject", of.subject) });
    const id = of.id === null ? null : h("code", { text: HEX_ID.test(of.id) ? of.id.slice(0, SHORT_ID) : of.id, attrs: { title: of.id } });
    const outcome = of.denied === null ? h("span", { class: "status" }, icon("cleared"), text("log_allowed")) : h("span", { class: "status bad" }, icon("withheld"), text("log_denied", { rule: of.denied }));
    const words2 = isNotice ? word("log_notice", of.subject) : of.words ?? "";
    return {
      key: String(of.number),
      class: of.denied === null ? "" : "denied",
      cells: [
        String(of.number),
        momentElement(of.unix_ms),
        two2(of.operator ?? text("log_hub"), [of.recipient, of.purpose].filter(Boolean).join(" · ")),
        two2(capital(what2), of.records === null ? id : h("span", {}, id ?? "", text("log_records", { count: of.records }))),
        words2,
        isNotice ? null : outcome
      ]
    };
  }

  // src/oversight.ts
  var PARTS = ["policies", "log", "figures", "egress"];
  var OversightPage = class {
    constructor(needsReason, asking) {
      this.needsReason = needsReason;
      this.asking = asking;
      const again = h("button", { text: text("read_again"), attrs: { type: "button" }, on: { click: () => void this.read() } });
      for (const part of PARTS) {
        const button = h("button", { text: text(`part_${part}`), attrs: { type: "button", "aria-pressed": "false" }, on: { click: () => this.turnTo(part) } });
        this.buttons.set(part, button);
      }
      this.element = h(
        "main",
        { class: "page" },
        h("h1", { class: "unseen", text: text("page_oversight"), attrs: { tabindex: -1 } }),
        h("div", { class: "tools" }, h("div", { class: "filters", attrs: { role: "group", "aria-label": text("show") } }, ...this.buttons.values()), h("span", { class: "spring" }), this.asOf, again),
        this.scroll
      );
      const withReason = { ...asking, reason: () => this.reason };
      this.diff = new DiffDialog(this.element, withReason);
      this.log = new LogSection(withReason);
    }
    needsReason;
    asking;
    element;
    scroll = h("div", { class: "page-scroll oversight", attrs: { tabindex: -1 } });
    asOf = h("span", { class: "faint small" });
    buttons = /* @__PURE__ */ new Map();
    walk = new Walk(this.scroll);
    diff;
    log;
    part = "policies";
    reason = "";
    told = null;
    isAsking = false;
    key(event) {
      return this.walk.key(event);
    }
    /** Reads when a person turns to the page for the first time. */
    draw() {
      if (this.told !== null || this.isAsking || this.scroll.childElementCount > 0) return;
      if (this.needsReason && this.reason === "") this.askForReason();
      else void this.read();
    }
    askForReason() {
      const input = h("input", { attrs: { id: "oversight-reason", required: true, maxlength: 300 } });
      const submit = (event) => {
        event.preventDefault();
        this.reason = input.value.trim();
        if (this.reason !== "") void this.read();
      };
      this.scroll.replaceChildren(
        h(
          "form",
          { class: "reason", on: { submit } },
          h("h2", { text: text("oversight_reason") }),
          h("label", { text: text("oversight_reason_label"), attrs: { for: "oversight-reason" } }),
          input,
          h("p", { class: "faint small", text: text("oversight_reason_note") }),
          h("div", { class: "buttons" }, h("button", { class: "primary", text: text("oversight_look"), attrs: { type: "submit" } }))
        )
      );
      input.focus();
    }
    async read() {
      if (this.isAsking || this.needsReason && this.reason === "") return;
      this.isAsking = true;
      if (this.told === null) this.scroll.replaceChildren(h("p", { class: "waiting", text: text("reading"), attrs: { role: "status" } }));
      const told2 = await ask2(this.asking, "/api/oversight", { justification: this.reason });
      this.isAsking = false;
      if (told2 === null) return;
      if (told2 instanceof Refusal) return this.scroll.replaceChildren(refusalElement(told2));
      this.told = told2;
      this.asOf.replaceChildren(...textParts("as_of", { time: momentElement(Date.now()) }));
      this.show();
    }
    turnTo(part) {
      this.part = part;
      this.show();
      this.scroll.scrollTop = 0;
    }
    show() {
      for (const [part, button] of this.buttons) button.setAttribute("aria-pressed", String(part === this.part));
      if (this.told === null) return;
      const sections = {
        policies: (told2) => policySections(told2, (version) => this.diff.open(version)),
        log: (told2) => this.log.elements(told2),
        figures: (told2) => [figuresSection(told2)],
        egress: (told2) => [leftSection(told2), measuredSection(told2)].filter((one) => one !== null)
      }[this.part](this.told);
      this.walk.redraw(() => this.scroll.replaceChildren(...sections));
    }
  };

  // src/pages.ts
  var DRAW_EVERY_MS = 2e3;
  var DRAW_AT_LEAST_EVERY_MS = 3e4;
  var Pages = class {
    constructor(pages) {
      this.pages = pages;
      this.shown = pages[0];
      for (const { name, key } of pages) {
        const button = h("button", { text: text(`page_${name}`), attrs: { type: "button", "aria-keyshortcuts": key }, on: { click: () => this.show(name) } });
        this.buttons.set(name, button);
      }
      this.navigation = h("nav", { class: "pages", attrs: { "aria-label": text("pages") } }, ...this.buttons.values());
      this.show(this.shown.name);
    }
    pages;
    navigation;
    buttons = /* @__PURE__ */ new Map();
    shown;
    isDirty = false;
    drawnMs = 0;
    get elements() {
      return this.pages.map(({ element }) => element);
    }
    show(name) {
      this.shown = this.pages.find((page2) => page2.name === name) ?? this.shown;
      for (const page2 of this.pages) {
        page2.element.hidden = page2 !== this.shown;
        const button = this.buttons.get(page2.name);
        if (page2 === this.shown) button?.setAttribute("aria-current", "page");
        else button?.removeAttribute("aria-current");
      }
      this.draw();
    }
    get isFirstShown() {
      return this.shown === this.pages[0];
    }
    /** To the beginning of what is shown. */
    focus() {
      this.shown.element.querySelector("h1")?.focus();
    }
    /** What the shown page is made of changed. */
    changed() {
      this.isDirty = true;
    }
    tick() {
      const age = Date.now() - this.drawnMs;
      if (this.isDirty && age >= DRAW_EVERY_MS || age >= DRAW_AT_LEAST_EVERY_MS) this.draw();
    }
    /** Whether a press turned to a page, or was for the shown one. Nothing of the list happens where it is not seen. */
    key(event) {
      const other = this.pages.find((page2) => page2.key === event.key && page2.pressed);
      if (other) {
        event.preventDefault();
        this.show(other.name);
        if (!this.shown.element.contains(document.activeElement)) this.focus();
        return true;
      }
      if (!this.shown.pressed || /^[1-4m?]$/i.test(event.key)) return false;
      this.shown.pressed(event);
      return true;
    }
    draw() {
      this.isDirty = false;
      this.drawnMs = Date.now();
      this.shown.draw?.();
    }
  };

  // src/plans.ts
  var GOOD_FOR_MS = 6e4;
  var SMALL_WIDTH = 340;
  var PlanShelf = class {
    constructor(asking, changed) {
      this.asking = asking;
      this.changed = changed;
    }
    asking;
    changed;
    plans = [];
    isAdministrator = false;
    refusal = null;
    readMs = -Infinity;
    reading = null;
    /** Reads anew where what is there is old. */
    freshen() {
      if (this.reading === null && Date.now() - this.readMs > GOOD_FOR_MS) void this.read();
    }
    /** What is read has begun after this was called: a change that was made before is in it. */
    read() {
      const reading = (this.reading ?? Promise.resolve()).then(() => this.readOnce()).finally(() => {
        if (this.reading === reading) this.reading = null;
      });
      this.reading = reading;
      return reading;
    }
    async readOnce() {
      this.readMs = Date.now();
      const told2 = await ask2(this.asking, "/api/plans", null);
      if (told2 === null) return;
      if (told2 instanceof Refusal) {
        this.refusal = told2;
        this.changed();
        return;
      }
      const before = JSON.stringify([this.plans, this.refusal, this.isAdministrator]);
      this.refusal = null;
      this.isAdministrator = told2.is_administrator;
      this.plans = told2.plans;
      if (JSON.stringify([this.plans, this.refusal, this.isAdministrator]) !== before) this.changed();
    }
    /** Where a camera stands: a small plan on which it stands out, one for each plan that has it. */
    placeSection(box, camera) {
      this.freshen();
      if (camera === null) return null;
      const is = (one) => one.box === box && one.camera === camera;
      const plans = this.plans.filter((plan) => plan.cameras.some(is));
      if (plans.length === 0) return null;
      const figures = plans.map((plan) => {
        const words2 = placeWords(plan.cameras.find(is));
        const label = text("plan_place_label", { camera, plan: plan.name, site: plan.site, words: words2 });
        return h("figure", { class: "small-plan" }, planDrawing(plan, label, { width: SMALL_WIDTH, chosen: is }), h("figcaption", { class: "faint small", text: text("plan_of", { plan: plan.name, site: plan.site }) }));
      });
      return h("section", {}, h("h3", { text: text("plan_place") }), ...figures);
    }
  };

  // src/text-dialog.ts
  var TEXT_CHARS = 2e3;
  var REASON_CHARS3 = 300;
  var TextDialog = class {
    constructor(parent, asking, purpose) {
      this.asking = asking;
      this.purpose = purpose;
      parent.append(this.dialog);
      this.dialog.addEventListener("close", () => {
        this.asked += 1;
        this.about = null;
        this.content.replaceChildren();
      });
    }
    asking;
    purpose;
    content = h("div");
    dialog = h("dialog", { class: "entry-dialog" }, this.content);
    problem = h("div");
    /** An answer counts for the dialog that asked. */
    asked = 0;
    about = null;
    /** Writes beside one's own word; an empty text takes the older one away. */
    write(item) {
      const isThere = item.review?.texts.some(({ mine }) => mine) ?? false;
      const words2 = h("textarea", { attrs: { id: "review-text", maxlength: TEXT_CHARS, rows: 6, autocomplete: "off", spellcheck: "false", "aria-describedby": "review-text-note" } });
      const parts = [
        h("label", { text: text("text_label"), attrs: { for: "review-text" } }),
        words2,
        h("p", { class: "faint small", text: text(isThere ? "text_note_again" : "text_note"), attrs: { id: "review-text-note" } })
      ];
      this.show(item, text("text_write_title"), parts, text("text_seal"), () => void this.send(item, words2.value));
      words2.focus();
    }
    /** Opens one text. */
    open(item, of) {
      const reason = h("input", { attrs: { id: "text-reason", maxlength: REASON_CHARS3, required: true, autocomplete: "off", "aria-describedby": "text-reason-note" } });
      const parts = [
        h("label", { text: text("text_reason"), attrs: { for: "text-reason" } }),
        reason,
        h("p", { class: "faint small", text: text("text_reason_note"), attrs: { id: "text-reason-note" } })
      ];
      this.show(item, text("text_open_title"), parts, text("text_open"), () => void this.read(item, of, reason.value));
      reason.focus();
    }
    close() {
      this.dialog.close();
    }
    /** An alert was erased: what somebody writes or reads about another stays. */
    letGo(item) {
      if (this.about === item.key) this.close();
    }
    async send(item, words2) {
      const { asked } = this;
      const done = await ask2(this.asking, "/api/text/write", { ...this.of(item), text: words2 });
      if (done === null) return;
      if (done instanceof Refusal) return asked === this.asked ? this.refuse(done) : void 0;
      if (asked === this.asked) this.dialog.close();
      speak(text(words2.trim() === "" ? "text_taken_back" : "text_sealed"));
    }
    async read(item, of, justification) {
      const { asked } = this;
      const told2 = await ask2(this.asking, "/api/text/open", { ...this.of(item), text_id: of.text_id, justification });
      if (told2 === null || asked !== this.asked) return;
      if (told2 instanceof Refusal) return this.refuse(told2);
      const close = closeButton(this.dialog, "close");
      this.content.replaceChildren(
        h("h2", { text: text("text_opened") }),
        h("p", { class: "faint small", text: text("text_written", { role: of.mine ? text("text_you") : of.role ?? text("other_role"), time: momentText(told2.written_unix_ms) }) }),
        h("p", { class: "sealed-text", text: told2.text, attrs: { tabindex: 0 } }),
        h("p", { class: "faint small", text: text("text_no_copy") }),
        h("div", { class: "buttons" }, close)
      );
      close.focus();
    }
    of(item) {
      return { event_id: raising(item)?.event.id ?? "", purpose: this.purpose };
    }
    refuse(no) {
      this.problem.replaceChildren(refusalElement(no));
    }
    show(item, title, parts, act, submit) {
      this.asked += 1;
      this.about = item.key;
      this.problem.replaceChildren();
      const form2 = h("form", {}, ...parts, this.problem, h("div", { class: "buttons" }, closeButton(this.dialog, "cancel"), h("button", { class: "primary", text: act, attrs: { type: "submit" } })));
      form2.addEventListener("submit", (event) => {
        event.preventDefault();
        submit();
      });
      this.dialog.setAttribute("aria-label", title);
      this.content.replaceChildren(h("h2", { text: title }), h("p", { class: "faint", text: alertWords(newest(item)) }), form2);
      if (!this.dialog.open) this.dialog.showModal();
    }
  };

  // src/triage.ts
  var REJECTIONS = ["reflection", "shadow", "furniture_or_bin", "person", "known_object", "other"];
  var ESCALATIONS = ["urgent", "cannot_tell", "not_mine"];
  var Triage = class {
    constructor(parent, purpose, said2, events) {
      this.purpose = purpose;
      this.said = said2;
      this.events = events;
      this.choices = new ChoiceDialog(parent);
      this.days = new DaysDialog(parent, this.choices);
    }
    purpose;
    said;
    events;
    choices;
    days;
    /** What a question is open about. */
    askedAbout = null;
    take(item) {
      void this.act(item, "/api/take", {}, text("said_taken"));
    }
    confirm(item) {
      this.unlessHeld(item, "held_confirm", () => void this.act(item, "/api/review", { verdict: "confirmed" }, text("said_confirmed")));
    }
    reject(item) {
      this.unlessHeld(item, "held_reject", () => this.askWhat(item));
    }
    askWhat(item) {
      this.askedAbout = item;
      const done = (verdict) => text("said_rejected", { verdict: word("verdict", verdict) });
      this.choices.ask({
        title: text("reject_title"),
        about: alertWords(newest(item)),
        note: text("reject_note"),
        byNumber: "answers",
        answers: REJECTIONS.map((verdict) => [verdict, word("verdict", verdict)]),
        chosen: (verdict) => void this.rejectAs(item, verdict, done(verdict))
      });
    }
    /** Asks for how long no alert is wanted at its place. */
    suppress(item) {
      this.askedAbout = item;
      const done = (days) => days === 1 ? text("said_suppressed_day") : text("said_suppressed", { days });
      this.days.ask(alertWords(newest(item)), (days) => void this.act(item, "/api/suppress", { days }, done(days)));
    }
    /** Alerts at that place again. */
    async lift(of) {
      await this.post("/api/lift", { order_id: of.order_id }, text("said_lifted"));
    }
    escalate(item) {
      this.unlessHeld(item, "held_escalate", () => this.askWhy(item));
    }
    askWhy(item) {
      this.askedAbout = item;
      this.choices.ask({
        title: text("escalate_title"),
        about: alertWords(newest(item)),
        note: text("escalate_note"),
        byNumber: "answers",
        answers: ESCALATIONS.map((reason) => [reason, word("escalation", reason)]),
        chosen: (reason) => void this.act(item, "/api/escalate", { reason }, text("said_escalated"))
      });
    }
    /** Does it about the alert of a line; says why not where there is none. */
    onLine(item, isLine, act) {
      if (!isLine) this.said.say(text("no_alert"));
      else if (item === null || raising(item) === void 0 || item.review === null) this.said.say(text("not_reviewable"));
      else if (act === "suppress" && !maySuppress(item)) this.said.say(text("not_suppressible"));
      else this[act](item);
    }
    /** Others decided it while somebody was asked: what they would answer now, they have not seen. */
    decidedByOthers(item) {
      if (this.askedAbout?.key !== item.key || !this.choices.isOpen) return;
      this.choices.close();
      this.said.say(text("said_decided_by_others"));
    }
    /** An alert was erased: what was asked about it is asked no more. */
    letGo() {
      this.choices.close();
      this.days.close();
      this.said.say(text("said_erased"));
    }
    close() {
      this.choices.close();
      this.days.close();
    }
    /** Somebody else has taken it: whoever decides it all the same, means it. */
    unlessHeld(item, act, go) {
      const holder = heldByAnother(item);
      if (holder === null) return go();
      this.askedAbout = item;
      this.choices.ask({
        title: text("taken_other", { role: holder.role }),
        about: alertWords(newest(item)),
        note: text("held_note", { time: momentText(holder.untilUnixMs) }),
        byNumber: "chooses",
        answers: [
          ["", text("held_leave")],
          [act, text(act)]
        ],
        chosen: (code) => code === act && go()
      });
    }
    /** Where nothing is there, the next question is whether to alert there again. */
    async rejectAs(item, verdict, done) {
      const isDecided = await this.act(item, "/api/review", { verdict }, done);
      const isFree = document.querySelector("dialog[open]") === null;
      if (isDecided && isFree && saysNothingIsThere(verdict) && hasPlace(item)) this.suppress(item);
    }
    /** Whether it decided the alert. */
    async act(item, path2, more, done) {
      const answer = await this.post(path2, { event_id: raising(item)?.event.id ?? "", ...more }, done);
      if (answer?.decided !== true) return false;
      this.events.decided(item);
      return true;
    }
    async post(path2, body, done) {
      try {
        const answer = await post(path2, { purpose: this.purpose, ...body }, this.events.csrf());
        this.said.say(answer.decided === false ? `${done} ${text("said_not_decided")}` : done);
        return answer;
      } catch (error) {
        if (error instanceof Refusal && error.code === "not_logged_in") this.events.loggedOut();
        else this.said.say(text("said_failed", { reason: error instanceof Error ? `${error.message}.` : "" }));
        return null;
      }
    }
  };

  // src/room.ts
  var FILTERS = ["all", "alerts", "open", "review"];
  var TOUCH_EVERY_MS = 6e4;
  var WARN_SECS = 120;
  var pageOf = (page2) => ({ element: page2.element, draw: () => page2.draw(), pressed: (event) => page2.key(event) });
  var Room = class {
    constructor(session, purpose, over, choose) {
      this.session = session;
      this.purpose = purpose;
      this.over = over;
      this.choose = choose;
      this.idleEndMs = Date.now() + session.idle_left_secs * 1e3;
      this.shelf = new PlanShelf(this.asking(), () => this.drawPlaces());
      const cameras2 = new CamerasPage(this.model, this.shelf, { user: session.user, isAdministrator: session.is_administrator, askForStill: (item, deliver) => this.stills.open(item, deliver), lift: (of) => void this.triage.lift(of) });
      this.cameras = cameras2;
      this.exercisesPage = new ExercisesPage(this.asking(), purpose);
      this.pages = new Pages([
        { name: "alerts", key: "1", element: this.columns },
        { name: "cameras", key: "5", ...pageOf(cameras2) },
        ...session.oversight === null ? [] : [{ name: "oversight", key: "6", ...pageOf(new OversightPage(session.oversight.needs_reason, this.asking())) }],
        { name: "boxes", key: "7", ...pageOf(new BoxesPage(session.is_administrator, this.asking())) },
        { name: "exercise", key: "8", ...pageOf(this.exercisesPage) }
      ]);
      this.build();
      this.triage = new Triage(this.element, purpose, this.said, {
        csrf: () => this.session.csrf,
        decided: (item) => this.goOn(item),
        loggedOut: () => this.over("")
      });
      this.texts = new TextDialog(this.element, this.asking(), purpose);
      this.stills = new StillDialog(this.element, () => this.session.csrf, { loggedOut: () => this.over("") });
      const listener = {
        record: (record) => this.take(record),
        held: (held) => this.holdBack(held),
        fleet: (fleet) => this.takeFleet(fleet),
        hours: (hours) => this.takeHours(hours),
        review: (review) => this.takeReview(review),
        suppressions: (of) => this.takeSuppressions(of),
        exercises: (of) => this.takeExercises(of),
        clock: (hubUnixMs) => setClock(hubUnixMs),
        state: (state2) => this.setLive(state2),
        ended: (reason) => this.over(reason),
        failed: () => void this.checkSession()
      };
      const mustChoose = session.purposes.length > 1 && purpose === "";
      this.live = mustChoose ? null : new Live(listener, purpose);
      const { signal } = this.abort;
      this.element.addEventListener("focusin", (event) => this.noteFocus(event.target), { signal });
      this.element.addEventListener("close", () => this.focusAgain(), { signal, capture: true });
      document.addEventListener("keydown", (event) => this.onKey(event), { signal });
      for (const name of ["keydown", "pointerdown", "wheel"]) {
        document.addEventListener(name, () => this.touch(), { signal, passive: true });
      }
      this.timers.push(window.setInterval(() => this.tick(), 1e3));
      this.setLive("connecting");
      this.draw();
    }
    session;
    purpose;
    over;
    choose;
    element = h("div", { class: "room" });
    model = new Model();
    list = new List({ select: (key) => this.select(key, false), open: (key) => this.open(key) });
    liveStatus = h("span", { class: "live connecting", attrs: { role: "status" } });
    banner = h("div", { class: "banner", attrs: { role: "alert", hidden: true } });
    warning = h("div", { class: "banner warn", attrs: { role: "alert", hidden: true } });
    /** What is not shown, and why. */
    withheld = h("div", { class: "banner notice", attrs: { role: "status", hidden: true } });
    /** Cameras that are not looked at, because an exercise has their place. */
    exercises = h("div", { class: "banner exercise", attrs: { role: "status", hidden: true } });
    exercisesPage;
    filters = /* @__PURE__ */ new Map();
    side = h("div", { class: "side" });
    columns = h("div", { class: "columns" });
    pages;
    /** Where cameras stand. */
    shelf;
    detailsPane = h("div", { class: "pane", attrs: { hidden: true } });
    keys = new Keys(this.element);
    stills;
    texts;
    cameras;
    running = "";
    said = new Said();
    /** What left the queue by others' words, and is not told yet. */
    decidedElsewhere = [];
    /** What had the focus last, and the part that it is in: that stays, whatever is drawn in it. */
    worked = null;
    purposes = h("select", { attrs: { "aria-label": text("purpose_label") } });
    triage;
    sound = new Sound();
    /** None until the person has said what they read for. */
    live;
    timers = [];
    abort = new AbortController();
    filter = "all";
    details = null;
    /** Whose details were drawn last. */
    drawn = null;
    isLive = "connecting";
    awaySince = 0;
    dirty = false;
    fleetChanged = true;
    today = (/* @__PURE__ */ new Date()).toDateString();
    changed = /* @__PURE__ */ new Set();
    touchedMs = Date.now();
    idleEndMs;
    /** Where cameras stand is otherwise than it was. */
    drawPlaces() {
      const details = this.details === null ? void 0 : this.model.item(this.details);
      if (details) this.changed.add(details);
      this.drawSoon();
    }
    asking() {
      return { csrf: () => this.session.csrf, loggedOut: () => this.over("") };
    }
    /** Leaves nothing behind. */
    close() {
      this.live?.close();
      this.abort.abort();
      for (const timer of this.timers) window.clearInterval(timer);
      this.stills.close();
      this.cameras.close();
      this.texts.close();
      this.triage.close();
      this.sound.close();
      this.element.remove();
      document.title = "Velum";
    }
    build() {
      const filterButtons = FILTERS.map((filter, index) => {
        const button = h("button", {
          text: text(filter === "review" ? "to_review" : `filter_${filter}`),
          attrs: { type: "button", "aria-pressed": "false", "aria-keyshortcuts": String(index + 1) },
          on: { click: () => this.setFilter(filter) }
        });
        this.filters.set(filter, button);
        return button;
      });
      this.element.append(
        h(
          "header",
          { class: "top" },
          h("span", { class: "brand", text: "Velum" }),
          this.liveStatus,
          this.pages.navigation,
          this.purposeChoice(),
          h("span", { class: "spring" }),
          this.sound.button,
          h("button", { class: "quiet", text: text("keys"), attrs: { type: "button", "aria-keyshortcuts": "?", title: "?" }, on: { click: () => this.keys.open() } }),
          h("span", { class: "user" }, h("span", { class: "faint", text: `${text("logged_in_as")} ` }), this.session.user),
          h("button", { class: "quiet", text: text("log_out"), attrs: { type: "button" }, on: { click: () => void this.logOut() } })
        ),
        this.banner,
        this.warning,
        this.withheld,
        this.exercises,
        ...this.pages.elements,
        this.said.element
      );
      this.columns.append(
        this.side,
        h(
          "main",
          { class: "middle" },
          h("h1", { class: "unseen", text: text("alerts") }),
          h("div", { class: "filters", attrs: { role: "group", "aria-label": text("show") } }, ...filterButtons),
          this.list.element
        ),
        this.detailsPane
      );
    }
    take(record) {
      const before = this.model.items.length;
      const item = this.model.take(record);
      this.changed.add(item);
      if (record.end.type === "event" && record.end.kind === "camera_health") this.fleetChanged = true;
      const isNew = this.model.items.length > before;
      if (isNew && this.isLive === "live" && isOpen(item) && item.type === "alert") {
        const code = isExerciseText(newest(item).staged ?? "") ? "new_exercise_alert" : "new_alert";
        speak(text(code, { kind: kind(newest(item).kind), place: place(newest(item)) }));
        this.sound.alert();
      }
      this.drawSoon();
    }
    takeReview(review) {
      const before = this.model.escalations();
      const taken = this.model.takeReview(review);
      if (taken === null) return;
      this.changed.add(taken.item);
      if (taken.isErased) this.letGo(taken.item);
      if (taken.isDecidedByAnother) this.triage.decidedByOthers(taken.item);
      if (taken.isDecidedByAnother && taken.hasLeftQueue) this.decidedElsewhere.push(taken.item);
      if (this.isLive === "live" && this.model.escalations() > before) this.sound.escalated();
      this.drawSoon();
    }
    /** What was erased leaves the screen, whoever looks at it. */
    letGo(item) {
      if (this.details === item.key) this.closeDetails();
      if (this.list.selected === item.key) this.list.select(null, false);
      this.stills.close();
      this.texts.letGo(item);
      this.cameras.letGo(item);
      this.triage.letGo();
    }
    /** In the queue, to the next line: what is decided leaves it. */
    goOn(item) {
      if (this.filter !== "review" || this.list.selected !== item.key) return;
      const next = [this.list.step(1), this.list.step(-1)].find((one) => one !== void 0 && one.key !== item.key);
      if (next) this.select(next.key, true);
    }
    /** Where a person may read for several purposes, they say for which. */
    purposeChoice() {
      if (this.session.purposes.length < 2) return null;
      if (this.purpose === "") this.purposes.append(h("option", { text: text("purpose_choose"), attrs: { value: "" } }));
      this.purposes.append(...this.session.purposes.map((one) => h("option", { text: purposeWords(one), attrs: { value: one } })));
      this.purposes.value = this.purpose;
      this.purposes.addEventListener("change", () => this.choose(this.purposes.value));
      return this.purposes;
    }
    holdBack(held) {
      this.model.holdBack(held);
      this.drawSoon();
    }
    drawWithheld() {
      const lines = [...this.model.held.values()].map((one) => heldText(one));
      if (this.session.give_command !== null && !this.model.held.has("no_recipient")) {
        lines.unshift(text("no_role", { command: this.session.give_command }));
      }
      this.withheld.hidden = lines.length === 0;
      this.withheld.replaceChildren(...lines.map((line2) => h("div", { text: line2 })));
    }
    takeFleet(fleet) {
      this.model.fleet = fleet;
      this.fleetChanged = true;
      this.drawSoon();
    }
    takeHours(hours) {
      this.model.hours = hours;
      this.drawSoon();
    }
    takeSuppressions(of) {
      this.model.suppressions = of.suppressions;
      const details = this.details === null ? void 0 : this.model.item(this.details);
      if (details) this.changed.add(details);
      this.drawSoon();
    }
    takeExercises(of) {
      this.exercises.hidden = of.exercises.length === 0;
      const stop = async (one) => this.said.say(await this.exercisesPage.stop(one));
      const hadFocus = this.exercises.contains(document.activeElement);
      this.exercises.replaceChildren(...of.exercises.map((one) => exerciseBanner(one, (chosen) => void stop(chosen))));
      if (hadFocus) this.focusAgain();
      const running = JSON.stringify(of.exercises);
      if (running !== this.running) this.exercisesPage.changed();
      this.running = running;
    }
    drawSoon() {
      if (this.dirty) return;
      this.dirty = true;
      requestAnimationFrame(() => this.draw());
    }
    draw() {
      this.dirty = false;
      const shown = this.model.shown(this.filter);
      const name = text(this.filter === "review" ? "list_queue" : "list_newest");
      this.list.show(shown, name, this.whyEmpty(), this.model.hasOlder && this.filter !== "review");
      for (const item of this.changed) this.list.refresh(item);
      if (this.fleetChanged) this.side.replaceChildren(fleetElement(this.model.fleet, this.model.cameraStates));
      this.fleetChanged = false;
      this.drawWithheld();
      const open = this.model.openAlerts();
      const button = this.filters.get("open");
      if (button) button.textContent = text(open > 0 ? "filter_open_count" : "filter_open", { count: open });
      const waiting = this.model.toReview();
      const queue = this.filters.get("review");
      if (queue) queue.textContent = text(waiting > 0 ? "to_review_count" : "to_review", { count: waiting });
      const pending = this.model.waiting();
      document.title = pending > 0 ? `(${pending}) Velum` : "Velum";
      for (const [filter, one] of this.filters) one.setAttribute("aria-pressed", String(filter === this.filter));
      const details = this.details === null ? void 0 : this.model.item(this.details);
      if (details && (this.changed.has(details) || this.detailsPane.hidden)) this.drawDetails(details);
      this.changed.clear();
      this.tellDecidedElsewhere();
      this.pages.changed();
    }
    /** Nothing leaves the queue of a person without a word. */
    tellDecidedElsewhere() {
      const [one, ...more] = this.decidedElsewhere;
      this.decidedElsewhere = [];
      if (one === void 0) return;
      this.said.hear(more.length === 0 ? decidedByAnotherWords(one) : text("heard_many", { count: more.length + 1 }));
    }
    whyEmpty() {
      if (this.live === null) return text("empty_purpose");
      if (this.isLive === "connecting") return text("empty_connecting");
      if (this.filter === "review") return text("queue_empty");
      return text(`empty_${this.filter}`);
    }
    drawDetails(item) {
      const active = document.activeElement;
      const held = this.detailsPane.contains(active) ? active : null;
      const element = detailsElement(item, this.model, {
        place: (box, camera) => this.shelf.placeSection(box, camera),
        askForStill: (of) => this.stills.open(of),
        take: (of) => this.triage.take(of),
        confirm: (of) => this.triage.confirm(of),
        reject: (of) => this.triage.reject(of),
        escalate: (of) => this.triage.escalate(of),
        writeText: (of) => this.texts.write(of),
        openText: (of, one) => this.texts.open(of, one),
        suppress: (of) => this.triage.suppress(of),
        lift: (of) => void this.triage.lift(of),
        close: () => this.closeDetails()
      });
      this.detailsPane.replaceChildren(element);
      if (this.drawn !== item.key) this.detailsPane.scrollTop = 0;
      this.drawn = item.key;
      this.detailsPane.hidden = false;
      this.element.classList.add("with-details");
      if (held) (namesake(element, held) ?? element).focus({ preventScroll: true });
    }
    select(key, withFocus) {
      this.list.select(key, withFocus);
      const item = this.model.item(key);
      if (this.details !== null && item) {
        this.details = key;
        this.drawDetails(item);
      }
    }
    open(key) {
      const item = this.model.item(key);
      if (!item) return;
      this.details = key;
      this.drawDetails(item);
      this.list.select(key, true);
    }
    closeDetails() {
      this.details = null;
      this.detailsPane.hidden = true;
      this.detailsPane.replaceChildren();
      this.element.classList.remove("with-details");
      this.list.select(this.list.selected, true);
      if (isFocusLost()) this.list.focus();
    }
    setFilter(filter) {
      this.pages.show("alerts");
      this.filter = filter;
      this.draw();
      if (!this.columns.contains(document.activeElement)) this.list.focus();
    }
    /** Where a person begins who has just come in. */
    focus() {
      if (this.live === null) this.purposes.focus();
      else this.list.focus();
    }
    /** Who has just said what they read for goes on choosing, or leaves the choice themselves. */
    focusPurpose() {
      this.purposes.focus();
      speak(text("purpose_said", { purpose: purposeWords(this.purpose) }));
    }
    noteFocus(control) {
      const part = control.closest(".pane, main, .banner, .top");
      if (part !== null && control.closest("dialog") === null) this.worked = { part, control };
    }
    /** After something took the focus with it: to the control that was worked with, as it is now, or to where work goes on. */
    focusAgain() {
      if (!isFocusLost() || document.querySelector("dialog[open]") !== null) return;
      const worked = this.worked;
      if (worked !== null) (worked.control.isConnected ? worked.control : namesake(worked.part, worked.control))?.focus({ preventScroll: true });
      if (!isFocusLost()) return;
      if (this.pages.isFirstShown) this.list.focus();
      else this.pages.focus();
    }
    onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement) return;
      if (!this.keys.counts(event)) return;
      if (this.pages.key(event)) return;
      const target = event.target;
      const isOnControl = target instanceof HTMLButtonElement || target instanceof HTMLElement && target.tagName === "SUMMARY";
      const step = (item) => {
        event.preventDefault();
        if (item) this.select(item.key, true);
      };
      switch (event.key) {
        case "ArrowDown":
        case "j":
          return step(this.list.step(1));
        case "ArrowUp":
        case "k":
          return step(this.list.step(-1));
        case "Home":
          return step(this.list.step(-Infinity));
        case "End":
          return step(this.list.step(Infinity));
        case "Enter":
          if (isOnControl || this.list.selected === null) return;
          event.preventDefault();
          return this.open(this.list.selected);
        case "Escape":
          if (this.details !== null) this.closeDetails();
          return;
        case "s":
        case "S":
          event.preventDefault();
          return this.askForStill();
        case "t":
        case "T":
          return this.onAlert(event, "take");
        case "c":
        case "C":
          return this.onAlert(event, "confirm");
        case "r":
        case "R":
          return this.onAlert(event, "reject");
        case "e":
        case "E":
          return this.onAlert(event, "escalate");
        case "w":
        case "W":
          event.preventDefault();
          return this.writeText();
        case "n":
        case "N":
          return this.onAlert(event, "suppress");
        case "m":
        case "M":
          return this.sound.toggle();
        case "?":
          event.preventDefault();
          return this.keys.open();
        case "1":
        case "2":
        case "3":
        case "4":
          return this.setFilter(FILTERS[Number(event.key) - 1]);
      }
    }
    /** Once for each press, however long it lasts: a word on an alert is not said by a key that hangs. */
    /** What the keys are about: the chosen line, while it is in the list. */
    chosen() {
      const key = this.list.selected;
      return key === null || !this.list.has(key) ? void 0 : this.model.item(key);
    }
    onAlert(event, act) {
      event.preventDefault();
      if (event.repeat) return;
      const item = this.chosen();
      this.triage.onLine(item?.type === "alert" ? item : null, item !== void 0, act);
    }
    /** To one's own word on the alert; who said nothing yet is told so. */
    writeText() {
      const item = this.chosen();
      if (item?.type !== "alert" || item.review === null || item.review.mine === null || !item.review.may_review) return this.said.say(text("text_no_word"));
      this.open(item.key);
      this.texts.write(item);
    }
    askForStill() {
      const item = this.chosen();
      if (item?.type !== "alert") return;
      this.open(item.key);
      this.stills.open(item);
    }
    setLive(state2) {
      if (state2 === "away" && this.isLive !== "away") this.awaySince = Date.now();
      if (state2 === "live" && this.isLive !== "live") this.drawSoon();
      this.isLive = state2;
      const [words2, name] = state2 === "live" ? ["live", "live on"] : state2 === "connecting" ? ["connecting", "live connecting"] : ["not_live", "live off"];
      this.liveStatus.className = name;
      this.liveStatus.replaceChildren(icon("live"), text(words2));
      this.element.classList.toggle("stale", state2 === "away");
      this.banner.hidden = state2 !== "away";
      if (state2 === "away") {
        this.banner.replaceChildren(
          h("strong", { text: `${text("not_live")}. ` }),
          ...textParts("not_live_since", { time: momentElement(this.awaySince) })
        );
      }
    }
    tick() {
      countAll(this.element);
      this.pages.tick();
      this.freeTaken();
      this.said.tick();
      const today = (/* @__PURE__ */ new Date()).toDateString();
      if (today !== this.today) {
        this.today = today;
        for (const item of this.model.items) this.changed.add(item);
        this.fleetChanged = true;
        this.drawSoon();
      }
      const left = Math.max(0, Math.ceil((this.idleEndMs - Date.now()) / 1e3));
      this.warning.hidden = left > WARN_SECS;
      if (!this.warning.hidden) this.warning.textContent = text("logout_soon", { time: duration(left) });
      if (left === 0) void this.checkSession();
    }
    freeTaken() {
      for (const item of this.model.items) {
        if (item.type !== "alert" || item.review === null || !isNoLongerTaken(item.review)) continue;
        item.review.taken = null;
        this.changed.add(item);
        this.drawSoon();
      }
    }
    /** A key or a click keeps the login; at most once a minute, or at once when it is about to end. */
    touch() {
      this.sound.wake();
      const now = Date.now();
      const isLate = this.idleEndMs - now < WARN_SECS * 1e3;
      if (now - this.touchedMs < (isLate ? 1e3 : TOUCH_EVERY_MS)) return;
      this.touchedMs = now;
      void this.refreshSession(() => post("/api/session/extend", {}, this.session.csrf));
    }
    async checkSession() {
      await this.refreshSession(() => get("/api/session"));
    }
    async refreshSession(ask3) {
      try {
        this.session = await ask3();
        this.idleEndMs = Date.now() + this.session.idle_left_secs * 1e3;
      } catch (error) {
        if (error instanceof Refusal && error.code === "not_logged_in") this.over("");
      }
    }
    async logOut() {
      try {
        await post("/api/logout", {}, this.session.csrf);
      } catch (error) {
        if (!(error instanceof Refusal && error.code === "not_logged_in")) {
          speak(text("logout_failed"));
          this.banner.hidden = false;
          this.banner.textContent = text("logout_failed");
          return;
        }
      }
      this.over("logged_out");
    }
  };

  // src/console.ts
  var page = document.getElementById("page");
  var room = null;
  var entries = 0;
  function show(view) {
    room?.close();
    room = null;
    page.replaceChildren(view);
  }
  function showLogin(name, remark) {
    show(loginView(name, remark, async () => (await enter())?.focus()));
  }
  async function enter(chosen = "") {
    const entry = ++entries;
    const session = await get("/api/session");
    learn({ ...await get("/api/words"), command: session.give_command ?? "" });
    if (entry !== entries) return null;
    room?.close();
    let isOver = false;
    const [only, ...others] = session.purposes;
    const purpose = session.purposes.includes(chosen) ? chosen : others.length === 0 ? only ?? "" : "";
    const over = (reason) => {
      if (isOver) return;
      isOver = true;
      if (reason === "changed") enter(purpose).then((other) => other?.focus(), () => showLogin(session.user, ""));
      else showLogin(session.user, ended(reason));
    };
    const choose = (another) => {
      isOver = true;
      enter(another).then((other) => other?.focusPurpose(), () => showLogin(session.user, ""));
    };
    const entered = new Room(session, purpose, over, choose);
    page.replaceChildren(entered.element);
    room = entered;
    return entered;
  }
  async function begin() {
    learn({ catalogue: await get("/words.json").catch(() => ({})) });
    const setup = /^#setup=([\w-]+)$/.exec(location.hash)?.[1];
    if (setup) {
      history.replaceState(null, "", "/");
      return show(await setupView(setup, showLogin));
    }
    try {
      (await enter())?.focus();
    } catch {
      showLogin("", "");
    }
  }
  void begin();
  window.addEventListener("hashchange", () => void begin());
})();
