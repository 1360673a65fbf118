// The control room: what a person sees who is logged in.

import { Refusal, get, post, type Fleet, type Held, type Hours, type HubRecord, type Review, type RunningExercises, type Session, type Suppressions } from "./api.js";
import type { Asking } from "./ask.js";
import { BoxesPage } from "./boxes.js";
import { CamerasPage } from "./cameras.js";
import { detailsElement } from "./details.js";
import { ExercisesPage, exerciseBanner } from "./exercises.js";
import { h, icon, speak } from "./dom.js";
import { isFocusLost, namesake } from "./focus.js";
import { fleetElement } from "./fleet.js";
import { Keys } from "./keys.js";
import { List } from "./list.js";
import { Live, type LiveState } from "./live.js";
import { Model, isOpen, newest, type AlertItem, type Filter, type Item } from "./model.js";
import { countAll, decidedByAnotherWords, isNoLongerTaken, setClock } from "./review.js";
import { Said } from "./said.js";
import { Sound } from "./sound.js";
import { StillDialog } from "./still.js";
import { OversightPage } from "./oversight.js";
import { Pages } from "./pages.js";
import { PlanShelf } from "./plans.js";
import { momentElement } from "./time.js";
import { TextDialog } from "./text-dialog.js";
import { Triage } from "./triage.js";
import { isExerciseText } from "./verdicts.js";
import { duration, heldText, kind, place, purposeWords, text, textParts } from "./words.js";

const FILTERS: Filter[] = ["all", "alerts", "open", "review"];
const TOUCH_EVERY_MS = 60_000;
const WARN_SECS = 120;

interface PageView {
  element: HTMLElement;
  draw(): void;
  key(event: KeyboardEvent): boolean;
}

const pageOf = (page: PageView) => ({ element: page.element, draw: () => page.draw(), pressed: (event: KeyboardEvent) => page.key(event) });

export class Room {
  readonly element = h("div", { class: "room" });
  private readonly model = new Model();
  private readonly list = new List({ select: (key) => this.select(key, false), open: (key) => this.open(key) });
  private readonly liveStatus = h("span", { class: "live connecting", attrs: { role: "status" } });
  private readonly banner = h("div", { class: "banner", attrs: { role: "alert", hidden: true } });
  private readonly warning = h("div", { class: "banner warn", attrs: { role: "alert", hidden: true } });
  /** What is not shown, and why. */
  private readonly withheld = h("div", { class: "banner notice", attrs: { role: "status", hidden: true } });
  /** Cameras that are not looked at, because an exercise has their place. */
  private readonly exercises = h("div", { class: "banner exercise", attrs: { role: "status", hidden: true } });
  private readonly exercisesPage: ExercisesPage;
  private readonly filters = new Map<Filter, HTMLButtonElement>();
  private readonly side = h("div", { class: "side" });
  private readonly columns = h("div", { class: "columns" });
  private readonly pages: Pages;
  /** Where cameras stand. */
  private readonly shelf: PlanShelf;
  private readonly detailsPane = h("div", { class: "pane", attrs: { hidden: true } });
  private readonly keys = new Keys(this.element);
  private readonly stills: StillDialog;
  private readonly texts: TextDialog;
  private readonly cameras: CamerasPage;
  private running = "";
  private readonly said = new Said();
  /** What left the queue by others' words, and is not told yet. */
  private decidedElsewhere: AlertItem[] = [];
  /** What had the focus last, and the part that it is in: that stays, whatever is drawn in it. */
  private worked: { part: HTMLElement; control: HTMLElement } | null = null;
  private readonly purposes = h("select", { attrs: { "aria-label": text("purpose_label") } });
  private readonly triage: Triage;
  private readonly sound = new Sound();
  /** None until the person has said what they read for. */
  private readonly live: Live | null;
  private readonly timers: number[] = [];
  private readonly abort = new AbortController();
  private filter: Filter = "all";
  private details: string | null = null;
  /** Whose details were drawn last. */
  private drawn: string | null = null;
  private isLive: LiveState = "connecting";
  private awaySince = 0;
  private dirty = false;
  private fleetChanged = true;
  private today = new Date().toDateString();
  private changed = new Set<Item>();
  private touchedMs = Date.now();
  private idleEndMs: number;

