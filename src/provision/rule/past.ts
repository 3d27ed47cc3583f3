import type { FleetEvent, ProgressView } from '../model.ts';

/** What is known of a machine from events alone: the same after a restart. */
export interface Past {
  readonly phase:
    | 'new'
    | 'booting'
    | 'installing'
    | 'failed'
    | 'installed'
    | 'came-back'
    | 'booted';
  readonly sinceMs: number;
  /** Of the event by which it joined the queue. */
  readonly waitsSince?: number;
  readonly heardMs?: number;
  readonly installedGeneration: number;
  /** Of the profile when it was installed; absent: adopted, or not installed, or not by this server. */
  readonly installedDigest?: string;
  /** It was to be installed again, but had that installation already: its disk is as it was. */
  readonly nothingWritten?: true;
  /** Whether the system that is installed has reported. */
  readonly up: boolean;
  /** The generation that `reinstall` has asked for; 0: none. */
  readonly reinstallTo: number;
  readonly attempts: {
    readonly generation: number;
    readonly count: number;
    readonly startMs: number;
  };
  /** Why nothing may happen to it, by who says so; none: it is not held. */
  readonly holds: Readonly<Partial<Record<HoldKind, string>>>;
  /** What was found to belong to a machine that was installed under another name. */
  readonly renamed?: readonly string[];
  readonly permit?: Permitted;
  /** Permits whose token is not valid any more; the newest eight. */
  readonly older: readonly Permitted[];
  readonly progress?: ProgressView;
  readonly failure?: {
    readonly reason: string;
    readonly diskState?: string;
    readonly silent: boolean;
  };
  /**
   * How often it has asked what to boot, each time within 15 minutes of the last one, since it was
   * installed or its system reported.
   */
  readonly cameBack: number;
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
  readonly used?: Use;
  /** By success. */
  readonly closed: boolean;
}

/** The last one of a token. */
export interface Use {
  readonly atMs: number;
  readonly from: string;
}

export type MachineEvent = FleetEvent & { readonly tokenSha256?: Buffer };

export const untouched: Past = {
  phase: 'new',
  sinceMs: 0,
  installedGeneration: 0,
  up: false,
  reinstallTo: 0,
  attempts: { generation: 0, count: 0, startMs: 0 },
  holds: {},
  older: [],
  cameBack: 0,
};

/** Holds a slot. */
export const isActive = ({ phase }: Past) => phase === 'booting' || phase === 'installing';

/** All reasons for which it is held, as sentences; undefined: it is not. */
export const heldBecause = ({ holds: { clash, failed, held } }: Past): string | undefined =>
  [clash, failed, held].filter((why) => why !== undefined).join(' ') || undefined;

/** What `release` takes back. A clash does not hide that somebody has held the machine before. */
export const releasedBy = ({ holds }: Past): readonly HoldKind[] =>
  holds.clash === undefined && holds.failed === undefined ? ['held'] : ['clash', 'failed'];

const without = ({ holds }: Past, kinds: readonly HoldKind[]): Past['holds'] =>
  Object.fromEntries(Object.entries(holds).filter(([kind]) => !kinds.includes(kind as HoldKind)));

/** What was known, and one more event. Events of the server and of operators are not a sign of life. */
export function after(past: Past, event: MachineEvent): Past {
  const heard = event.actor === 'machine' ? { ...past, heardMs: event.atMs } : past;
  return withChanges(heard, changes(past, event));
}

interface Changes {
  readonly set?: Partial<Past>;
  readonly removed?: readonly (keyof Past)[];
}

