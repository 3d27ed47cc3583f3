import type { StoredEvent } from '../happened/stored-event.ts';
import {
  activeOf,
  type HoldKind,
  hasBegun,
  type Past,
  type Permitted,
  type State,
} from './past.ts';
import type { ProgressView } from './views.ts';

const mostPermits = 9;

/** What was known, and one more event. Events of the server and of operators are not a sign of life. */
export function after(past: Past, event: StoredEvent): Past {
  const heard = event.actor === 'machine' && { heardMs: event.atMs };
  const { mac } = event.data;
  const asked = typeof mac === 'string' && { mac };
  return { ...past, ...heard, ...asked, ...changes(past, event) };
}

function changes(past: Past, event: StoredEvent): Partial<Past> {
  const { atMs, data } = event;
  const { state, permits, installed, holds, reinstallTo, renamed } = past;
  const [permit, ...older] = permits;
  const generation = data['generation'] as number;
  const why = String(data['why']);
  const enter = (next: State) => ({
    state: next,
    sinceMs: next.kind === state.kind ? past.sinceMs : atMs,
  });
  switch (event.kind) {
    case 'permitted': {
      // Who asks again before the installer has begun does not begin again.
      const goesOn = state.kind === 'booting' && permit?.isAttempt === false;
      return {
        state: { kind: 'booting' },
        sinceMs: goesOn ? past.sinceMs : atMs,
        waitsSince: undefined,
        permits: [permitOf(event), ...permits].slice(0, mostPermits),
        attempts: permit?.generation === generation ? past.attempts : 0,
      };
    }
    case 'waited': {
      const active = data['contest'] === true ? activeOf(past) : undefined;
      return active
        ? { state: { ...active, contest: useOf(event) } }
        : { waitsSince: event.seq, sinceMs: atMs };
    }
    case 'config-fetched': {
      const used = useOf(event);
      if (state.kind !== 'failed') return attempt(past, { used });
      // An installer that begins again in the same boot: another attempt, if it had begun before.
      return { ...attempt(past, { used }, hasBegun(past)), ...enter({ kind: 'booting' }) };
    }
    case 'progress': {
      const progress = data as object as ProgressView;
      return {
        ...attempt(past, { used: useOf(event) }),
        ...enter({ ...activeOf(past), kind: 'installing', progress }),
      };
    }
    case 'failed': {
      const { reason, silent, diskState } = data;
      const disk = typeof diskState === 'string' && { diskState };
      return {
        ...attempt(past),
        ...enter({ kind: 'failed', reason: String(reason), silent: silent === true, ...disk }),
      };
    }
    case 'installed': {
      const was = data['alreadyInstalled'] === true;
      // Else its first report was lost, and nothing else.
      const isFirst = !older.some(({ id, used }) => used && id === permit?.id);
      const isAgain = installed.generation > 0 || reinstallTo > 0;
      const digest = was ? installed.digest : permit?.digest;
      return {
        ...attempt(past, { closed: true }),
        ...enter({ kind: 'installed' }),
        attempts: 0,
        waitsSince: undefined,
        installed: {
          generation: Math.max(installed.generation, generation),
          isUp: false,
          ...(digest !== undefined && { digest }),
          ...(was && isFirst && isAgain && { nothingWritten: true as const }),
        },
        // It had been given up too early.
        holds: without(holds, 'failed'),
      };
    }
    case 'adopted':
      return {
        ...attempt(past, { closed: true }),
        ...enter({ kind: 'installed' }),
        attempts: 0,
        waitsSince: undefined,
        installed: { generation: Math.max(installed.generation, generation), isUp: false },
        holds: renamed ? without(holds, 'clash') : holds,
        renamed: undefined,
      };
    case 'booted':
      return { ...enter({ kind: 'booted' }), installed: { ...installed, isUp: true } };
    case 'came-back': {
      const mac = typeof data['mac'] === 'string' && { mac: data['mac'] };
      return enter({ kind: 'came-back', times: data['times'] as number, atMs, ...mac });
    }
    case 'held':
      return data['attempts'] === true
        ? { holds: { ...holds, failed: why } }
        : { holds: { ...holds, held: why } };
    case 'clash': {
      const active = activeOf(past);
      return {
        state: active ? { ...active, contest: undefined } : state,
        holds: { ...holds, clash: why },
        renamed: (data['identities'] as string[] | undefined) ?? renamed,
      };
    }
    case 'released':
      return {
        // A clash does not hide that somebody has held the machine before.
        holds: holds.clash || holds.failed ? without(holds, 'clash', 'failed') : {},
        renamed: undefined,
        attempts: 0,
      };
    case 'retried':
      return { holds: without(holds, 'failed'), attempts: 0 };
    case 'reinstall':
      return { reinstallTo: Math.max(reinstallTo, generation), attempts: 0 };
    default:
      return {};
  }
}

/** The newest permit is an attempt, if it was none yet; `again`: and one more. */
function attempt(
  { permits, attempts }: Past,
  news: Partial<Permitted> = {},
  again = false,
): Partial<Past> {
  const [permit, ...older] = permits;
  if (permit === undefined) return {};
  return {
    attempts: permit.isAttempt && !again ? attempts : attempts + 1,
    permits: [{ ...permit, ...news, isAttempt: true }, ...older],
  };
}

function permitOf(event: StoredEvent): Permitted {
  const { atMs, data, install, sourceIp = '', tokenSha256 = Buffer.alloc(32) } = event;
  return {
    id: String(install),
    generation: data['generation'] as number,
    digest: String(data['profile']),
    identities: (data['identities'] ?? []) as string[],
    tokenSha256,
    atMs,
    askedFrom: sourceIp,
    isAttempt: false,
    closed: false,
  };
}

const useOf = ({ atMs, sourceIp = '' }: StoredEvent) => ({ atMs, from: sourceIp });

const without = (holds: Past['holds'], ...kinds: readonly HoldKind[]): Past['holds'] =>
  Object.fromEntries(Object.entries(holds).filter(([kind]) => !kinds.includes(kind as HoldKind)));