  constructor(
    private session: Session,
    private readonly purpose: string,
    private readonly over: (reason: string) => void,
    private readonly choose: (purpose: string) => void,
  ) {
    this.idleEndMs = Date.now() + session.idle_left_secs * 1000;
    this.shelf = new PlanShelf(this.asking(), () => this.drawPlaces());
    const cameras = new CamerasPage(this.model, this.shelf, { user: session.user, isAdministrator: session.is_administrator, askForStill: (item, deliver) => this.stills.open(item, deliver), lift: (of) => void this.triage.lift(of) });
    this.cameras = cameras;
    this.exercisesPage = new ExercisesPage(this.asking(), purpose);
    this.pages = new Pages([
      { name: "alerts", key: "1", element: this.columns },
      { name: "cameras", key: "5", ...pageOf(cameras) },
      ...(session.oversight === null ? [] : [{ name: "oversight", key: "6", ...pageOf(new OversightPage(session.oversight.needs_reason, this.asking())) }]),
      { name: "boxes", key: "7", ...pageOf(new BoxesPage(session.is_administrator, this.asking())) },
      { name: "exercise", key: "8", ...pageOf(this.exercisesPage) },
    ]);
    this.build();
    this.triage = new Triage(this.element, purpose, this.said, {
      csrf: () => this.session.csrf,
      decided: (item) => this.goOn(item),
      loggedOut: () => this.over(""),
    });
    this.texts = new TextDialog(this.element, this.asking(), purpose);
    this.stills = new StillDialog(this.element, () => this.session.csrf, { loggedOut: () => this.over("") });
    const listener = {
      record: (record: HubRecord) => this.take(record),
      held: (held: Held) => this.holdBack(held),
      fleet: (fleet: Fleet) => this.takeFleet(fleet),
      hours: (hours: Hours) => this.takeHours(hours),
      review: (review: Review) => this.takeReview(review),
      suppressions: (of: Suppressions) => this.takeSuppressions(of),
      exercises: (of: RunningExercises) => this.takeExercises(of),
      clock: (hubUnixMs: number) => setClock(hubUnixMs),
      state: (state: LiveState) => this.setLive(state),
      ended: (reason: string) => this.over(reason),
      failed: () => void this.checkSession(),
    };
    const mustChoose = session.purposes.length > 1 && purpose === "";
    this.live = mustChoose ? null : new Live(listener, purpose);
    const { signal } = this.abort;
    this.element.addEventListener("focusin", (event) => this.noteFocus(event.target as HTMLElement), { signal });
    // Told late, and does not rise.
    this.element.addEventListener("close", () => this.focusAgain(), { signal, capture: true });
    document.addEventListener("keydown", (event) => this.onKey(event), { signal });
    for (const name of ["keydown", "pointerdown", "wheel"] as const) {
      document.addEventListener(name, () => this.touch(), { signal, passive: true });
    }
    this.timers.push(window.setInterval(() => this.tick(), 1000));
    this.setLive("connecting");
    this.draw();
  }

  /** Where cameras stand is otherwise than it was. */
  private drawPlaces(): void {
    const details = this.details === null ? undefined : this.model.item(this.details);
    if (details) this.changed.add(details);
    this.drawSoon();
  }

  private asking(): Asking {
    return { csrf: () => this.session.csrf, loggedOut: () => this.over("") };
  }