function changes(past: Past, event: MachineEvent): Changes {
  const { atMs, data } = event;
  const into = (phase: Past['phase']) => ({
    phase,
    ...(phase !== past.phase && { sinceMs: atMs }),
  });
  switch (event.kind) {
    case 'permitted':
      return permitted(past, event);
    case 'waited':
      return { set: { waitsSince: event.seq, sinceMs: atMs } };
    case 'config-fetched':
      return {
        set: {
          ...(past.permit && { permit: usedPermit(past.permit, event) }),
          ...(past.phase === 'failed' && into('booting')),
        },
      };
    case 'progress':
      return reported(past, { ...(data as object as ProgressView) }, event);
    case 'installed': {
      const { permit, installedGeneration, older } = past;
      const was = data['alreadyInstalled'] === true;
      // Else its first report was lost, and nothing else.
      const isFirst = !older.some(({ id, used }) => used && id === permit?.id);
      const isAgain = installedGeneration > 0 || past.reinstallTo > 0;
      const generation = Math.max(installedGeneration, data['generation'] as number);
      return {
        set: {
          ...into('installed'),
          installedGeneration: generation,
          ...(permit && { permit: { ...permit, closed: true } }),
          ...(permit && !was && { installedDigest: permit.digest }),
          ...(was && isFirst && isAgain && { nothingWritten: true as const }),
          up: false,
          cameBack: 0,
          attempts: untouched.attempts,
          // It had been given up too early.
          holds: without(past, ['failed']),
        },
        removed: ['failure', 'progress', 'waitsSince'],
      };
    }
    case 'failed':
      return {
        set: {
          ...into('failed'),
          failure: {
            reason: String(data['reason']),
            silent: data['silent'] === true,
            ...(typeof data['diskState'] === 'string' && { diskState: data['diskState'] }),
          },
        },
        removed: ['progress'],
      };
    case 'booted':
      return { set: { ...into('booted'), up: true, cameBack: 0 } };
    case 'came-back':
      return { set: { ...into('came-back'), cameBack: data['times'] as number } };
    case 'held':
    case 'clash': {
      const why = String(data['why']);
      const kind = event.kind === 'clash' ? 'clash' : data['attempts'] === true ? 'failed' : 'held';
      const renamed = data['identities'] as string[] | undefined;
      return { set: { holds: { ...past.holds, [kind]: why }, ...(renamed && { renamed }) } };
    }
    case 'released':
      return {
        set: { attempts: untouched.attempts, holds: without(past, releasedBy(past)) },
        removed: ['renamed'],
      };
    case 'retried':
      return { set: { attempts: untouched.attempts, holds: without(past, ['failed']) } };
    case 'reinstall':
      return {
        set: {
          reinstallTo: Math.max(past.reinstallTo, data['generation'] as number),
          attempts: untouched.attempts,
        },
      };
    case 'adopted':
      return {
        set: {
          ...into('installed'),
          installedGeneration: data['generation'] as number,
          up: false,
          cameBack: 0,
          attempts: untouched.attempts,
          ...(past.renamed && { holds: without(past, ['clash']) }),
          ...(past.permit && { permit: { ...past.permit, closed: true } }),
        },
        removed: [
          'failure',
          'progress',
          'waitsSince',
          'installedDigest',
          'renamed',
          'nothingWritten',
        ],
      };
    default:
      return {};
  }
}

function permitted(past: Past, event: MachineEvent): Changes {
  const { atMs, data } = event;
  const generation = data['generation'] as number;
  const count = data['attempt'] as number;
  const { attempts } = past;
  const same = attempts.generation === generation && attempts.count === count;
  return {
    set: {
      phase: 'booting',
      sinceMs: atMs,
      attempts: { generation, count, startMs: same ? attempts.startMs : atMs },
      permit: {
        id: String(event.install),
        generation,
        digest: String(data['profile']),
        identities: (data['identities'] ?? []) as string[],
        tokenSha256: event.tokenSha256 ?? Buffer.alloc(32),
        atMs,
        askedFrom: event.sourceIp ?? '',
        closed: false,
      },
      older: past.permit ? [past.permit, ...past.older].slice(0, 8) : past.older,
    },
    removed: ['waitsSince', 'failure', 'progress', 'nothingWritten'],
  };
}

/** For reports of which no event is kept. */
export function afterReport(past: Past, progress: ProgressView, from: Use): Past {
  return withChanges(past, reported(past, progress, { atMs: from.atMs, sourceIp: from.from }));
}

export function afterUse(past: Past, atMs: number, sourceIp: string): Past {
  const { permit } = past;
  return permit ? { ...past, heardMs: atMs, permit: usedPermit(permit, { atMs, sourceIp }) } : past;
}

function reported(
  past: Past,
  progress: ProgressView,
  event: Pick<FleetEvent, 'atMs' | 'sourceIp'>,
): Changes {
  if (past.permit === undefined) return {};
  const begins = past.phase !== 'installing';
  return {
    set: {
      ...(begins && { phase: 'installing', sinceMs: event.atMs }),
      heardMs: event.atMs,
      permit: usedPermit(past.permit, event),
      progress,
    },
    removed: ['failure'],
  };
}

const usedPermit = (
  permit: Permitted,
  event: Pick<FleetEvent, 'atMs' | 'sourceIp'>,
): Permitted => ({
  ...permit,
  used: { atMs: event.atMs, from: event.sourceIp ?? '' },
});

function withChanges(past: Past, { set, removed = [] }: Changes): Past {
  const next: Record<string, unknown> = { ...past };
  for (const key of removed) delete next[key];
  return { ...(next as object as Past), ...set };
}
