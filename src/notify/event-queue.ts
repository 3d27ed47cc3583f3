/** A line for the server, without the line feed. */
export interface QueuedLine {
  readonly text: string;
  /** Of what is dropped when there is no room: the lower, the earlier. What has none is never dropped. */
  readonly rank: number | undefined;
}

/** The number of droppable lines that are kept. */
const mostDroppable = 120;

/** Lines in their order, for a server that may not answer: it does not grow with the time. */
export class EventQueue {
  #lines: QueuedLine[] = [];

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  add(line: QueuedLine): void {
    this.#lines.push(line);
    this.#drop();
  }

  /** Removes lines from the beginning: at least one, and further ones while all have at most `limitBytes`. */
  take(limitBytes: number): QueuedLine[] {
    let bytes = 0;
    const beyond = this.#lines.findIndex(({ text }, index) => {
      bytes += Buffer.byteLength(text) + 1;
      return index > 0 && bytes > limitBytes;
    });
    return this.#lines.splice(0, beyond < 0 ? this.#lines.length : beyond);
  }

  /** What was taken and not sent comes first again. */
  putBack(lines: readonly QueuedLine[]): void {
    this.#lines.unshift(...lines);
    this.#drop();
  }

  #drop(): void {
    let excess = this.#lines.filter(({ rank }) => rank !== undefined).length - mostDroppable;
    while (excess-- > 0) {
      const ranks = this.#lines.flatMap(({ rank }) => rank ?? []);
      const lowest = Math.min(...ranks);
      this.#lines.splice(
        this.#lines.findIndex(({ rank }) => rank === lowest),
        1,
      );
    }
  }
}
