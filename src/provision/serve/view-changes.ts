import { randomBytes } from 'node:crypto';
import type { FleetView } from '../model.ts';

interface Seen {
  readonly json: string;
  /** The number of the turn in which it last changed. */
  readonly turn: number;
}

/**
 * What has changed in the view of the fleet since a client last heard of it. Each call of `update`
 * is a turn, whose number is the client's place; it costs one comparison a machine, and no client
 * costs memory.
 */
export class ViewChanges {
  /** Places of an earlier server mean nothing. */
  readonly #nonce = randomBytes(6).toString('hex');
  readonly #machines = new Map<string, Seen>();
  readonly #removed = new Map<string, number>();
  #turn = 0;
  #rest = '';
  #shown = '';
  #restTurn = 0;

  /** The turn after comparing with a new view: the same as before where nothing has changed. */
  update({ machines, ...rest }: FleetView): number {
    const turn = this.#turn + 1;
    let isChanged = false;
    const names = new Set<string>();
    for (const machine of machines) {
      const json = JSON.stringify(machine);
      names.add(machine.name);
      if (this.#machines.get(machine.name)?.json === json) continue;
      isChanged = true;
      this.#machines.set(machine.name, { json, turn });
      this.#removed.delete(machine.name);
    }
    for (const name of this.#machines.keys()) {
      if (names.has(name)) continue;
      isChanged = true;
      this.#machines.delete(name);
      this.#removed.set(name, turn);
    }
    const { atMs: _, seq: __, ...compared } = rest;
    const shown = JSON.stringify(compared);
    if (shown !== this.#shown) {
      isChanged = true;
      this.#restTurn = turn;
    }
    this.#shown = shown;
    this.#rest = JSON.stringify(rest).slice(1, -1);
    if (isChanged) this.#turn = turn;
    return this.#turn;
  }

  /** `FleetView` in JSON. */
  view(): string {
    return `{${this.#rest},"machines":[${[...this.#machines.values()].map(({ json }) => json).join(',')}]}`;
  }

  /** `FleetChanges` in JSON after a turn; undefined where nothing has changed. */
  since(turn: number): string | undefined {
    if (turn >= this.#turn) return undefined;
    const machines = [...this.#machines.values()].filter((seen) => seen.turn > turn);
    const removed = [...this.#removed].flatMap(([name, when]) => (when > turn ? [name] : []));
    if (machines.length === 0 && removed.length === 0 && this.#restTurn <= turn) return undefined;
    const list = machines.map(({ json }) => json).join(',');
    return `{${this.#rest},"machines":[${list}],"removed":${JSON.stringify(removed)}}`;
  }

  /** The id of an event that shows everything up to a turn. */
  idOf(turn: number): string {
    return `${this.#nonce}-${turn}`;
  }

  /** The turn of an id of this server; undefined for any other text. */
  turnOf(id: string | undefined): number | undefined {
    const [, nonce, turn] = /^([0-9a-f]{12})-(\d{1,12})$/.exec(id ?? '') ?? [];
    return nonce === this.#nonce && Number(turn) <= this.#turn ? Number(turn) : undefined;
  }
}
