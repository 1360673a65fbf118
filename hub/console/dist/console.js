"use strict";
(() => {
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
    throw new Refusal(no.code ?? "failed", no.message ?? `the hub answered ${response.status}`, no.rule ?? null);
  }
  async function ask(path, init) {
    let response;
    try {
      response = await fetch(path, { credentials: "same-origin", cache: "no-store", redirect: "error", ...init });
    } catch {
      throw new Refusal("unreachable", "the hub cannot be reached", null);
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
    withheld: "M8 2.2a5.8 5.8 0 100 11.6A5.8 5.8 0 008 2.2zM4 4l8 8",
    lost: "M3.4 3.4l9.2 9.2M12.6 3.4l-9.2 9.2",
    gap: "M1.5 8h3M6.5 8h3M11.5 8h3",
    camera: "M1.8 4.6h8.4v6.8H1.8zM10.2 7l4-2.2v6.4l-4-2.2",
    box: "M2.2 5L8 2.2 13.8 5v6L8 13.8 2.2 11zM2.2 5L8 7.8 13.8 5M8 7.8v6",
    away: "M2.2 5L8 2.2 13.8 5v6L8 13.8 2.2 11zM2 2l12 12",
    live: "M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM3.2 3.6a6.2 6.2 0 000 8.8M12.8 3.6a6.2 6.2 0 010 8.8",
    picture: "M1.8 3h12.4v10H1.8zM1.8 11l3.6-3.6 3 3 2-2 3.8 3.6"
  };
  function icon(shape) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", SHAPES[shape]);
    svg.append(path);
    return svg;
  }
  function speak(text) {
    const spoken = document.getElementById("spoken");
    if (spoken) spoken.textContent = text;
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
    const text = error instanceof Error ? error.message : "something went wrong";
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  }
  function form(button, parts, submit) {
    const said = problem();
    const send = h("button", { class: "primary", text: button, attrs: { type: "submit" } });
    const handle = async (happened) => {
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
    return h("form", { on: { submit: (happened) => void handle(happened) } }, ...parts, said, send);
  }
  function loginView(name, remark, done) {
    const [nameField, nameInput] = field("name", "Name", { autocomplete: "username", maxlength: "64" });
    const [passwordField, passwordInput] = field("password", "Password", {
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
      "Log in",
      remark ? h("p", { class: "remark", text: remark, attrs: { role: "status" } }) : null,
      form("Log in", [nameField, passwordField], submit)
    );
    queueMicrotask(() => (name ? passwordInput : nameInput).focus());
    return view;
  }
  async function setupView(token, done) {
    let fixed;
    try {
      fixed = (await post("/api/setup/look", { token })).name;
    } catch (error) {
      const text = error instanceof Refusal ? sentence(error) : "The link cannot be checked.";
      const back = h("button", { class: "primary", text: "Go to log-in", attrs: { type: "button" }, on: { click: () => done("", "") } });
      queueMicrotask(() => back.focus());
      return card("This link does not work", h("p", { class: "problem", text, attrs: { role: "alert" } }), back);
    }
    const [nameField, nameInput] = field("name", "Name", { autocomplete: "username", maxlength: "64", pattern: "[A-Za-z0-9._\\-]+" });
    const [passwordField, passwordInput] = field("password", "Password", {
      type: "password",
      autocomplete: "new-password",
      minlength: "12",
      maxlength: "256",
      "aria-describedby": "password-hint"
    });
    const [againField, againInput] = field("again", "Password again", { type: "password", autocomplete: "new-password", maxlength: "256" });
    nameInput.value = fixed ?? "";
    nameInput.readOnly = fixed !== null;
    const submit = async () => {
      if (passwordInput.value !== againInput.value) {
        againInput.focus();
        throw new Error("the two passwords differ");
      }
      await post("/api/setup", { token, name: nameInput.value, password: passwordInput.value });
      done(nameInput.value.trim().toLowerCase(), "Your password is set. Log in with it.");
    };
    const view = card(
      fixed === null ? "Become the first user" : `Choose a password, ${fixed}`,
      form(
        "Set password",
        [
          nameField,
          passwordField,
          h("p", { class: "faint small", text: "At least 12 characters. Three or four words that do not belong together will do.", attrs: { id: "password-hint" } }),
          againField
        ],
        submit
      )
    );
    queueMicrotask(() => (fixed === null ? nameInput : passwordInput).focus());
    return view;
  }

  // src/words.ts
  var words = { catalogue: {}, purposes: [] };
  function learn(told2) {
    words = told2;
  }
  function purposes() {
    return words.purposes;
  }
  function purposeWords(id) {
    return words.purposes.find((one) => one.id === id)?.words ?? id;
  }
  function heldText(held) {
    return `Not shown: ${held.events === 1 ? "1 event is" : `${held.events} events are`} ${held.words}.`;
  }
  function word(table, code) {
    return words.catalogue[table]?.[code] ?? code;
  }
  var capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
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
    if (band.below === null) return `unattended for at least ${duration(band.at_least)}`;
    if (band.at_least === 0) return `unattended for less than ${duration(band.below)}`;
    return `unattended for ${duration(band.at_least)} to ${duration(band.below)}`;
  }
  function persons(band) {
    if (band.below === null) return `${band.at_least} persons or more`;
    if (band.at_least === 0) return `fewer than ${band.below} persons`;
    if (band.below === band.at_least + 1) return `${band.at_least} persons`;
    return `${band.at_least} to ${band.below - 1} persons`;
  }
  function speed(band) {
    if (band.below === null) return `${band.at_least} m/s or more`;
    if (band.at_least === 0) return `less than ${band.below} m/s`;
    return `${band.at_least} to ${band.below} m/s`;
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
          body.first_seen ? `put down ${timeText(body.first_seen)}` : "",
          body.grid_cell ? `grid cell ${body.grid_cell}` : ""
        ].filter(Boolean);
      case "crowd_density": {
        const levels = [body.previous_level, body.level].filter((level) => level !== null);
        const density = body.persons_per_m2;
        return [
          levels.length > 0 ? `level ${levels.join(" → ")}` : "",
          body.persons ? persons(body.persons) : "",
          density ? `${density.low.toFixed(2)} to ${density.high.toFixed(2)} persons/m²` : "",
          body.relative ? "relative: not per square metre" : "",
          body.demo_threshold ? "demonstration threshold" : ""
        ].filter(Boolean);
      }
      case "crowd_movement":
        return [
          body.pattern === "unspecified" ? "" : word("movement", body.pattern),
          body.persons ? persons(body.persons) : "",
          body.speed_m_per_s ? speed(body.speed_m_per_s) : "",
          body.direction ? word("direction", body.direction) : "",
          body.relative ? "speed from person heights: no ground plane" : ""
        ].filter(Boolean);
    }
  }
  function placeLines(event, box) {
    const near = [event.camera, event.zone].filter((part) => part !== null).join(" / ");
    const far = [event.site, box].filter((part) => part !== null).join(" · ");
    return [near || (event.site ?? "place not released by the policy"), near ? far : box];
  }
  function place(event) {
    const parts = [event.site, event.camera, event.zone].filter((part) => part !== null);
    return parts.length > 0 ? parts.join(" / ") : "place not released by the policy";
  }
  function ended(reason) {
    switch (reason) {
      case "idle":
        return "You were logged out: nobody touched the page for a while.";
      case "limit":
        return "You were logged out: a login lasts one shift at most.";
      case "revoked":
        return "You were logged out: your user was removed or reset.";
      case "replaced":
        return "You were logged out: you logged in too many times elsewhere.";
      case "logged_out":
        return "You are logged out.";
      default:
        return "Your login is over.";
    }
  }

  // src/time.ts
  var two = (n) => String(n).padStart(2, "0");
  function day(at) {
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  }
  function clock(unixMs, withSeconds) {
    const at = new Date(unixMs);
    const time = `${two(at.getHours())}:${two(at.getMinutes())}${withSeconds ? `:${two(at.getSeconds())}` : ""}`;
    return day(at) === day(/* @__PURE__ */ new Date()) ? time : `${day(at)} ${time}`;
  }
  function utc(unixMs) {
    return `${new Date(unixMs).toISOString().replace("T", " ").replace(/\.\d+Z$/, "")} UTC`;
  }
  var UNITS = /* @__PURE__ */ new Map([
    [1e3, "second"],
    [6e4, "minute"],
    [36e5, "hour"],
    [864e5, "day"]
  ]);
  function precision(time) {
    if (time.precision_ms <= 1) return "";
    const unit = UNITS.get(time.precision_ms);
    if (unit) return `to the ${unit}`;
    return time.precision_ms < 1e3 ? `to ${time.precision_ms} ms` : `to ${duration(time.precision_ms / 1e3)}`;
  }
  function timeElement(time) {
    const exact = precision(time);
    const title = exact ? `${utc(time.unix_ms)}; the policy tells times ${exact}` : utc(time.unix_ms);
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
      alerts: `${alerts} ${alerts === 1 ? "alert" : "alerts"} without a still`,
      reasons: reasons.map(([reason, one]) => `${one} without a still: ${word("withheld", reason)}`)
    };
  }
  function percent(fraction) {
    const whole = Math.floor(fraction * 100 + 1e-9);
    return fraction > 0 && whole === 0 ? "under 1 %" : `${whole} %`;
  }
  function bar(of, label) {
    const meter = h("div", {
      class: "bar",
      attrs: { role: "img", "aria-label": label, title: label }
    });
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 100 4");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("width", String(of.analysed * 100));
    rect.setAttribute("height", "4");
    svg.append(rect);
    meter.append(svg);
    return meter;
  }
  function cameraElement(of, box, told2) {
    const day2 = share(of.day_secs_by_state);
    const label = `${of.camera}: analysed ${percent(day2.analysed)} of ${duration(day2.total)} that the box reported in the last day`;
    const state2 = !box.connected ? "not reporting" : told2 && told2 !== "analysed" ? word("coverage", told2).replace(/^the camera is /, "") : "";
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
    const shown = parts.filter(([count]) => count > 0);
    if (shown.length === 0) return null;
    const title = "numbers that this box gave and that are no stored events";
    return h(
      "div",
      { class: "account small", attrs: { title } },
      ...shown.map(([count, name, bad]) => h("span", { class: bad ? "bad" : "faint", text: `${count} ${name}` }))
    );
  }
  function boxElement(box, states) {
    const status = box.connected ? h("span", { class: "status good" }, icon("box"), "Connected") : h("span", { class: "status bad" }, icon("away"), "Away");
    return h(
      "section",
      { class: `box ${box.connected ? "" : "away"}`, attrs: { "aria-label": `box ${box.box}, ${box.connected ? "connected" : "away"}` } },
      h("div", { class: "row" }, h("h3", { text: box.box, attrs: { title: box.version } }), status),
      box.connected ? null : h(
        "div",
        { class: "small away-since" },
        box.last_seen_unix_ms === null ? "never seen" : h("span", {}, "last heard ", momentElement(box.last_seen_unix_ms))
      ),
      accountElement(box),
      box.cameras.length > 0 ? h("ul", {}, ...box.cameras.map((camera) => cameraElement(camera, box, states.get(`${box.box}/${camera.camera}`)))) : h("div", { class: "faint small", text: "no coverage reported in the last day" })
    );
  }
  function fleetElement(fleet, states) {
    return h(
      "aside",
      { class: "fleet", attrs: { "aria-label": "Boxes and cameras" } },
      h(
        "h2",
        { attrs: { title: "the share of the reported time in the last day in which each camera was really analysed" } },
        "Boxes",
        h("span", { class: "faint small", text: "analysed, last 24 h" })
      ),
      ...fleet.boxes.length > 0 ? fleet.boxes.map((box) => boxElement(box, states)) : [h("p", { class: "faint small", text: "No box is enrolled yet: velum-hub enroll BOX" })]
    );
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
  var Model = class {
    /** Newest first. */
    items = [];
    fleet = { boxes: [] };
    /** The last state that a camera itself told, by box and camera. */
    cameraStates = /* @__PURE__ */ new Map();
    /** Whether the hub has older records than the first that came here, or some were let go here. */
    hasOlder = false;
    /** What the hub has and does not show, by rule. */
    held = /* @__PURE__ */ new Map();
    byKey = /* @__PURE__ */ new Map();
    highest = /* @__PURE__ */ new Map();
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
      }
    }
    item(key) {
      return this.byKey.get(key);
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
        return known;
      }
      return this.add({ type: "alert", key, box: record.box, history: [{ record, event }] });
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
      const line = `${record.box}/${record.incarnation}`;
      const highest = this.highest.get(line);
      this.highest.set(line, Math.max(record.sequence, highest ?? 0));
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
    /** Never an alert that is open. */
    letOldestGo() {
      for (let at = this.items.length - 1; at > 0; at--) {
        const item = this.items[at];
        if (isOpen(item)) continue;
        this.items.splice(at, 1);
        this.byKey.delete(item.key);
        this.hasOlder = true;
        return;
      }
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
  function stagedBadge(text) {
    return h("span", { class: "badge", text: "staged", attrs: { title: `put into the scene on purpose: ${text}` } });
  }
  function notValidBadge() {
    const title = "the rule could not see well enough to be believed";
    return h("span", { class: "badge warn", text: "not valid", attrs: { title } });
  }
  function noteText(item) {
    const one = item.first === item.last;
    const numbers = one ? `Number ${item.first}` : `Numbers ${item.first} to ${item.last}`;
    switch (item.note) {
      case "withheld":
        return `${numbers} withheld: ${word("withheld", item.detail)}`;
      case "expired":
        return `${numbers} expired: the key of ${item.detail} was destroyed before ${one ? "it" : "they"} could be sent`;
      case "lost":
        return `${numbers} lost: ${word("lost", item.detail)}`;
      case "gap":
        return `${numbers} ${one ? "has" : "have"} not arrived`;
      case "unknown":
        return `${numbers} of a kind that this hub does not know`;
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
    const time = first.event.time ? timeElement(first.event.time) : h("span", {}, momentElement(first.record.stored_unix_ms), h("span", { class: "precision", text: "when received" }));
    const badge = isCamera ? h("span", { class: "state of-camera" }, icon("camera"), "Camera") : stateBadge(state(item));
    return [
      h("td", { class: "cell-state" }, badge),
      h("td", { class: "cell-time" }, time),
      h(
        "td",
        { class: "cell-what" },
        h(
          "div",
          { class: "what" },
          kind(event.kind),
          event.staged === null ? null : stagedBadge(event.staged),
          event.validity === "not_valid" ? notValidBadge() : null
        ),
        h("div", { class: "faint line", text: particulars(told(item).body).join(" · ") })
      ),
      h("td", { class: "cell-place" }, h("div", { class: "line", text: near, attrs: { title: near } }), h("div", { class: "faint line", text: far }))
    ];
  }
  function noteCells(item) {
    const words2 = { withheld: "Withheld", expired: "Expired", lost: "Lost", gap: "Gap", unknown: "Unknown" };
    return [
      h("td", { class: "cell-state" }, h("span", { class: `state ${item.note}` }, icon(NOTE_SHAPES[item.note]), words2[item.note])),
      h("td", { class: "cell-time" }, momentElement(item.stored_unix_ms)),
      h("td", { class: "cell-what" }, h("div", { class: "note-text", text: noteText(item) })),
      h("td", { class: "cell-place" }, h("div", { class: "faint line", text: item.box }))
    ];
  }
  function spokenName(item) {
    if (item.type === "note") return `${item.note}: ${noteText(item)}, box ${item.box}`;
    const event = newest(item);
    const parts = [kind(event.kind), state(item) === "unspecified" ? "" : word("state", state(item)), place(event)];
    if (event.staged !== null) parts.push("staged");
    if (event.validity === "not_valid") parts.push("not valid");
    return [...parts, ...particulars(told(item).body)].filter(Boolean).join(", ");
  }
  var List = class {
    constructor(events) {
      this.events = events;
      const head = (text, name) => h("th", { class: name, text, attrs: { scope: "col" } });
      const table = h(
        "table",
        { class: "list", attrs: { role: "grid", "aria-label": "Alerts, newest first" } },
        h(
          "thead",
          {},
          h("tr", {}, head("State", "cell-state"), head("Time", "cell-time"), head("What", "cell-what"), head("Where", "cell-place"))
        ),
        this.body
      );
      this.element = h("div", { class: "scroll" }, table, this.older, this.empty);
    }
    events;
    element;
    body = h("tbody");
    empty = h("p", { class: "empty" });
    older = h("p", { class: "older", text: "Older records are not shown here: velum events list", attrs: { hidden: true } });
    rows = /* @__PURE__ */ new Map();
    items = [];
    selected = null;
    show(items, whyEmpty, hasOlder) {
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
      const at = this.items.findIndex((item) => item.key === this.selected);
      if (at < 0) return this.items[0];
      return this.items[Math.min(Math.max(at + by, 0), this.items.length - 1)];
    }
    newRow(item) {
      const row = h("tr", {
        attrs: { tabindex: -1 },
        on: {
          click: () => this.events.select(item.key),
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
    const sentences = of.map((one) => h("li", { text: explanation(one) }));
    return h("section", {}, h("h3", { text: "Why" }), h("ul", { class: "why" }, ...sentences));
  }
  function validity(event) {
    if (event.validity === "not_valid") {
      return h("span", { class: "warn-text" }, icon("notice"), "Not valid: the rule could not see well enough to be believed");
    }
    return event.validity === "valid" ? "Valid" : "Not told by the policy";
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
          event.time ? timeElement(event.time) : h("span", { class: "faint", text: "time not released" }),
          h("div", { class: "faint small" }, "received ", momentElement(record.stored_unix_ms), ` · number ${record.sequence}`)
        )
      )
    );
    return h("section", {}, h("h3", { text: "Course" }), h("ol", { class: "history" }, ...lines));
  }
  function coverage(of, name) {
    if (name === null) return null;
    if (!of) return h("section", {}, h("h3", { text: `Coverage of ${name}` }), h("p", { class: "faint", text: "Nothing reported in the last day." }));
    const [day2, hour] = [share(of.day_secs_by_state), share(of.hour_secs_by_state)];
    const reasons = [
      ...day2.others.map(([name2, secs]) => `${duration(secs)} ${stateWord(name2)}: ${word("coverage", name2)}`),
      ...missingStills(of)?.reasons ?? []
    ];
    const label = `analysed ${percent(day2.analysed)} of ${duration(day2.total)} reported in the last day`;
    return h(
      "section",
      {},
      h("h3", { text: `Coverage of ${name}` }),
      bar(day2, label),
      h("p", { text: `Really analysed: ${percent(day2.analysed)} of the ${duration(day2.total)} reported in the last day; ${percent(hour.analysed)} in the newest hour.` }),
      reasons.length > 0 ? h("ul", { class: "why" }, ...reasons.map((text) => h("li", { text }))) : null
    );
  }
  function stillButton(item, events) {
    if (raised(item) === null) {
      return h("p", { class: "faint", text: "No still can be asked for: the policy offers none for this alert." });
    }
    return h(
      "button",
      { class: "primary", attrs: { type: "button", "aria-keyshortcuts": "S" }, on: { click: () => events.askForStill(item) } },
      icon("picture"),
      "Show still…",
      h("kbd", { text: "S" })
    );
  }
  function technical(item) {
    const { record, event } = item.history[item.history.length - 1];
    return h(
      "details",
      { class: "technical" },
      h("summary", { text: "Identifiers" }),
      h(
        "dl",
        {},
        fact("Event", h("code", { text: event.id })),
        event.alert_id ? fact("Alert", h("code", { text: event.alert_id })) : null,
        fact("Number", `${record.sequence} of ${record.box}, cursor ${record.cursor}`),
        fact("Policy", h("code", { text: event.policy_digest || "none" })),
        ...event.model_digests.map((digest) => fact("Model", h("code", { text: digest })))
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
      h("div", { class: "badges" }, isCamera ? null : stateBadge(state(item)), event.staged === null ? null : stagedBadge(event.staged)),
      event.staged === null ? null : h("p", { class: "warn-text", text: `Staged: ${event.staged}` }),
      h(
        "dl",
        {},
        fact("Where", place(event)),
        fact("When", event.time ? timeElement(event.time) : "not released by the policy"),
        parts.length > 0 ? fact("What", capital(parts.join("; "))) : null,
        isCamera ? null : fact("Validity", validity(event)),
        event.confidence ? fact("Confidence", capital(event.confidence)) : null,
        isCamera ? null : fact("Standing", "A machine's assessment, not a fact")
      ),
      isCamera ? null : stillButton(item, events),
      why(event.explanation),
      item.history.length > 1 && first.explanation.length > 0 ? h("section", {}, h("h3", { text: "Why it was raised" }), h("ul", { class: "why" }, ...first.explanation.map((one) => h("li", { text: explanation(one) })))) : null,
      isCamera ? null : history2(item),
      coverage(camera, event.camera),
      technical(item)
    ];
    return sections.filter((section) => section !== null);
  }
  function noteDetails(item) {
    const meaning = {
      withheld: "The box did not let these events out: a rule of its policy decided. What they said is not known here.",
      expired: "These events were kept on the box as long as the policy allows, could not be sent in that time, and were destroyed.",
      lost: "These events are gone. The box says so itself.",
      gap: "These numbers were given by the box and have not arrived here. They may still come; if not, they are missing.",
      unknown: "A newer box sent something that this hub does not know. Update the hub."
    };
    return [
      h("p", { text: `${noteText(item)}.` }),
      h("p", { class: "faint", text: meaning[item.note] }),
      h(
        "dl",
        {},
        fact("Box", item.box),
        fact("Received", momentElement(item.stored_unix_ms)),
        item.note === "withheld" ? fact("Rule", h("code", { text: item.detail })) : null
      )
    ];
  }
  function detailsElement(item, fleet, events) {
    const title = item.type === "note" ? capital(item.note) : kind(newest(item).kind);
    return h(
      "section",
      { class: "details", attrs: { "aria-label": `Details: ${title}`, tabindex: -1 } },
      h(
        "header",
        {},
        h("h2", { text: title }),
        h("button", { class: "quiet", text: "Close", attrs: { type: "button", "aria-label": "Close details" }, on: { click: events.close } })
      ),
      ...item.type === "note" ? noteDetails(item) : alertDetails(item, fleet, events)
    );
  }

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
    pauseMs = FIRST_PAUSE_MS;
    timer = 0;
    closed = false;
    close() {
      this.closed = true;
      window.clearTimeout(this.timer);
      this.source?.close();
    }
    open() {
      const source = new EventSource(`/api/live/${this.after}?purpose=${encodeURIComponent(this.purpose)}`);
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
      on("caught_up", ({ cursor }) => {
        this.after = String(cursor);
        this.pauseMs = FIRST_PAUSE_MS;
        this.listener.state("live");
      });
      on("beat", () => void 0);
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

  // src/still.ts
  var REASON_CHARS = 500;
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
    dialog = h("dialog", { class: "still", attrs: { "aria-label": "Show still" } }, this.content);
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
        attrs: { id: "still-reason", rows: 2, maxlength: REASON_CHARS, required: true, "aria-describedby": "still-note" }
      });
      const known = purposes();
      const purpose = known.length > 0 ? h(
        "select",
        { attrs: { id: "still-purpose", required: true } },
        known.length > 1 ? h("option", { text: "Choose…", attrs: { value: "" } }) : null,
        ...known.map((one) => h("option", { text: one.words, attrs: { value: one.id } }))
      ) : h("input", { attrs: { id: "still-purpose", required: true, maxlength: 64, placeholder: "a purpose id of the policy" } });
      const submit = (happened) => {
        happened.preventDefault();
        const justification = reason.value.replace(/\s+/g, " ").trim();
        if (justification === "" || purpose.value === "") return;
        void this.fetch(item, event.id, purpose.value, justification);
      };
      const form2 = h(
        "form",
        { on: { submit } },
        h("label", { text: "What for", attrs: { for: "still-purpose" } }),
        purpose,
        h("label", { text: "Why this picture is needed", attrs: { for: "still-reason" } }),
        reason,
        h("p", {
          class: "faint small",
          text: "Your name, the purpose and the reason are written into the audit log before the box is asked. The box decides again whether the still may leave.",
          attrs: { id: "still-note" }
        }),
        h("div", { class: "buttons" }, this.closeButton("Cancel"), h("button", { class: "primary", text: "Ask for the still", attrs: { type: "submit" } }))
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
      this.show(item, h("p", { class: "waiting", text: "Asking the box…", attrs: { role: "status" } }), h("div", { class: "buttons" }, this.closeButton("Cancel")));
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
          "aria-label": `Redacted still: ${kind(newest(item).kind)}, ${place(newest(item))}; ${covered} of it is painted over`
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
          `Redacted on the box: ${covered} of the picture is painted over.`,
          still.captured ? h("span", {}, " Taken ", timeElement(still.captured), ".") : null,
          h("span", { class: "faint", text: " The hub keeps no copy." })
        ),
        h("div", { class: "buttons" }, this.closeButton("Close"))
      );
      this.canvas = canvas;
      this.focusButton();
      speak("The still is shown.");
    }
    showRefusal(item, error) {
      const no = error instanceof Refusal ? error : new Refusal("failed", "the picture cannot be shown", null);
      if (no.code === "not_logged_in") {
        this.dialog.close();
        return this.events.loggedOut();
      }
      const rule = no.rule;
      const text = rule === null ? sentence2(no.message) : sentence2(word("withheld", rule));
      this.show(
        item,
        h(
          "div",
          { class: "refusal", attrs: { role: "alert" } },
          icon(rule === null ? "notice" : "withheld"),
          h("div", {}, h("strong", { text: rule === null ? "No still" : "Withheld" }), h("p", { text }), rule === null ? null : h("p", { class: "faint small" }, "Rule ", h("code", { text: rule })))
        ),
        rule !== null || LOGGED.has(no.code) ? h("p", { class: "faint small", text: "The request and its outcome are in the audit log." }) : null,
        h("div", { class: "buttons" }, this.closeButton("Close"))
      );
      this.focusButton();
    }
    show(item, ...parts) {
      this.wipe();
      const event = newest(item);
      this.content.replaceChildren(
        h("header", {}, h("h2", { text: "Still" }), h("span", { class: "faint", text: `${kind(event.kind)}, ${place(event)}` })),
        ...parts.filter((part) => part !== null)
      );
    }
    closeButton(text) {
      return h("button", { text, attrs: { type: "button" }, on: { click: () => this.dialog.close() } });
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
  function sentence2(text) {
    const plain = text.replaceAll("`", "");
    return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}.`;
  }

  // src/room.ts
  var FILTERS = [
    ["all", "Everything"],
    ["alerts", "Alerts"],
    ["open", "Open alerts"]
  ];
  var KEYS = [
    ["↓ ↑ J K", "next and previous line"],
    ["Home End", "first and last line"],
    ["Enter", "details of the line"],
    ["S", "ask for the still of the alert"],
    ["1 2 3", "everything, alerts, open alerts"],
    ["Esc", "close what is open"],
    ["?", "these keys"]
  ];
  var TOUCH_EVERY_MS = 6e4;
  var WARN_SECS = 120;
  var Room = class {
    constructor(session, purpose, over, choose) {
      this.session = session;
      this.purpose = purpose;
      this.over = over;
      this.choose = choose;
      this.idleEndMs = Date.now() + session.idle_left_secs * 1e3;
      this.build();
      this.stills = new StillDialog(this.element, () => this.session.csrf, { loggedOut: () => this.over("") });
      const listener = {
        record: (record) => this.take(record),
        held: (held) => this.holdBack(held),
        fleet: (fleet) => this.takeFleet(fleet),
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
    detailsPane = h("div", { class: "pane", attrs: { hidden: true } });
    help = h("dialog", { class: "help", attrs: { "aria-label": "Keys" } });
    stills;
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
    /** Leaves nothing behind. */
    close() {
      this.live?.close();
      this.abort.abort();
      for (const timer of this.timers) window.clearInterval(timer);
      this.stills.close();
      this.element.remove();
      document.title = "Velum";
    }
    build() {
      const filterButtons = FILTERS.map(([filter, text], index) => {
        const button = h("button", {
          text,
          attrs: { type: "button", "aria-pressed": "false", "aria-keyshortcuts": String(index + 1) },
          on: { click: () => this.setFilter(filter) }
        });
        this.filters.set(filter, button);
        return button;
      });
      this.help.append(
        h("h2", { text: "Keys" }),
        h("table", {}, ...KEYS.map(([keys, meaning]) => h("tr", {}, h("td", {}, ...keys.split(" ").map((key) => h("kbd", { text: key }))), h("td", { text: meaning })))),
        h("div", { class: "buttons" }, h("button", { text: "Close", attrs: { type: "button" }, on: { click: () => this.help.close() } }))
      );
      this.element.append(
        h(
          "header",
          { class: "top" },
          h("span", { class: "brand", text: "Velum" }),
          this.liveStatus,
          h("div", { class: "filters", attrs: { role: "group", "aria-label": "Show" } }, ...filterButtons),
          this.purposeChoice(),
          h("span", { class: "spring" }),
          h("button", { class: "quiet", text: "Keys", attrs: { type: "button", "aria-keyshortcuts": "?", title: "?" }, on: { click: () => this.help.showModal() } }),
          h("span", { class: "user" }, h("span", { class: "faint", text: "Logged in as " }), this.session.user),
          h("button", { class: "quiet", text: "Log out", attrs: { type: "button" }, on: { click: () => void this.logOut() } })
        ),
        this.banner,
        this.warning,
        this.withheld,
        h(
          "div",
          { class: "columns" },
          this.side,
          h("main", { class: "middle" }, h("h1", { class: "unseen", text: "Alerts" }), this.list.element),
          this.detailsPane
        ),
        this.help
      );
    }
    take(record) {
      const before = this.model.items.length;
      const item = this.model.take(record);
      this.changed.add(item);
      if (record.end.type === "event" && record.end.kind === "camera_health") this.fleetChanged = true;
      const isNew = this.model.items.length > before;
      if (isNew && this.isLive === "live" && isOpen(item) && item.type === "alert") {
        speak(`New alert: ${kind(newest(item).kind)}, ${place(newest(item))}`);
      }
      this.drawSoon();
    }
    /** Where a person may read for several purposes, they say for which. */
    purposeChoice() {
      if (this.session.purposes.length < 2) return null;
      const choice = h(
        "select",
        { attrs: { "aria-label": "What you read for" }, on: { change: () => this.choose(choice.value) } },
        this.purpose === "" ? h("option", { text: "What for? Choose…", attrs: { value: "" } }) : null,
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
        lines.unshift(`You have no role of a recipient of the policy, and see how the boxes are but no event: ${this.session.give_command} gives you one.`);
      }
      this.withheld.hidden = lines.length === 0;
      this.withheld.replaceChildren(...lines.map((line) => h("div", { text: line })));
    }
    takeFleet(fleet) {
      this.model.fleet = fleet;
      this.fleetChanged = true;
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
      this.list.show(shown, this.whyEmpty(), this.model.hasOlder);
      for (const item of this.changed) this.list.refresh(item);
      if (this.fleetChanged) this.side.replaceChildren(fleetElement(this.model.fleet, this.model.cameraStates));
      this.fleetChanged = false;
      this.drawWithheld();
      const open = this.model.openAlerts();
      const button = this.filters.get("open");
      if (button) button.textContent = open > 0 ? `Open alerts (${open})` : "Open alerts";
      document.title = open > 0 ? `(${open}) Velum` : "Velum";
      for (const [filter, one] of this.filters) one.setAttribute("aria-pressed", String(filter === this.filter));
      const details = this.details === null ? void 0 : this.model.item(this.details);
      if (details && (this.changed.has(details) || this.detailsPane.hidden)) this.drawDetails(details);
      this.changed.clear();
    }
    whyEmpty() {
      if (this.live === null) return "Choose what you read for, above.";
      if (this.isLive === "connecting") return "Connecting…";
      return this.filter === "open" ? "No alert is open." : this.filter === "alerts" ? "No alerts yet." : "Nothing was reported yet.";
    }
    drawDetails(item) {
      const hadFocus = this.detailsPane.contains(document.activeElement);
      const element = detailsElement(item, this.model.fleet, {
        askForStill: (of) => this.stills.open(of),
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
      this.filter = filter;
      this.draw();
    }
    onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
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
        case "?":
          event.preventDefault();
          return this.help.showModal();
        case "1":
        case "2":
        case "3":
          return this.setFilter(FILTERS[Number(event.key) - 1][0]);
      }
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
      const [text, name] = state2 === "live" ? ["Live", "live on"] : state2 === "connecting" ? ["Connecting", "live connecting"] : ["Not live", "live off"];
      this.liveStatus.className = name;
      this.liveStatus.replaceChildren(icon("live"), text);
      this.element.classList.toggle("stale", state2 === "away");
      this.banner.hidden = state2 !== "away";
      if (state2 === "away") {
        this.banner.replaceChildren(
          h("strong", { text: "Not live. " }),
          "The hub has not been heard since ",
          momentElement(this.awaySince),
          "; what is shown may be out of date. Trying again by itself."
        );
      }
    }
    tick() {
      const today = (/* @__PURE__ */ new Date()).toDateString();
      if (today !== this.today) {
        this.today = today;
        for (const item of this.model.items) this.changed.add(item);
        this.fleetChanged = true;
        this.drawSoon();
      }
      const left = Math.max(0, Math.ceil((this.idleEndMs - Date.now()) / 1e3));
      this.warning.hidden = left > WARN_SECS;
      if (!this.warning.hidden) this.warning.textContent = `You will be logged out in ${duration(left)}. Press any key to stay.`;
      if (left === 0) void this.checkSession();
    }
    /** A key or a click keeps the login; at most once a minute, or at once when it is about to end. */
    touch() {
      const now = Date.now();
      const isLate = this.idleEndMs - now < WARN_SECS * 1e3;
      if (now - this.touchedMs < (isLate ? 1e3 : TOUCH_EVERY_MS)) return;
      this.touchedMs = now;
      void this.refreshSession(() => post("/api/session/extend", {}, this.session.csrf));
    }
    async checkSession() {
      await this.refreshSession(() => get("/api/session"));
    }
    async refreshSession(ask2) {
      try {
        this.session = await ask2();
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
          speak("Logging out failed.");
          this.banner.hidden = false;
          this.banner.textContent = "You are still logged in: the hub cannot be reached. Try again, or close the browser.";
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