  /** Leaves nothing behind. */
  close(): void {
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

  private build(): void {
    const filterButtons = FILTERS.map((filter, index) => {
      const button = h("button", {
        text: text(filter === "review" ? "to_review" : `filter_${filter}`),
        attrs: { type: "button", "aria-pressed": "false", "aria-keyshortcuts": String(index + 1) },
        on: { click: () => this.setFilter(filter) },
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
        h("button", { class: "quiet", text: text("log_out"), attrs: { type: "button" }, on: { click: () => void this.logOut() } }),
      ),
      this.banner,
      this.warning,
      this.withheld,
      this.exercises,
      ...this.pages.elements,
      this.said.element,
    );
    this.columns.append(
      this.side,
      h(
        "main",
        { class: "middle" },
        h("h1", { class: "unseen", text: text("alerts") }),
        h("div", { class: "filters", attrs: { role: "group", "aria-label": text("show") } }, ...filterButtons),
        this.list.element,
      ),
      this.detailsPane,
    );
  }

  private take(record: HubRecord): void {
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

  private takeReview(review: Review): void {
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
  private letGo(item: AlertItem): void {
    if (this.details === item.key) this.closeDetails();
    if (this.list.selected === item.key) this.list.select(null, false);
    this.stills.close();
    this.texts.letGo(item);
    this.cameras.letGo(item);
    this.triage.letGo();
  }

  /** In the queue, to the next line: what is decided leaves it. */
  private goOn(item: AlertItem): void {
    if (this.filter !== "review" || this.list.selected !== item.key) return;
    const next = [this.list.step(1), this.list.step(-1)].find((one) => one !== undefined && one.key !== item.key);
    if (next) this.select(next.key, true);
  }

  /** Where a person may read for several purposes, they say for which. */
  private purposeChoice(): HTMLElement | null {
    if (this.session.purposes.length < 2) return null;
    if (this.purpose === "") this.purposes.append(h("option", { text: text("purpose_choose"), attrs: { value: "" } }));
    this.purposes.append(...this.session.purposes.map((one) => h("option", { text: purposeWords(one), attrs: { value: one } })));
    this.purposes.value = this.purpose;
    this.purposes.addEventListener("change", () => this.choose(this.purposes.value));
    return this.purposes;
  }

  private holdBack(held: Held): void {
    this.model.holdBack(held);
    this.drawSoon();
  }

  private drawWithheld(): void {
    const lines = [...this.model.held.values()].map((one) => heldText(one));
    if (this.session.give_command !== null && !this.model.held.has("no_recipient")) {
      lines.unshift(text("no_role", { command: this.session.give_command }));
    }
    this.withheld.hidden = lines.length === 0;
    this.withheld.replaceChildren(...lines.map((line) => h("div", { text: line })));
  }

  private takeFleet(fleet: Fleet): void {
    this.model.fleet = fleet;
    this.fleetChanged = true;
    this.drawSoon();
  }

  private takeHours(hours: Hours): void {
    this.model.hours = hours;
    this.drawSoon();
  }

  private takeSuppressions(of: Suppressions): void {
    this.model.suppressions = of.suppressions;
    const details = this.details === null ? undefined : this.model.item(this.details);
    if (details) this.changed.add(details);
    this.drawSoon();
  }

  private takeExercises(of: RunningExercises): void {
    this.exercises.hidden = of.exercises.length === 0;
    const stop = async (one: RunningExercises["exercises"][number]): Promise<void> => this.said.say(await this.exercisesPage.stop(one));
    const hadFocus = this.exercises.contains(document.activeElement);
    this.exercises.replaceChildren(...of.exercises.map((one) => exerciseBanner(one, (chosen) => void stop(chosen))));
    if (hadFocus) this.focusAgain();
    const running = JSON.stringify(of.exercises);
    // The hub tells them with every order, whatever it was about.
    if (running !== this.running) this.exercisesPage.changed();
    this.running = running;
  }

  private drawSoon(): void {
    if (this.dirty) return;
    this.dirty = true;
    requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
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
    const details = this.details === null ? undefined : this.model.item(this.details);
    if (details && (this.changed.has(details) || this.detailsPane.hidden)) this.drawDetails(details);
    this.changed.clear();
    this.tellDecidedElsewhere();
    this.pages.changed();
  }

  /** Nothing leaves the queue of a person without a word. */
  private tellDecidedElsewhere(): void {
    const [one, ...more] = this.decidedElsewhere;
    this.decidedElsewhere = [];
    if (one === undefined) return;
    this.said.hear(more.length === 0 ? decidedByAnotherWords(one) : text("heard_many", { count: more.length + 1 }));
  }

  private whyEmpty(): string {
    if (this.live === null) return text("empty_purpose");
    if (this.isLive === "connecting") return text("empty_connecting");
    if (this.filter === "review") return text("queue_empty");
    return text(`empty_${this.filter}`);
  }

  private drawDetails(item: Item): void {
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
      close: () => this.closeDetails(),
    });
    this.detailsPane.replaceChildren(element);
    if (this.drawn !== item.key) this.detailsPane.scrollTop = 0;
    this.drawn = item.key;
    this.detailsPane.hidden = false;
    this.element.classList.add("with-details");
    if (held) (namesake(element, held) ?? element).focus({ preventScroll: true });
  }

  private select(key: string, withFocus: boolean): void {
    this.list.select(key, withFocus);
    const item = this.model.item(key);
    // Open details follow the line.
    if (this.details !== null && item) {
      this.details = key;
      this.drawDetails(item);
    }
  }

  private open(key: string): void {
    const item = this.model.item(key);
    if (!item) return;
    this.details = key;
    this.drawDetails(item);
    this.list.select(key, true);
  }

  private closeDetails(): void {
    this.details = null;
    this.detailsPane.hidden = true;
    this.detailsPane.replaceChildren();
    this.element.classList.remove("with-details");
    this.list.select(this.list.selected, true);
    if (isFocusLost()) this.list.focus();
  }

  private setFilter(filter: Filter): void {
    this.pages.show("alerts");
    this.filter = filter;
    this.draw();
    if (!this.columns.contains(document.activeElement)) this.list.focus();
  }

  /** Where a person begins who has just come in. */
  focus(): void {
    if (this.live === null) this.purposes.focus();
    else this.list.focus();
  }

  /** Who has just said what they read for goes on choosing, or leaves the choice themselves. */
  focusPurpose(): void {
    this.purposes.focus();
    speak(text("purpose_said", { purpose: purposeWords(this.purpose) }));
  }

  private noteFocus(control: HTMLElement): void {
    const part = control.closest<HTMLElement>(".pane, main, .banner, .top");
    if (part !== null && control.closest("dialog") === null) this.worked = { part, control };
  }

  /** After something took the focus with it: to the control that was worked with, as it is now, or to where work goes on. */
  private focusAgain(): void {
    if (!isFocusLost() || document.querySelector("dialog[open]") !== null) return;
    const worked = this.worked;
    if (worked !== null) (worked.control.isConnected ? worked.control : namesake(worked.part, worked.control))?.focus({ preventScroll: true });
    if (!isFocusLost()) return;
    if (this.pages.isFirstShown) this.list.focus();
    else this.pages.focus();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    // A list of choices, or a text, has keys of its own.
    if (event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement) return;
    if (!this.keys.counts(event)) return;
    if (this.pages.key(event)) return;
    const target = event.target;
    const isOnControl = target instanceof HTMLButtonElement || target instanceof HTMLElement && target.tagName === "SUMMARY";
    const step = (item: Item | undefined): void => {
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
        return this.setFilter(FILTERS[Number(event.key) - 1]!);
    }
  }

  /** Once for each press, however long it lasts: a word on an alert is not said by a key that hangs. */
  /** What the keys are about: the chosen line, while it is in the list. */
  private chosen(): Item | undefined {
    const key = this.list.selected;
    return key === null || !this.list.has(key) ? undefined : this.model.item(key);
  }

  private onAlert(event: KeyboardEvent, act: "take" | "confirm" | "reject" | "escalate" | "suppress"): void {
    event.preventDefault();
    if (event.repeat) return;
    const item = this.chosen();
    this.triage.onLine(item?.type === "alert" ? item : null, item !== undefined, act);
  }

  /** To one's own word on the alert; who said nothing yet is told so. */
  private writeText(): void {
    const item = this.chosen();
    if (item?.type !== "alert" || item.review === null || item.review.mine === null || !item.review.may_review) return this.said.say(text("text_no_word"));
    this.open(item.key);
    this.texts.write(item);
  }

  private askForStill(): void {
    const item = this.chosen();
    if (item?.type !== "alert") return;
    // So that it is seen what the still is of; and where none is offered, why.
    this.open(item.key);
    this.stills.open(item);
  }

  private setLive(state: LiveState): void {
    if (state === "away" && this.isLive !== "away") this.awaySince = Date.now();
    if (state === "live" && this.isLive !== "live") this.drawSoon();
    this.isLive = state;
    const [words, name] = state === "live" ? ["live", "live on"] : state === "connecting" ? ["connecting", "live connecting"] : ["not_live", "live off"];
    this.liveStatus.className = name!;
    this.liveStatus.replaceChildren(icon("live"), text(words!));
    this.element.classList.toggle("stale", state === "away");
    this.banner.hidden = state !== "away";
    if (state === "away") {
      this.banner.replaceChildren(
        h("strong", { text: `${text("not_live")}. ` }),
        ...textParts("not_live_since", { time: momentElement(this.awaySince) }),
      );
    }
  }

  private tick(): void {
    countAll(this.element);
    this.pages.tick();
    this.freeTaken();
    this.said.tick();
    const today = new Date().toDateString();
    if (today !== this.today) {
      // What happened "today" gets its date.
      this.today = today;
      for (const item of this.model.items) this.changed.add(item);
      this.fleetChanged = true;
      this.drawSoon();
    }
    const left = Math.max(0, Math.ceil((this.idleEndMs - Date.now()) / 1000));
    this.warning.hidden = left > WARN_SECS;
    if (!this.warning.hidden) this.warning.textContent = text("logout_soon", { time: duration(left) });
    // Not waiting for the hub to say so: the page may be cut off from it.
    if (left === 0) void this.checkSession();
  }

  private freeTaken(): void {
    for (const item of this.model.items) {
      if (item.type !== "alert" || item.review === null || !isNoLongerTaken(item.review)) continue;
      item.review.taken = null;
      this.changed.add(item);
      this.drawSoon();
    }
  }

  /** A key or a click keeps the login; at most once a minute, or at once when it is about to end. */
  private touch(): void {
    this.sound.wake();
    const now = Date.now();
    const isLate = this.idleEndMs - now < WARN_SECS * 1000;
    if (now - this.touchedMs < (isLate ? 1000 : TOUCH_EVERY_MS)) return;
    this.touchedMs = now;
    void this.refreshSession(() => post<Session>("/api/session/extend", {}, this.session.csrf));
  }

  private async checkSession(): Promise<void> {
    await this.refreshSession(() => get<Session>("/api/session"));
  }

  private async refreshSession(ask: () => Promise<Session>): Promise<void> {
    try {
      this.session = await ask();
      this.idleEndMs = Date.now() + this.session.idle_left_secs * 1000;
    } catch (error) {
      if (error instanceof Refusal && error.code === "not_logged_in") this.over("");
    }
  }

  private async logOut(): Promise<void> {
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
}
