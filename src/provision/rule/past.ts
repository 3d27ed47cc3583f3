import type { WantedMachine } from '../wanted/fleet.ts';
import type { ProgressView } from './views.ts';

/** What is known of a machine from its events alone, and so the same after a restart: see `after`. */
export interface Past {
  readonly state: State;
  /** When it came into this state, or joined the queue. */
  readonly sinceMs: number;
  readonly heardMs?: number;
  /** With which MAC address it has asked last. */
  readonly mac?: string;
  /** The number of the event by which it joined the queue. */
  readonly waitsSince: number | undefined;
  readonly installed: Installed;
  /** The generation that `reinstall` has asked for; 0: none. */
  readonly reinstallTo: number;
  /** Newest first, at most nine. Only the first one opens anything; the others show that there are two machines. */
  readonly permits: readonly Permitted[];
  /** How many attempts there were at the generation of the newest permit, since somebody let it try. */
  readonly attempts: number;
  /** Why nothing may happen to it, by who says so; none: it is not held. */
  readonly holds: Readonly<Partial<Record<HoldKind, string>>>;
  /** Its identities, if a machine with one of them was installed under another name. */
  readonly renamed: readonly string[] | undefined;
}

/** What it does, and what is of interest only as long as it does that. */
export type State = { readonly kind: 'new' | 'installed' | 'booted' } | Active | Failed | CameBack;

/** Has a slot. */
export interface Active {
  readonly kind: 'booting' | 'installing';
  readonly progress?: ProgressView;
  /** Who asked for a boot script while its installation reported. */
  readonly contest?: Use | undefined;
}

export interface Failed {
  readonly kind: 'failed';
  readonly reason: string;
  readonly diskState?: string;
  /** Nothing was heard of it; else it said so. */
  readonly silent: boolean;
}

/** It has its system, and has asked what to boot. */
export interface CameBack {
  readonly kind: 'came-back';
  /** How often, each time soon after the last one. */
  readonly times: number;
  /** Of the last time that counts, and with which MAC address it asked. */
  readonly atMs: number;
  readonly mac?: string;
}

/** What is on its disk, as far as is known. */
export interface Installed {
  /** 0: nothing. */
  readonly generation: number;
  /** Of the profile at that time; absent: adopted, or not installed by this server. */
  readonly digest?: string;
  /** Its system has reported. */
  readonly isUp: boolean;
  /** It was to be installed again, but had that installation already: its disk is as it was. */
  readonly nothingWritten?: true;
}

/** `clash`: two machines; `failed`: too many attempts; `held`: an operator. */
export type HoldKind = 'clash' | 'failed' | 'held';

/** A permit, as it is stored. */
export interface Permitted {
  readonly id: string;
  readonly generation: number;
  /** Of the profile. */
  readonly digest: string;
  /** By what the machine is recognised under another name: see `identitiesOf`. */
  readonly identities: readonly string[];
  readonly tokenSha256: Buffer;
  readonly atMs: number;
  readonly askedFrom: string;
  /** When its token was used last. */
  readonly used?: Use;
  /** Its token was used, or nothing was heard of it for too long. A loader may ask for many in vain. */
  readonly isAttempt: boolean;
  /** By success. */
  readonly closed: boolean;
}

export interface Use {
  readonly atMs: number;
  readonly from: string;
}

export const untouched: Past = {
  state: { kind: 'new' },
  sinceMs: 0,
  waitsSince: undefined,
  installed: { generation: 0, isUp: false },
  reinstallTo: 0,
  permits: [],
  attempts: 0,
  holds: {},
  renamed: undefined,
};

/** What the files or `reinstall` ask for: the higher one, so that saying it twice is saying it once. */
export const generationFor = ({ generation }: WantedMachine, { reinstallTo }: Past) =>
  Math.max(generation, reinstallTo);

/** Whether it is to be installed: it has nothing, or what it has is older than what is asked for. */
export const isOlder = (line: WantedMachine, past: Past) =>
  past.installed.generation < generationFor(line, past);

/** Whether it holds a slot; then what it does. */
export const activeOf = ({ state }: Past): Active | undefined =>
  state.kind === 'booting' || state.kind === 'installing' ? state : undefined;

export const isActive = (past: Past) => activeOf(past) !== undefined;

/** A machine that restarts less often is in no loop: systems are updated. */
const loopMs = 900_000;

/** It came back so recently that it may be in a loop. */
export function cameBackOf({ state }: Past, nowMs: number): CameBack | undefined {
  if (state.kind !== 'came-back') return undefined;
  const sinceMs = nowMs - state.atMs;
  return sinceMs >= 0 && sinceMs < loopMs ? state : undefined;
}

/** Two restarts are usual: the installer's, and that of the first update. */
export const isInLoop = (past: Past, nowMs: number) => (cameBackOf(past, nowMs)?.times ?? 0) > 2;

/** The installer has used the newest token. */
export const hasBegun = ({ permits: [permit] }: Past): boolean => permit?.used !== undefined;

export const attemptsAt = (generation: number, { permits, attempts }: Past) =>
  permits[0]?.generation === generation ? attempts : 0;

/** All reasons for which it is held, as sentences; undefined: it is not. */
export const heldBecause = ({ holds: { clash, failed, held } }: Past): string | undefined =>
  [clash, failed, held].filter((why) => why !== undefined).join(' ') || undefined;
