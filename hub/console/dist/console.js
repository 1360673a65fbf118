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
    picture: "M1.8 3h12.4v10H1.8zM1.8 11l3.6-3.6 3 3 2-2 3.8 3.6"
  };
  function icon(shape) {
    const svg3 = document.createElementNS(SVG, "svg");
    svg3.setAttribute("viewBox", "0 0 16 16");
    svg3.setAttribute("class", "icon");
    svg3.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", SHAPES[shape]);
    svg3.append(path);
    return svg3;
  }
  function speak(text2) {
    const spoken = document.getElementById("spoken");
    if (spoken) spoken.textContent = text2;
  }

  // src/time.ts
  var two = (n) => String(n).padStart(2, "0");
  function day(at2) {
    return `${at2.getFullYear()}-${two(at2.getMonth() + 1)}-${two(at2.getDate())}`;
  }
  function clock(unixMs, withSeconds) {
    const at2 = new Date(unixMs);
    const time = `${two(at2.getHours())}:${two(at2.getMinutes())}${withSeconds ? `:${two(at2.getSeconds())}` : ""}`;
    return day(at2) === day(/* @__PURE__ */ new Date()) ? time : `${day(at2)} ${time}`;
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

  // src/words.ts
  var words = { catalogue: {}, purposes: [] };
  function learn(told2) {
    words = { ...words, ...told2 };
  }
  function purposes() {
    return words.purposes;
  }
  function purposeWords(id) {
    return words.purposes.find((one) => one.id === id)?.words ?? id;
  }
  function heldText(held) {
    return text(held.events === 1 ? "held_one" : "held_many", { count: held.events, words: held.words });
  }
  function word(table2, code) {
    return words.catalogue[table2]?.[code] ?? code;
  }
  function text(code, values = {}) {
    return Object.entries(values).reduce((sentence3, [name, value]) => sentence3.replace(`{${name}}`, () => String(value)), word("page", code));
  }
  function textParts(code, values) {
    return word("page", code).split(/\{(\w+)\}/).map((part, at2) => at2 % 2 === 1 ? values[part] ?? part : part).filter((part) => part !== "");
  }
  var capital = (text2) => text2.charAt(0).toUpperCase() + text2.slice(1);
  function kind(code) {
    return capital(word("kind", code).toLowerCase());
  }
  function duration(secs) {
    const whole = Math.round(secs);
    const hours = Math.floor(whole / 3600);
    const minutes = Math.floor(whole / 60) % 60;
    const seconds = whole % 60;
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
  async function answered(response) {
    const body = await response.json().catch(() => null);
    if (response.ok) return body;
    const no = body ?? {};
    throw new Refusal(no.code ?? "failed", no.message ?? text("answered", { status: response.status }), no.rule ?? null);
  }
  async function ask(path, init) {
    let response;
    try {
      response = await fetch(path, { credentials: "same-origin", cache: "no-store", redirect: "error", ...init });
    } catch {
      throw new Refusal("unreachable", text("unreachable"), null);
    }
    return answered(response);
  }
  function get(path) {
    return ask(path, {});
  }
  function post(path, body, csrf) {
    const headers = { "content-type": "application/json" };
    if (csrf !== void 0) headers["x-csrf-token"] = csrf;
    return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
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
    const send = h("button", { class: "primary", text: button, attrs: { type: "submit" } });
    const handle = async (happened) => {
      happened.preventDefault();
      if (send.disabled) return;
      send.disabled = true;
      said2.textContent = "";
      try {
        await submit();
      } catch (error) {
        said2.textContent = sentence(error);
      }
      send.disabled = false;
    };
    return h("form", { on: { submit: (happened) => void handle(happened) } }, ...parts, said2, send);
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
      queueMicrotask(() => back.focus());
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
    queueMicrotask(() => (fixed === null ? nameInput : passwordInput).focus());
    return view;
  }

  // src/ask.ts
  async function ask2(asking, path, body) {
    try {
      return body === null ? await get(path) : await post(path, body, asking.csrf());
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

  // src/enrolling.ts
  var NAME = "[A-Za-z0-9._\\-]+";
  function closeButton(dialog, code) {
    return h("button", { text: text(code), attrs: { type: "button" }, on: { click: () => dialog.close() } });
  }
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
      const copy = async () => {
        const isCopied = await navigator.clipboard.writeText(of.token).then(
          () => true,
          () => false
        );
        said2.textContent = text(isCopied ? "token_copied" : "token_not_copied");
        if (!isCopied) shown.select();
      };
      const button = h("button", { class: "primary", text: text("token_copy"), attrs: { type: "button" }, on: { click: () => void copy() } });
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
      const submit = (event) => {
        event.preventDefault();
        void this.send("/api/boxes/suspend", of, place2.value, reason.value, problem2);
      };
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
            h("button", { text: text("cancel"), attrs: { type: "button" }, on: { click: () => this.dialog.close() } }),
            place2.options.length > 0 ? h("button", { class: "danger", text: text("suspend_do"), attrs: { type: "submit" } }) : null
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
    async send(path, of, camera, reason, problem2) {
      const done = await ask2(this.asking, path, { box: of.box, camera: camera || null, reason });
      if (done === null) return;
      if (done instanceof Refusal) return problem2.replaceChildren(refusalElement(done));
      this.dialog.close();
      speak(text(path.endsWith("suspend") ? "suspended_said" : "resumed_said", { place: camera || of.box }));
      this.done();
    }
  };

  // src/table.ts
  function table(caption, heads, lines) {
    const cell = (of, at2) => h("td", { class: heads[at2]?.[1] ?? "" }, of);
    return h(
      "table",
      { class: "facts" },
      h("caption", { class: "unseen", text: caption }),
      h("thead", {}, h("tr", {}, ...heads.map(([words2, name]) => h("th", { class: name, text: words2, attrs: { scope: "col" } })))),
      h("tbody", {}, ...lines.map((line2) => h("tr", { class: line2.class ?? "", attrs: { "data-entry": line2.key, tabindex: -1 } }, ...line2.cells.map(cell))))
    );
  }
  function two2(first, second) {
    return h("div", {}, h("div", {}, first), second === null || second === "" ? null : h("div", { class: "faint small" }, second));
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
    /** After the entries were drawn anew. */
    settle(hadFocus) {
      this.choose(this.current);
      const entry = this.entries().find((one) => one.tabIndex === 0);
      if (hadFocus && entry?.dataset["entry"] === this.current) entry.focus({ preventScroll: true });
    }
    /** Whether the press was for the entries. */
    key(event) {
      const to = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, Home: -Infinity, End: Infinity }[event.key];
      if (to === void 0) return false;
      const entries = this.entries();
      const at2 = entries.findIndex((one) => one.contains(document.activeElement));
      const next = entries[at2 < 0 ? 0 : Math.min(Math.max(at2 + to, 0), entries.length - 1)];
      event.preventDefault();
      next?.focus({ preventScroll: true });
      next?.scrollIntoView({ block: "nearest" });
      return true;
    }
    /** Whether an entry itself has the focus. */
    hasFocus() {
      return document.activeElement?.dataset["entry"] !== void 0 && this.list.contains(document.activeElement);
    }
    entries() {
      return [...this.list.querySelectorAll("[data-entry]")];
    }
    choose(name) {
      const entries = this.entries();
      const chosen = entries.find((one) => one.dataset["entry"] === name) ?? entries[0];
      for (const one of entries) one.tabIndex = one === chosen ? 0 : -1;
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
        h("h1", { class: "unseen", text: text("page_boxes") }),
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
      const hadFocus = this.walk.hasFocus();
      this.scroll.replaceChildren(this.section(told2));
      this.walk.settle(hadFocus);
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
    const refusal = of.receipt === "refused" ? `; ${text("refused_policy", { reason: of.reason })}` : "";
    return two2(version, h("span", { class: "status bad" }, icon("raised"), drift + refusal));
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

  // src/fleet.ts
  function share(secs) {
    const total = Object.values(secs).reduce((sum, one) => sum + one, 0);
    const others = Object.entries(secs).filter(([state2, s]) => state2 !== "analysed" && s > 0).sort((a, b) => b[1] - a[1]);
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
    const whole = Math.floor(fraction * 100 + 1e-9);
    return fraction > 0 && whole === 0 ? text("under_one_percent") : `${whole} %`;
  }
  function bar(of, label) {
    const meter = h("div", {
      class: "bar",
      attrs: { role: "img", "aria-label": label, title: label }
    });
    const svg3 = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg3.setAttribute("viewBox", "0 0 100 4");
    svg3.setAttribute("preserveAspectRatio", "none");
    svg3.setAttribute("aria-hidden", "true");
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("width", String(of.analysed * 100));
    rect.setAttribute("height", "4");
    svg3.append(rect);
    meter.append(svg3);
    return meter;
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
    const strip = Array.from({ length: STRIP_HOURS }, (_, at2) => {
      const hour_unix_secs = thisHour - (STRIP_HOURS - 1 - at2) * HOUR_SECS2;
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
    const sorted = (names2) => [...new Set(names2.filter((name) => name !== null))].sort();
    return { sites: sorted(all.map(({ site }) => site)), boxes: sorted(all.map(({ box }) => box)) };
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
      const at2 = a.rank.findIndex((one, place2) => one !== b.rank[place2]);
      return at2 < 0 ? 0 : a.rank[at2] - b.rank[at2];
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
  function isToReview(item) {
    return item.type === "alert" && item.review !== null && item.review.owed && item.review.decided === null && item.review.lapse === null;
  }
  function severityOf(item) {
    return severity(told(item));
  }
  var Model = class {
    /** Newest first. */
    items = [];
    fleet = { boxes: [] };
    hours = { cameras: [] };
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
    /** Takes where an alert stands; gives the item that changed, and whether it is gone because it was erased. */
    takeReview(review) {
      const item = this.byRaising.get(review.event_id);
      if (item === void 0) return null;
      item.review = review;
      const isErased = review.lapse === "erased";
      if (isErased) this.erase(item);
      return { item, isErased };
    }
    /** How many are escalated and not decided. */
    escalations() {
      return this.items.filter((item) => isToReview(item) && item.review?.escalated).length;
    }
    toReview() {
      return this.items.filter(isToReview).length;
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
      for (const note of notes) this.byKey.set(note.key, note);
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
      const note = end.type === "event" ? "unknown" : end.type;
      const detail = end.type === "withheld" ? end.rule : end.type === "expired" ? end.key_day : end.type === "lost" ? end.cause : "";
      const top = this.items[0];
      if (top?.type === "note" && top.note === note && top.box === record.box && top.detail === detail && note !== "lost") {
        top.last = record.sequence;
        top.stored_unix_ms = record.stored_unix_ms;
        return top;
      }
      const [first, last] = [record.sequence, record.sequence];
      const { box, stored_unix_ms } = record;
      return this.add({ type: "note", key: `number/${record.cursor}`, note, box, detail, first, last, stored_unix_ms });
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
      for (let at2 = this.items.length - 1; at2 > 0; at2--) {
        const item = this.items[at2];
        if (isOpen(item) || isToReview(item)) continue;
        this.items.splice(at2, 1);
        this.forget(item);
        this.hasOlder = true;
        return;
      }
    }
  };

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
    const svg3 = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg3.setAttribute("viewBox", "0 0 100 4");
    svg3.setAttribute("preserveAspectRatio", "none");
    svg3.setAttribute("aria-hidden", "true");
    const bar2 = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    bar2.setAttribute("height", "4");
    svg3.append(bar2);
    const words2 = h("span", { class: "left" });
    const element = h("div", { class: "countdown", attrs: { role: "timer", "aria-live": "off" } }, h("span", { class: "bar" }, svg3), h("span", { class: "left-line" }, icon("notice"), words2));
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
    model_failed: "M1 1h4v4h-4z"
  };
  var STATES = ["analysed", ...Object.keys(PATTERNS)];
  function svg(tag, attrs, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attrs)) element.setAttribute(name, String(value));
    element.append(...children);
    return element;
  }
  function patterns() {
    const all = Object.entries(PATTERNS).map(
      ([state2, d]) => svg(
        "pattern",
        { id: `pattern-${state2}`, width: 6, height: 6, patternUnits: "userSpaceOnUse", class: `pattern ${state2}` },
        svg("rect", { width: 6, height: 6 }),
        svg("path", { d })
      )
    );
    return svg("svg", { class: "patterns", width: 0, height: 0, "aria-hidden": "true" }, svg("defs", {}, ...all));
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
  function column(of, at2) {
    const x = at2 * COLUMN;
    const group = svg("g", {}, svg("rect", { class: "empty-hour", x: x + 0.5, y: 0.5, width: COLUMN - GAP - 1, height: HEIGHT - 1 }));
    if (of.hour === null) return group;
    let top = HEIGHT;
    const { others, total } = share(of.hour.secs_by_state);
    for (const state2 of STATES) {
      const secs = of.hour.secs_by_state[state2] ?? 0;
      const height = secs / Math.max(HOUR_SECS2, total) * HEIGHT;
      if (height <= 0) continue;
      top -= height;
      group.append(svg("rect", { ...fill(state2), x, y: top, width: COLUMN - GAP, height }));
    }
    const [worst] = others;
    if (worst && worst[1] > HOUR_SECS2 * TOLD) {
      group.append(svg("text", { x: x + (COLUMN - GAP) / 2, y: HEIGHT + FOOT - 3, "text-anchor": "middle" }, word("coverage_letter", worst[0])));
    }
    return group;
  }
  function stripElement(of) {
    const words2 = stripWords(of.strip);
    const [width, height] = [of.strip.length * COLUMN - GAP, HEIGHT + FOOT];
    const drawing2 = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...of.strip.map(column));
    const first = of.strip[0].hour_unix_secs * 1e3;
    return h(
      "div",
      { class: "strip" },
      h("div", { class: "strip-drawing", attrs: { role: "img", "aria-label": text("strip_label", { words: words2 }), title: words2 } }, drawing2),
      h("div", { class: "strip-times faint small", attrs: { "aria-hidden": "true" } }, h("span", { text: hourText(first) }), h("span", { text: text("strip_now") }))
    );
  }
  function legend(states) {
    const swatch = (state2) => svg("svg", { viewBox: "0 0 16 12", class: "swatch", "aria-hidden": "true" }, svg("rect", state2 === "" ? { class: "empty-hour", x: 0.5, y: 0.5, width: 15, height: 11 } : { ...fill(state2), width: 16, height: 12 }));
    const line2 = (state2, letter, words2) => h("li", {}, swatch(state2), letter ? h("b", { text: letter }) : null, words2);
    const lines = STATES.filter((state2) => state2 === "analysed" || states.has(state2)).map(
      (state2) => line2(state2, state2 === "analysed" ? "" : word("coverage_letter", state2), word("coverage_short", state2))
    );
    return h("ul", { class: "legend small", attrs: { "aria-label": text("legend") } }, ...lines, line2("", "", text("unreported_short")));
  }

  // src/cameras.ts
  var MOST_DRAWN = 200;
  var MOST_BLIND = 3;
  var TRENDS = { rising: "rising", falling: "falling", steady: "gap" };
  var CamerasPage = class {
    constructor(model) {
      this.model = model;
      this.attention = h("button", { attrs: { type: "button", "aria-pressed": "false", "aria-keyshortcuts": "N" }, on: { click: () => this.toggleNeeds() } });
      this.drawAttention(0);
      this.element = h(
        "main",
        { class: "page" },
        h("h1", { class: "unseen", text: text("cameras") }),
        patterns(),
        h("div", { class: "tools" }, h("label", { text: text("camera_place"), attrs: { for: "camera-place" } }), this.place, this.attention, h("span", { class: "spring" }), this.legend),
        h("div", { class: "page-scroll", attrs: { tabindex: -1 } }, this.list, this.note)
      );
    }
    model;
    element;
    place = h("select", { attrs: { id: "camera-place" }, on: { change: () => this.draw() } });
    attention;
    legend = h("div", {});
    list = h("ul", { class: "cameras", attrs: { "aria-label": text("cameras") } });
    note = h("p", { class: "empty" });
    walk = new Walk(this.list);
    needsOnly = false;
    places = "";
    /** Whether the press was for this page. */
    key(event) {
      if (event.key === "n" || event.key === "N") {
        this.toggleNeeds();
        return true;
      }
      return this.walk.key(event);
    }
    draw() {
      const all = camerasOf(this.model, hubNow());
      this.drawPlaces(all);
      this.drawAttention(all.filter(({ needs }) => needs.length > 0).length);
      const [type, name] = this.place.value.split(/:(.*)/s);
      const isIn = (one) => type === "" || (type === "site" ? one.site === name : one.box === name);
      const chosen = all.filter((one) => isIn(one) && (!this.needsOnly || one.needs.length > 0));
      const hadFocus = this.walk.hasFocus();
      this.list.replaceChildren(...chosen.slice(0, MOST_DRAWN).map(cameraElement2));
      this.walk.settle(hadFocus);
      this.legend.replaceChildren(legend(new Set(chosen.flatMap(({ strip }) => strip.flatMap(({ hour }) => Object.keys(hour?.secs_by_state ?? {}))))));
      this.note.textContent = chosen.length > MOST_DRAWN ? text("cameras_more", { shown: MOST_DRAWN, count: chosen.length }) : chosen.length > 0 ? "" : text(all.length > 0 ? "cameras_none_chosen" : "cameras_none");
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
  function stateElement(of) {
    if (!of.isConnected) return h("span", { class: "status bad" }, icon("away"), text("box_away"));
    if (of.state === null) return h("span", { class: "status faint" }, icon("camera"), text("state_untold"));
    const isGood = of.state === "analysed";
    return h("span", { class: `status ${isGood ? "good" : "bad"}` }, icon(isGood ? "confirmed" : "raised"), capital(word("coverage_short", of.state)));
  }
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
    const points = of.course.flatMap(({ unix_ms, value }, at2) => {
      const before = of.course[at2 - 1];
      const y = (one) => 16 - one / top * 14;
      return [...before ? [`${x(unix_ms)},${y(before.value)}`] : [], `${x(unix_ms)},${y(value)}`];
    });
    const root = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    root.setAttribute("viewBox", "0 0 60 18");
    root.setAttribute("class", "spark");
    root.setAttribute("aria-hidden", "true");
    const line2 = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    line2.setAttribute("points", points.join(" "));
    root.append(line2);
    return root;
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
  function cameraElement2(of) {
    const name = text("camera_name", { camera: of.camera, box: of.box });
    return h(
      "li",
      { class: `camera-line ${of.needs.length > 0 ? "needs" : ""} ${of.isConnected ? "" : "away"}`, attrs: { "data-entry": of.key, tabindex: -1, "aria-label": `${name}. ${recentText(of)}` } },
      h(
        "div",
        { class: "camera-head" },
        h("h2", { text: of.camera }),
        h("div", { class: "faint small", text: [of.site, of.box].filter(Boolean).join(" · ") }),
        stateElement(of),
        of.needs.length > 0 ? h("ul", { class: "needs-list small" }, ...of.needs.map((need) => h("li", {}, icon("raised"), needText(need, of)))) : null
      ),
      h("div", { class: "camera-day" }, h("p", { class: "recent", text: recentText(of) }), ...whyNot(of).map((words2) => h("p", { class: "blind small" }, icon("camera"), words2)), stripElement(of)),
      h(
        "div",
        { class: "camera-rules" },
        of.zones.length > 0 ? h("section", {}, h("h3", { text: text("zones") }), h("ul", { class: "zones" }, ...of.zones.map(zoneElement))) : null,
        of.rules.length > 0 ? h("section", {}, h("h3", { text: text("rules") }), h("ul", { class: "rules small" }, ...of.rules.map(ruleElement))) : null,
        of.zones.length + of.rules.length === 0 ? h("p", { class: "faint small", text: text("rules_silent") }) : null
      )
    );
  }

  // src/curve.ts
  var [WIDTH, HEIGHT2, LEFT, BOTTOM, TOP, RIGHT] = [348, 118, 56, 20, 10, 8];
  var OPEN = 1.3;
  var LEVELS2 = ["low", "busy", "dense", "critical"];
  var at = (time) => ({ unix_ms: time.unix_ms, time: timeText(time) });
  function timeOf({ record, event }) {
    return event.time ? at(event.time) : { unix_ms: record.stored_unix_ms, time: momentText(record.stored_unix_ms) };
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
      if (points.length === 0 && body.first_seen) points.push({ ...at(body.first_seen), low: 0, high: 0, words: duration(0) });
      if (body.dwell_secs) points.push(banded(timeOf(one), body.dwell_secs, duration(body.dwell_secs.at_least)));
    }
    return points.length === 0 ? null : { what: text("curve_dwell"), points, ticks: ticks(points, duration), isStepped: false };
  }
  function ticks(points, say) {
    const top = Math.max(...points.map((point) => point.high ?? point.low));
    return [[0, say(0)], ...top > 0 ? [[top, say(top)]] : []];
  }
  function curveOf(item) {
    const curve = item.history.some(({ event }) => event.kind === "abandoned_object") ? ofObject(item) : ofCrowd(item);
    curve?.points.sort((a, b) => a.unix_ms - b.unix_ms);
    return curve?.points[0]?.unix_ms === 0 ? null : curve;
  }
  function svg2(tag, attrs, content = "") {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attrs)) element.setAttribute(name, String(value));
    if (content !== "") element.textContent = content;
    return element;
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
    const told2 = Math.max(...curve.ticks.map(([value]) => value), ...curve.points.map((point) => point.high ?? point.low), 1);
    const top = curve.points.some((point) => point.high === null) ? told2 * OPEN : told2;
    const span = end.unix_ms - begin2.unix_ms;
    const x = (unixMs) => span === 0 ? WIDTH / 2 : LEFT + (unixMs - begin2.unix_ms) / span * (WIDTH - LEFT - RIGHT);
    const y = (value) => HEIGHT2 - BOTTOM - value / top * (HEIGHT2 - BOTTOM - TOP);
    const root = svg2("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT2}`, "aria-hidden": "true" });
    for (const [value, words2] of curve.ticks) {
      root.append(svg2("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }));
      root.append(svg2("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, words2));
    }
    const low = along(curve, end.unix_ms, (point) => y(point.low), x);
    const high = along(curve, end.unix_ms, (point) => y(point.high ?? top), x);
    root.append(svg2("polygon", { class: "band", points: [...low, ...high.reverse()].join(" ") }));
    root.append(svg2("polyline", { class: "line-of", points: low.join(" ") }));
    for (const point of curve.points) root.append(svg2("circle", { cx: x(point.unix_ms), cy: y(point.low), r: 3 }));
    root.append(svg2("text", { x: span === 0 ? WIDTH / 2 : LEFT, y: HEIGHT2 - 3, "text-anchor": span === 0 ? "middle" : "start" }, begin2.time));
    if (span > 0) root.append(svg2("text", { x: WIDTH - RIGHT, y: HEIGHT2 - 3, "text-anchor": "end" }, end.time));
    return root;
  }
  function along(curve, end, y, x) {
    const corners = [];
    let before = null;
    for (const point of curve.points) {
      if (curve.isStepped && before !== null) corners.push(`${x(point.unix_ms)},${before}`);
      before = y(point);
      corners.push(`${x(point.unix_ms)},${before}`);
    }
    if (curve.isStepped && before !== null) corners.push(`${x(end)},${before}`);
    return corners;
  }

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
    return h("span", { class: "badge", text: text("staged"), attrs: { title: text("staged_title", { words: words2 }) } });
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
    if (event.staged !== null) parts.push(text("staged"));
    if (event.validity === "not_valid") parts.push(text("not_valid"));
    return [...parts, ...particulars(told(item).body), spokenStanding(item)].filter(Boolean).join(", ");
  }
  var List = class {
    constructor(events) {
      this.events = events;
      const head = (words2, name) => h("th", { class: name, text: words2, attrs: { scope: "col" } });
      this.table = h(
        "table",
        { class: "list", attrs: { role: "grid" } },
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
    selected = null;
    show(items, name, whyEmpty, hasOlder) {
      this.table.setAttribute("aria-label", name);
      const focused = document.activeElement;
      this.older.hidden = !hasOlder;
      this.items = items;
      const wanted = new Set(items.map((item) => item.key));
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
      if (focused instanceof HTMLElement && focused !== document.activeElement && this.body.contains(focused)) focused.focus({ preventScroll: true });
      this.empty.textContent = items.length > 0 ? "" : whyEmpty;
      this.mark();
    }
    /** Draws an item anew. */
    refresh(item) {
      const row = this.rows.get(item.key);
      if (row) this.fill(row, item);
    }
    select(key, withFocus) {
      this.selected = key;
      this.mark();
      const row = key === null ? void 0 : this.rows.get(key);
      if (row && withFocus) {
        row.focus({ preventScroll: true });
        row.scrollIntoView({ block: "nearest" });
      }
    }
    /** The item so many rows further; the nearest where there are no more. */
    step(by) {
      const at2 = this.items.findIndex((item) => item.key === this.selected);
      if (at2 < 0) return this.items[0];
      return this.items[Math.min(Math.max(at2 + by, 0), this.items.length - 1)];
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
      const first = this.items[0];
      if (first && (this.selected === null || !this.rows.has(this.selected))) this.rows.get(first.key).tabIndex = 0;
    }
    markRow(row, key) {
      const is = key === this.selected;
      row.setAttribute("aria-selected", String(is));
      row.tabIndex = is ? 0 : -1;
    }
  };

  // src/details.ts
  function fact(name, ...value) {
    return h("div", { class: "fact" }, h("dt", { text: name }), h("dd", {}, ...value));
  }
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
  function alertDetails(item, fleet, events) {
    const event = newest(item);
    const isCamera = event.kind === "camera_health";
    const camera = fleet.boxes.find((box) => box.box === item.box)?.cameras.find((one) => one.camera === event.camera);
    const parts = particulars(told(item).body);
    const first = item.history[0].event;
    const sections = [
      h("div", { class: "badges" }, isCamera ? null : stateBadge(state(item)), isCamera ? null : severityLine(item), event.staged === null ? null : stagedBadge(event.staged)),
      event.staged === null ? null : h("p", { class: "warn-text", text: text("staged_words", { words: event.staged }) }),
      isCamera ? null : reviewSection(item, events),
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
  function detailsElement(item, fleet, events) {
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
      ...item.type === "note" ? noteDetails(item) : alertDetails(item, fleet, events)
    );
  }

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

  // src/keys.ts
  var KEPT = "velum.keys";
  var keys = () => [
    ["↓ ↑ J K", text("keys_lines")],
    ["Home End", text("keys_ends")],
    ["Enter", text("keys_details")],
    ["S", text("keys_still")],
    ["T C R E", text("keys_review")],
    ["1 2 3 4", text("keys_filters")],
    ["5 6 7", text("keys_pages")],
    ["N", text("keys_needs")],
    ["M", text("keys_sound")],
    ["Esc", text("keys_close")],
    ["?", text("keys_keys")]
  ];
  var Keys = class {
    single = h("input", { attrs: { type: "checkbox", id: "single-keys" } });
    dialog = h("dialog", { class: "help", attrs: { "aria-label": text("keys") } });
    constructor(parent) {
      this.single.checked = remembered(KEPT) !== "off";
      this.single.addEventListener("change", () => remember(KEPT, this.single.checked ? "on" : "off"));
      const lines = keys().map(([names2, meaning]) => h("tr", {}, h("td", {}, ...names2.split(" ").map((key) => h("kbd", { text: key }))), h("td", { text: meaning })));
      this.dialog.append(
        h("h2", { text: text("keys") }),
        h("table", {}, ...lines),
        h("div", { class: "single-keys" }, this.single, h("label", { text: text("keys_single"), attrs: { for: "single-keys" } })),
        h("div", { class: "buttons" }, h("button", { text: text("close"), attrs: { type: "button" }, on: { click: () => this.dialog.close() } }))
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

  // src/sound.ts
  var KEPT2 = "velum.sound";
  var TONE_SECS = 0.16;
  var LOUDNESS = 0.12;
  var Sound = class {
    button = h("button", { class: "quiet sound", attrs: { type: "button", "aria-keyshortcuts": "M" }, on: { click: () => this.toggle() } });
    isOn = remembered(KEPT2) === "on";
    context = null;
    constructor() {
      this.draw();
    }
    toggle() {
      this.isOn = !this.isOn;
      remember(KEPT2, this.isOn ? "on" : "off");
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
  function tone(context, hertz, at2) {
    const [oscillator, gain] = [context.createOscillator(), context.createGain()];
    oscillator.frequency.value = hertz;
    gain.gain.setValueAtTime(0, at2);
    gain.gain.linearRampToValueAtTime(LOUDNESS, at2 + 0.02);
    gain.gain.linearRampToValueAtTime(0, at2 + TONE_SECS);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at2);
    oscillator.stop(at2 + TONE_SECS);
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
    get isOpen() {
      return this.dialog.open;
    }
    /** Asks for purpose and reason. */
    open(item) {
      const event = raised(item);
      if (event === null || this.dialog.open) return;
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
        h("div", { class: "buttons" }, this.closeButton(text("cancel")), h("button", { class: "primary", text: text("still_ask"), attrs: { type: "submit" } }))
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
      this.show(item, h("p", { class: "waiting", text: text("still_asking"), attrs: { role: "status" } }), h("div", { class: "buttons" }, this.closeButton(text("cancel"))));
      this.focusButton();
      try {
        const still = await post("/api/still", { event_id: eventId, purpose, justification }, this.csrf());
        if (this.isCurrent(asked)) await this.showStill(item, still, asked);
      } catch (error) {
        if (this.isCurrent(asked)) this.showRefusal(item, error);
      }
    }
    /** Not once it was closed, or something else was asked. */
    isCurrent(asked) {
      return this.dialog.open && asked === this.asked;
    }
    async showStill(item, still, asked) {
      const bytes = Uint8Array.from(atob(still.jpeg_base64), (character) => character.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
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
        canvas,
        h(
          "p",
          { class: "caption" },
          text("still_covered", { share: covered }),
          still.captured ? h("span", {}, ` ${text("still_taken")} `, timeElement(still.captured), ".") : null,
          h("span", { class: "faint", text: ` ${text("still_no_copy")}` })
        ),
        h("div", { class: "buttons" }, this.closeButton(text("close")))
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
        h("div", { class: "buttons" }, this.closeButton(text("close")))
      );
      this.focusButton();
    }
    show(item, ...parts) {
      this.wipe();
      const event = newest(item);
      this.content.replaceChildren(
        h("header", {}, h("h2", { text: text("still") }), h("span", { class: "faint", text: `${kind(event.kind)}, ${place(event)}` })),
        ...parts.filter((part) => part !== null)
      );
    }
    closeButton(words2) {
      return h("button", { text: words2, attrs: { type: "button" }, on: { click: () => this.dialog.close() } });
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
  function standingOf(of, all) {
    if (of.holds) return h("span", { class: "status good" }, icon("confirmed"), text("holds"));
    const same = all.filter(({ policy_id }) => policy_id === of.policy_id);
    const holding = same.findIndex(({ holds }) => holds);
    if (holding < 0 || same.indexOf(of) < holding) return h("span", { class: "status faint" }, icon("waits"), text("not_begun"));
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
        two2(standingOf(of, all), text("holds_from_to", { status: word("policy_status", of.status), from: dayText(of.effective_from_unix_ms), to: dayText(of.expires_unix_ms) })),
        two2(momentElement(of.published_unix_ms), text("published_by", { name: of.published_by })),
        signed,
        wayBadge(of.change),
        of.before === null ? null : button
      ]
    };
  }
  function policySections(told2, compare) {
    const drifting = told2.boxes.filter(({ drifts }) => drifts).length;
    const boxHeads = [["box", ""], ["policy", ""], ["digest", ""], ["should", ""], ["receipt", ""], ["cameras", ""]].map(([code, name]) => [text(`head_${code}`), name]);
    const versionHeads = ["version", "digest", "standing", "published", "signed", "way", "changed"].map((code) => [text(`head_${code}`), ""]);
    const boxes = told2.boxes.length > 0 ? table(text("policies_of_boxes"), boxHeads, told2.boxes.map(boxLine2)) : h("p", { class: "faint", text: text("boxes_none_seen") });
    const history3 = told2.history.length > 0 ? table(text("versions"), versionHeads, told2.history.map((one) => versionLine(one, told2.history, compare))) : h("p", { class: "faint", text: text("versions_none") });
    return [
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
        h("div", { class: "buttons" }, h("button", { text: text("close"), attrs: { type: "button" }, on: { click: () => this.dialog.close() } }))
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

  // src/log.ts
  var SHORT_ID = 8;
  var LogSection = class {
    constructor(asking) {
      this.asking = asking;
    }
    asking;
    found = h("div", { attrs: { role: "status" } });
    verifyButton = h("button", { class: "primary", attrs: { type: "button" }, on: { click: () => void this.verify() } }, icon("confirmed"), text("verify_now"));
    keep = h("button", { attrs: { type: "button" }, on: { click: () => void this.checkpoint() } }, text("take_checkpoint"));
    refusalsOnly = h("button", { text: text("refusals_only"), attrs: { type: "button", "aria-pressed": "false" }, on: { click: () => this.toggle() } });
    list = h("div", {});
    entries = [];
    isFiltered = false;
    elements(told2) {
      this.entries = told2.entries;
      this.draw();
      const key = h("p", { class: "faint small" }, text("log_key"), " ", h("code", { text: told2.log_key }));
      return [
        h("section", {}, h("h2", { text: text("log_whole") }), h("p", { class: "faint", text: text("log_whole_words") }), h("div", { class: "row-buttons" }, this.verifyButton, this.keep), this.found, key),
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
      save(`checkpoint-${signed.number}.txt`, signed.text);
      speak(text("checkpoint_saved"));
      this.found.replaceChildren(h("p", {}, icon("confirmed"), text("checkpoint_saved")), h("p", { class: "faint small" }, text("checkpoint_short"), " ", h("code", { text: signed.short })));
    }
  };
  function save(name, content) {
    const address = URL.createObjectURL(new Blob([content], { type: "text/plain" }));
    const link = h("a", { attrs: { href: address, download: name } });
    link.click();
    URL.revokeObjectURL(address);
  }
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
    const what = isNotice ? text("log_remark") : text("log_did", { operation: word("operation", of.operation), subject: word("log_subject", of.subject) });
    const id = of.id === null ? null : h("code", { text: of.id.slice(0, SHORT_ID), attrs: { title: of.id } });
    const outcome = of.denied === null ? h("span", { class: "status" }, icon("cleared"), text("log_allowed")) : h("span", { class: "status bad" }, icon("withheld"), text("log_denied", { rule: of.denied }));
    const words2 = isNotice ? word("log_notice", of.subject) : of.words ?? "";
    return {
      key: String(of.number),
      class: of.denied === null ? "" : "denied",
      cells: [
        String(of.number),
        momentElement(of.unix_ms),
        two2(of.operator ?? text("log_hub"), [of.recipient, of.purpose].filter(Boolean).join(" · ")),
        two2(capital(what), of.records === null ? id : h("span", {}, id ?? "", text("log_records", { count: of.records }))),
        words2,
        isNotice ? null : outcome
      ]
    };
  }

  // src/oversight.ts
  var PARTS = ["policies", "log", "figures"];
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
        h("h1", { class: "unseen", text: text("page_oversight") }),
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
        figures: (told2) => [figuresSection(told2)]
      }[this.part](this.told);
      this.scroll.replaceChildren(...sections);
      this.walk.settle(false);
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

  // src/choice.ts
  var ChoiceDialog = class {
    dialog = h("dialog", { class: "choice" });
    question = null;
    constructor(parent) {
      parent.append(this.dialog);
      this.dialog.addEventListener("keydown", (event) => this.onKey(event));
      this.dialog.addEventListener("close", () => this.dialog.replaceChildren());
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
        h("p", { class: "ask small", text: text("choose") }),
        h("ol", { class: "answers" }, ...answers),
        h("p", { class: "faint small", text: question.note }),
        h("div", { class: "buttons" }, h("button", { attrs: { type: "button" }, on: { click: () => this.close() } }, text("cancel"), h("kbd", { text: "Esc" })))
      );
      this.dialog.showModal();
      this.dialog.querySelector(".answers button")?.focus();
    }
    close() {
      this.dialog.close();
    }
    onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const answer = this.question?.answers[Number(event.key) - 1];
      if (answer) {
        event.preventDefault();
        return this.choose(answer[0]);
      }
      const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      if (by === 0) return;
      event.preventDefault();
      const buttons = [...this.dialog.querySelectorAll(".answers button")];
      const at2 = buttons.findIndex((one) => one === document.activeElement);
      buttons[Math.min(Math.max(at2 + by, 0), buttons.length - 1)]?.focus();
    }
    choose(code) {
      const question = this.question;
      this.close();
      question?.chosen(code);
    }
  };

  // src/triage.ts
  var REJECTIONS = ["reflection", "shadow", "furniture_or_bin", "person", "known_object", "other"];
  var ESCALATIONS = ["urgent", "cannot_tell", "not_mine"];
  var SAID_MS = 6e3;
  var Triage = class {
    constructor(parent, purpose, events) {
      this.purpose = purpose;
      this.events = events;
      this.choices = new ChoiceDialog(parent);
      parent.append(this.said);
    }
    purpose;
    events;
    said = h("div", { class: "said", attrs: { role: "status", hidden: true } });
    choices;
    saidUntilMs = 0;
    take(item) {
      void this.act(item, "/api/take", {}, text("said_taken"));
    }
    confirm(item) {
      void this.act(item, "/api/review", { verdict: "confirmed" }, text("said_confirmed"));
    }
    reject(item) {
      const done = (verdict) => text("said_rejected", { verdict: word("verdict", verdict) });
      this.choices.ask({
        title: text("reject_title"),
        about: `${kind(newest(item).kind)}, ${place(newest(item))}`,
        note: text("reject_note"),
        answers: REJECTIONS.map((verdict) => [verdict, word("verdict", verdict)]),
        chosen: (verdict) => void this.act(item, "/api/review", { verdict }, done(verdict))
      });
    }
    escalate(item) {
      this.choices.ask({
        title: text("escalate_title"),
        about: `${kind(newest(item).kind)}, ${place(newest(item))}`,
        note: text("escalate_note"),
        answers: ESCALATIONS.map((reason) => [reason, word("escalation", reason)]),
        chosen: (reason) => void this.act(item, "/api/escalate", { reason }, text("said_escalated"))
      });
    }
    /** Does it about the alert of a line; says why not where there is none. */
    onLine(item, isLine, act) {
      if (!isLine) this.say(text("no_alert"));
      else if (item === null || raising(item) === void 0 || item.review === null) this.say(text("not_reviewable"));
      else this[act](item);
    }
    /** Says something, to those who look and those who listen. */
    say(words2) {
      this.said.textContent = words2;
      this.said.hidden = false;
      this.saidUntilMs = Date.now() + SAID_MS;
    }
    /** An alert was erased: what was asked about it is asked no more. */
    letGo() {
      this.choices.close();
      this.say(text("said_erased"));
    }
    tick() {
      if (!this.said.hidden && Date.now() > this.saidUntilMs) this.said.hidden = true;
    }
    close() {
      this.choices.close();
    }
    async act(item, path, more, done) {
      const event_id = raising(item)?.event.id ?? "";
      try {
        const answer = await post(path, { event_id, purpose: this.purpose, ...more }, this.events.csrf());
        this.say(answer.decided === false ? `${done} ${text("said_not_decided")}` : done);
        if (answer.decided === true) this.events.decided(item);
      } catch (error) {
        if (error instanceof Refusal && error.code === "not_logged_in") return this.events.loggedOut();
        this.say(text("said_failed", { reason: error instanceof Error ? `${error.message}.` : "" }));
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
      this.pages = new Pages([
        { name: "alerts", key: "1", element: this.columns },
        { name: "cameras", key: "5", ...pageOf(new CamerasPage(this.model)) },
        ...session.oversight === null ? [] : [{ name: "oversight", key: "6", ...pageOf(new OversightPage(session.oversight.needs_reason, this.asking())) }],
        { name: "boxes", key: "7", ...pageOf(new BoxesPage(session.is_administrator, this.asking())) }
      ]);
      this.build();
      this.triage = new Triage(this.element, purpose, {
        csrf: () => this.session.csrf,
        decided: (item) => this.goOn(item),
        loggedOut: () => this.over("")
      });
      this.stills = new StillDialog(this.element, () => this.session.csrf, { loggedOut: () => this.over("") });
      const listener = {
        record: (record) => this.take(record),
        held: (held) => this.holdBack(held),
        fleet: (fleet) => this.takeFleet(fleet),
        hours: (hours) => this.takeHours(hours),
        review: (review) => this.takeReview(review),
        clock: (hubUnixMs) => setClock(hubUnixMs),
        state: (state2) => this.setLive(state2),
        ended: (reason) => this.over(reason),
        failed: () => void this.checkSession()
      };
      const mustChoose = session.purposes.length > 1 && purpose === "";
      this.live = mustChoose ? null : new Live(listener, purpose);
      const { signal } = this.abort;
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
    filters = /* @__PURE__ */ new Map();
    side = h("div", { class: "side" });
    columns = h("div", { class: "columns" });
    pages;
    detailsPane = h("div", { class: "pane", attrs: { hidden: true } });
    keys = new Keys(this.element);
    stills;
    triage;
    sound = new Sound();
    /** None until the person has said what they read for. */
    live;
    timers = [];
    abort = new AbortController();
    filter = "all";
    details = null;
    isLive = "connecting";
    awaySince = 0;
    dirty = false;
    fleetChanged = true;
    today = (/* @__PURE__ */ new Date()).toDateString();
    changed = /* @__PURE__ */ new Set();
    touchedMs = Date.now();
    idleEndMs;
    asking() {
      return { csrf: () => this.session.csrf, loggedOut: () => this.over("") };
    }
    /** Leaves nothing behind. */
    close() {
      this.live?.close();
      this.abort.abort();
      for (const timer of this.timers) window.clearInterval(timer);
      this.stills.close();
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
        ...this.pages.elements
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
        speak(text("new_alert", { kind: kind(newest(item).kind), place: place(newest(item)) }));
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
      if (this.isLive === "live" && this.model.escalations() > before) this.sound.escalated();
      this.drawSoon();
    }
    /** What was erased leaves the screen, whoever looks at it. */
    letGo(item) {
      if (this.details === item.key) this.closeDetails();
      if (this.list.selected === item.key) this.list.select(null, false);
      this.stills.close();
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
      const choice = h(
        "select",
        { attrs: { "aria-label": text("purpose_label") }, on: { change: () => this.choose(choice.value) } },
        this.purpose === "" ? h("option", { text: text("purpose_choose"), attrs: { value: "" } }) : null,
        ...this.session.purposes.map((one) => h("option", { text: purposeWords(one), attrs: { value: one } }))
      );
      choice.value = this.purpose;
      return choice;
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
      document.title = open > 0 ? `(${open}) Velum` : "Velum";
      for (const [filter, one] of this.filters) one.setAttribute("aria-pressed", String(filter === this.filter));
      const details = this.details === null ? void 0 : this.model.item(this.details);
      if (details && (this.changed.has(details) || this.detailsPane.hidden)) this.drawDetails(details);
      this.changed.clear();
      this.pages.changed();
    }
    whyEmpty() {
      if (this.live === null) return text("empty_purpose");
      if (this.isLive === "connecting") return text("empty_connecting");
      if (this.filter === "review") return text("queue_empty");
      return text(`empty_${this.filter}`);
    }
    drawDetails(item) {
      const hadFocus = this.detailsPane.contains(document.activeElement);
      const element = detailsElement(item, this.model.fleet, {
        askForStill: (of) => this.stills.open(of),
        take: (of) => this.triage.take(of),
        confirm: (of) => this.triage.confirm(of),
        reject: (of) => this.triage.reject(of),
        escalate: (of) => this.triage.escalate(of),
        close: () => this.closeDetails()
      });
      this.detailsPane.replaceChildren(element);
      this.detailsPane.hidden = false;
      this.element.classList.add("with-details");
      if (hadFocus) element.focus({ preventScroll: true });
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
    }
    setFilter(filter) {
      this.pages.show("alerts");
      this.filter = filter;
      this.draw();
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
    onAlert(event, act) {
      event.preventDefault();
      if (event.repeat) return;
      const item = this.list.selected === null ? void 0 : this.model.item(this.list.selected);
      this.triage.onLine(item?.type === "alert" ? item : null, item !== void 0, act);
    }
    askForStill() {
      const item = this.list.selected === null ? void 0 : this.model.item(this.list.selected);
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
      this.triage.tick();
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
  function show(view) {
    room?.close();
    room = null;
    page.replaceChildren(view);
  }
  function showLogin(name, remark) {
    show(loginView(name, remark, enter));
  }
  async function enter(chosen = "") {
    const session = await get("/api/session");
    learn(await get("/api/words"));
    room?.close();
    let isOver = false;
    const [only, ...others] = session.purposes;
    const purpose = session.purposes.includes(chosen) ? chosen : others.length === 0 ? only ?? "" : "";
    const over = (reason) => {
      if (isOver) return;
      isOver = true;
      if (reason === "changed") enter(purpose).catch(() => showLogin(session.user, ""));
      else showLogin(session.user, ended(reason));
    };
    const choose = (another) => {
      isOver = true;
      enter(another).catch(() => showLogin(session.user, ""));
    };
    const entered = new Room(session, purpose, over, choose);
    page.replaceChildren(entered.element);
    room = entered;
  }
  async function begin() {
    learn({ catalogue: await get("/words.json").catch(() => ({})) });
    const setup = /^#setup=([\w-]+)$/.exec(location.hash)?.[1];
    if (setup) {
      history.replaceState(null, "", "/");
      return show(await setupView(setup, showLogin));
    }
    try {
      await enter();
    } catch {
      showLogin("", "");
    }
  }
  void begin();
  window.addEventListener("hashchange", () => void begin());
})();
