import type { ProgressView } from '../model.ts';

export type Phase =
  | 'new'
  | 'booting'
  | 'installing'
  | 'failed'
  | 'installed'
  | 'came-back'
  | 'booted';

/** What is known of a machine from its events alone, and so the same after a restart: see `after`. */
export interface Past {
  readonly phase: Phase;
  /** When it came into this phase, or joined the queue. */
  readonly sinceMs: number;
  readonly heardMs?: number;
  /** The number of the event by which it joined the queue. */
  readonly waitsSince?: number;
  readonly installed: Installed;
  /** The generation that `reinstall` has asked for; 0: none. */
  readonly reinstallTo: number;
  /** Newest first, at most nine. Only the first one opens anything; the others show that there are two machines. */
  readonly permits: readonly Permitted[];
  /** How many permits at the generation of the newest one were attempts, since somebody let it try. */
  readonly attempts: number;
  /** Who asked for a boot script while its installation reported. */
  readonly contest?: Use;
  readonly progress?: ProgressView;
  readonly failure?: {
    readonly reason: string;
    readonly diskState?: string;
    /** Nothing was heard of it; else it said so. */
    readonly silent: boolean;
  };
  /** Why nothing may happen to it, by who says so; none: it is not held. */
  readonly holds: Readonly<Partial<Record<HoldKind, string>>>;
  /** Its identities, if a machine with one of them was installed under another name. */
  readonly renamed?: readonly string[];
  /** How often it has asked what to boot, each time soon after the last one, since it was up. */
  readonly cameBack: number;
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
  phase: 'new',
  sinceMs: 0,
  installed: { generation: 0, isUp: false },
  reinstallTo: 0,
  permits: [],
  attempts: 0,
  holds: {},
  cameBack: 0,
};

/** Holds a slot. */
export const isActive = ({ phase }: Past) => phase === 'booting' || phase === 'installing';

export const attemptsAt = (generation: number, { permits, attempts }: Past) =>
  permits[0]?.generation === generation ? attempts : 0;

/** All reasons for which it is held, as sentences; undefined: it is not. */
export const heldBecause = ({ holds: { clash, failed, held } }: Past): string | undefined =>
  [clash, failed, held].filter((why) => why !== undefined).join(' ') || undefined;
