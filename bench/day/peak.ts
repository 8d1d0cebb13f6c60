export interface Highest {
  readonly count: number;
  /** The second of the day: `08:02:00`. */
  readonly at: string;
}

/** A count by the second, of which the largest is kept, and the sum. */
export class Peak {
  sum = 0;
  private most = 0;
  private mostAt = 0;
  private second = -1;
  private count = 0;

  /** @param at milliseconds; never before the last one */
  add(at: number, count = 1): void {
    const second = Math.floor(at / 1_000);
    if (second !== this.second) {
      this.second = second;
      this.count = 0;
    }
    this.count += count;
    this.sum += count;
    if (this.count > this.most) {
      this.most = this.count;
      this.mostAt = second;
    }
  }

  /** What has been counted in the second of this instant so far. */
  during(at: number): number {
    return Math.floor(at / 1_000) === this.second ? this.count : 0;
  }

  get highest(): Highest {
    return { count: this.most, at: new Date(this.mostAt * 1_000).toISOString().slice(11, 19) };
  }
}
