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
    const svg2 = document.createElementNS(SVG, "svg");
    svg2.setAttribute("viewBox", "0 0 16 16");
    svg2.setAttribute("class", "icon");
    svg2.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", SHAPES[shape]);
    svg2.append(path);
    return svg2;
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
  function word(table, code) {
    return words.catalogue[table]?.[code] ?? code;
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
    const svg2 = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg2.setAttribute("viewBox", "0 0 100 4");
    svg2.setAttribute("preserveAspectRatio", "none");
    svg2.setAttribute("aria-hidden", "true");
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("width", String(of.analysed * 100));
    rect.setAttribute("height", "4");
    svg2.append(rect);
    meter.append(svg2);
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
    const status = box.connected ? h("span", { class: "status good" }, icon("box"), text("connected")) : h("span", { class: "status bad" }, icon("away"), text("away"));
    return h(
      "section",
      { class: `box ${box.connected ? "" : "away"}`, attrs: { "aria-label": text("box_label", { box: box.box, state: text(box.connected ? "connected_word" : "away_word") }) } },
      h("div", { class: "row" }, h("h3", { text: box.box, attrs: { title: box.version } }), status),
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

  // src/curve.ts
  var [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [348, 118, 56, 20, 10, 8];
  var OPEN = 1.3;
  var LEVELS = ["low", "busy", "dense", "critical"];
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
      const level = LEVELS.indexOf(event.body.level ?? "");
      if (level >= 0) levels.push({ ...when, low: level, high: level, words: LEVELS[level] });
    }
    if (points.length > 0) return { what: text("curve_persons"), points, ticks: ticks(points, String), isStepped: true };
    if (levels.length === 0) return null;
    return { what: text("curve_level"), points: levels, ticks: LEVELS.map((level, rank) => [rank, level]), isStepped: true };
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
  function svg(tag, attrs, content = "") {
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
    const y = (value) => HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP);
    const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
    for (const [value, words2] of curve.ticks) {
      root.append(svg("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }));
      root.append(svg("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, words2));
    }
    const low = along(curve, end.unix_ms, (point) => y(point.low), x);
    const high = along(curve, end.unix_ms, (point) => y(point.high ?? top), x);
    root.append(svg("polygon", { class: "band", points: [...low, ...high.reverse()].join(" ") }));
    root.append(svg("polyline", { class: "line-of", points: low.join(" ") }));
    for (const point of curve.points) root.append(svg("circle", { cx: x(point.unix_ms), cy: y(point.low), r: 3 }));
    root.append(svg("text", { x: span === 0 ? WIDTH / 2 : LEFT, y: HEIGHT - 3, "text-anchor": span === 0 ? "middle" : "start" }, begin2.time));
    if (span > 0) root.append(svg("text", { x: WIDTH - RIGHT, y: HEIGHT - 3, "text-anchor": "end" }, end.time));
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
    const svg2 = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg2.setAttribute("viewBox", "0 0 100 4");
    svg2.setAttribute("preserveAspectRatio", "none");
    svg2.setAttribute("aria-hidden", "true");
    const bar2 = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    bar2.setAttribute("height", "4");
    svg2.append(bar2);
    const words2 = h("span", { class: "left" });
    const element = h("div", { class: "countdown", attrs: { role: "timer", "aria-live": "off" } }, h("span", { class: "bar" }, svg2), h("span", { class: "left-line" }, icon("notice"), words2));
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
    const line = text(code, { role: of.role ?? text("other_role"), verdict });
    return h("li", {}, line, of.unix_ms === null ? null : h("span", { class: "faint", text: ` · ${momentText(of.unix_ms)}` }));
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
      ...more.map((line) => h("p", { class: "small", text: line })),
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
        ...event.model_digests.map((digest) => fact(text("id_model"), h("code", { text: digest })))
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
      const lines = keys().map(([names, meaning]) => h("tr", {}, h("td", {}, ...names.split(" ").map((key) => h("kbd", { text: key }))), h("td", { text: meaning })));
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
        attrs: { id: "still-reason", rows: 2, maxlength: REASON_CHARS, required: true, "aria-describedby": "still-note" }
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
  var Room = class {
    constructor(session, purpose, over, choose) {
      this.session = session;
      this.purpose = purpose;
      this.over = over;
      this.choose = choose;
      this.idleEndMs = Date.now() + session.idle_left_secs * 1e3;
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
          h("div", { class: "filters", attrs: { role: "group", "aria-label": text("show") } }, ...filterButtons),
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
        h(
          "div",
          { class: "columns" },
          this.side,
          h("main", { class: "middle" }, h("h1", { class: "unseen", text: text("alerts") }), this.list.element),
          this.detailsPane
        )
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
      this.filter = filter;
      this.draw();
    }
    onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
      if (!this.keys.counts(event)) return;
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
