import type { Fleet, Profile } from '../wanted/fleet.ts';
import type { History } from './history.ts';
import { isActive, isOlder } from './past.ts';

/** Who waits asks again within 20 s; one that does not has been switched off. */
const queueForgetsMs = 90_000;

/** Those that wait, first come first served. Kept in memory: each asks again in a moment. */
export class Queue {
  readonly #askedMs = new Map<string, number>();
  #positions: Map<string, number> | undefined;

  has(name: string): boolean {
    return this.#askedMs.has(name);
  }

  /** Keeps its place, or joins at the end. True: it has joined. */
  ask(name: string, nowMs: number): boolean {
    const joins = !this.#askedMs.has(name);
    this.#askedMs.set(name, nowMs);
    if (joins) this.#positions?.set(name, this.#askedMs.size);
    return joins;
  }

  leave(name: string): void {
    if (this.#askedMs.delete(name)) this.#positions = undefined;
  }

  /** Forgets those that do not ask any more. Whether there were any. */
  forget(nowMs: number): boolean {
    const before = this.#askedMs.size;
    for (const [name, askedMs] of this.#askedMs)
      if (nowMs - askedMs > queueForgetsMs) this.leave(name);
    return this.#askedMs.size < before;
  }

  /** From 1; counted again only when somebody has left. */
  position(name: string): number {
    this.#positions ??= new Map(
      [...this.#askedMs.keys()].map((other, index) => [other, index + 1]),
    );
    return this.#positions.get(name) ?? 0;
  }

  /** Whether fewer than `most` of those that count are before it; all are, if it is not in the queue. */
  hasTurn(name: string, most: number, counts: (name: string) => boolean): boolean {
    let before = 0;
    for (const other of this.#askedMs.keys()) {
      if (other === name || before >= most) break;
      if (counts(other)) before += 1;
    }
    return before < most;
  }
}

/**
 * Whether machines of a profile may begin: enough of them are up with what it is now, or fewer than
 * that are on their way. Counts only until enough of them are up: then it stays so.
 */
export class Canaries {
  readonly #fleet: Fleet;
  readonly #history: History;
  readonly #satisfied = new Set<Profile>();
  /** As long as nothing moves, all that wait get the same answer. */
  readonly #answers = new Map<Profile, { readonly moves: number; readonly allowed: boolean }>();

  constructor(fleet: Fleet, history: History) {
    this.#fleet = fleet;
    this.#history = history;
  }

  allow(profile: Profile): boolean {
    if (this.#satisfied.has(profile)) return true;
    const { moves } = this.#history;
    const known = this.#answers.get(profile);
    if (known?.moves === moves) return known.allowed;
    const allowed = this.#count(profile);
    this.#answers.set(profile, { moves, allowed });
    return allowed;
  }

  #count(profile: Profile): boolean {
    const lines = [...this.#fleet.machines.values()];
    const members = lines.filter((line) => line.profile === profile.name);
    const wanted = Math.min(this.#fleet.settings.canary, members.length);
    let up = 0;
    let onTheirWay = 0;
    for (const line of members) {
      const past = this.#history.of(line.name);
      const has = past.installed.digest === profile.digest;
      if (has && (past.installed.isUp || !profile.phoneHome)) up += 1;
      // One that is to be installed again has to ask for its turn, as all others.
      else if (isActive(past) || (has && !isOlder(line, past))) onTheirWay += 1;
    }
    if (up >= wanted) this.#satisfied.add(profile);
    return up >= wanted || up + onTheirWay < wanted;
  }
}
