// The live list's connection: goes on by itself from the last cursor, and knows when it is not live.

import type { Fleet, Held, Hours, HubRecord, Review, RunningExercises, Suppressions } from "./api.js";

/** The hub sends a beat every 5 s. */
const SILENCE_MS = 12_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

export type LiveState = "connecting" | "live" | "away";

export interface Listener {
  record(record: HubRecord): void;
  /** There is more, and it is not shown. */
  held(held: Held): void;
  fleet(fleet: Fleet): void;
  hours(hours: Hours): void;
  /** Where an alert stands with the people. */
  review(review: Review): void;
  /** Places that are left out for a time. */
  suppressions(of: Suppressions): void;
  /** Cameras in whose place a scenario is played. */
  exercises(of: RunningExercises): void;
  /** What the hub's clock says now. */
  clock(hubUnixMs: number): void;
  state(state: LiveState): void;
  /** The login is over. */
  ended(reason: string): void;
  /** The connection failed; perhaps the login is over and nobody could say so. */
  failed(): void;
}

export class Live {
  private source: EventSource | null = null;
  private after = "newest";
  /** The last change of where an alert stands that came here. */
  private change: number | null = null;
  private pauseMs = FIRST_PAUSE_MS;
  private timer = 0;
  private closed = false;

  constructor(
    private readonly listener: Listener,
    private readonly purpose: string,
  ) {
    this.open();
  }

  close(): void {
    this.closed = true;
    window.clearTimeout(this.timer);
    this.source?.close();
  }

  private open(): void {
    const change = this.change === null ? "" : `&change=${this.change}`;
    const source = new EventSource(`/api/live/${this.after}?purpose=${encodeURIComponent(this.purpose)}${change}`);
    this.source = source;
    const on = <T>(name: string, handle: (data: T) => void): void => {
      source.addEventListener(name, (event) => {
        if (this.closed || source !== this.source) return;
        this.heard();
        handle(JSON.parse((event as MessageEvent<string>).data) as T);
      });
    };
    on<HubRecord>("record", (record) => {
      this.after = String(record.cursor);
      this.listener.record(record);
    });
    on<Held>("held", (held) => {
      this.after = String(held.cursor);
      this.listener.held(held);
    });
    on<Fleet>("fleet", (fleet) => this.listener.fleet(fleet));
    on<Hours>("hours", (hours) => this.listener.hours(hours));
    on<Suppressions>("suppressions", (of) => this.listener.suppressions(of));
    on<RunningExercises>("exercises", (of) => this.listener.exercises(of));
    on<Review>("review", (review) => {
      if (review.change !== null) this.change = review.change;
      this.listener.review(review);
    });
    on<{ cursor: number; change: number }>("caught_up", ({ cursor, change: known }) => {
      this.after = String(cursor);
      this.change ??= known;
      this.pauseMs = FIRST_PAUSE_MS;
      this.listener.state("live");
    });
    on<{ hub_unix_ms: number }>("beat", ({ hub_unix_ms }) => this.listener.clock(hub_unix_ms));
    on<{ reason: string }>("ended", ({ reason }) => {
      if (reason === "stopping" || reason === "failed") return this.again();
      this.close();
      this.listener.ended(reason);
    });
    source.addEventListener("error", () => {
      if (source === this.source) this.again();
    });
    this.heard();
  }

  private heard(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.again(), SILENCE_MS);
  }

  private again(): void {
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
}
