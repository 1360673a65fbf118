// Where somebody is in a list whose lines come and go.

export class Position {
  private keys: string[] = [];
  /** The lines when the chosen one was last among them. */
  private seen: string[] = [];
  private current: string | null = null;

  get chosen(): string | null {
    return this.current;
  }

  choose(key: string | null): void {
    this.current = key;
    this.look();
  }

  /** Which lines there are now, in their order. */
  show(keys: string[]): void {
    this.keys = keys;
    this.look();
  }

  /** The line so many further; the nearest where there are no more. From a line that left, the one that was beside it. */
  step(by: number): string | undefined {
    const at = this.current === null ? -1 : this.keys.indexOf(this.current);
    if (at >= 0 || !Number.isFinite(by)) return this.keys[Math.min(Math.max(at + by, 0), this.keys.length - 1)];
    const place = this.current === null ? -1 : this.seen.indexOf(this.current);
    const isHere = (key: string): boolean => this.keys.includes(key);
    const before = this.seen.slice(0, Math.max(place, 0)).reverse().find(isHere);
    const after = this.seen.slice(place + 1).find(isHere);
    return (by > 0 ? (after ?? before) : (before ?? after)) ?? this.keys[0];
  }

  private look(): void {
    if (this.current !== null && this.keys.includes(this.current)) this.seen = this.keys;
  }
}
