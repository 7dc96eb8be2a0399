/** Lets a bounded number of callers through at a time, the others in the order in which they came. */
export class Turns {
  /**
   * @param limit - How many may be at work at once.
   */
  constructor(limit: number) {
    this._free = limit;
  }

  /**
   * Wait for a turn. The function it resolves to gives the turn back; rejects when the signal is aborted first.
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) {
      throw new Error('Aborted');
    }
    if (this._free > 0) {
      this._free--;
    } else {
      await new Promise<void>((resolve, reject) => {
        const waiting = () => {
          signal.removeEventListener('abort', abort);
          resolve();
        };
        const abort = () => {
          this._waiting = this._waiting.filter(other => other !== waiting);
          reject(new Error('Aborted'));
        };
        signal.addEventListener('abort', abort, { once: true });
        this._waiting.push(waiting);
      });
    }
    let given = false;
    return () => {
      if (!given) {
        given = true;
        this._give();
      }
    };
  }

  private _give(): void {
    const next = this._waiting.shift();
    if (next) {
      next();
    } else {
      this._free++;
    }
  }

  private _free: number;
  private _waiting: (() => void)[] = [];
}
