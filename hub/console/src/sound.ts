// A sound for new alerts, off until somebody wants it. Browsers let a page sound only after somebody touched it:
// until then the button says that the sound waits.

import { h } from "./dom.js";
import { remember, remembered } from "./remembered.js";
import { text } from "./words.js";

const KEPT = "velum.sound";
const TONE_SECS = 0.16;
const LOUDNESS = 0.12;

export class Sound {
  readonly button = h("button", { class: "quiet sound", attrs: { type: "button", "aria-keyshortcuts": "M" }, on: { click: () => this.toggle() } });
  private isOn = remembered(KEPT) === "on";
  private context: AudioContext | null = null;

  constructor() {
    this.draw();
  }

  toggle(): void {
    this.isOn = !this.isOn;
    remember(KEPT, this.isOn ? "on" : "off");
    this.wake();
    if (this.isOn) this.play([660, 880]);
    this.draw();
  }

  /** Somebody touched the page. */
  wake(): void {
    if (!this.isOn) return;
    if (this.context?.state === "running") return;
    this.context ??= this.opened();
    void this.context.resume().then(() => this.draw());
  }

  alert(): void {
    this.play([660, 880]);
  }

  escalated(): void {
    this.play([880, 660, 880]);
  }

  close(): void {
    void this.context?.close();
  }

  private opened(): AudioContext {
    const context = new AudioContext();
    context.onstatechange = () => this.draw();
    return context;
  }

  private play(tones: number[]): void {
    if (!this.isOn || this.context === null || this.context.state !== "running") return;
    for (const [place, hertz] of tones.entries()) tone(this.context, hertz, this.context.currentTime + place * TONE_SECS);
  }

  private draw(): void {
    const waits = this.isOn && this.context?.state !== "running";
    this.button.textContent = text(waits ? "sound_waits" : this.isOn ? "sound_on" : "sound_off");
    this.button.setAttribute("aria-pressed", String(this.isOn));
    this.button.title = text("sound_title");
  }
}

/** Soft at both ends, so that nothing cracks. */
function tone(context: AudioContext, hertz: number, at: number): void {
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  gain.gain.linearRampToValueAtTime(0, at + TONE_SECS);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + TONE_SECS);
}
