import type { StoredEvent } from '../happened/stored-event.ts';
import type { ProgressView } from '../model.ts';
import type { HoldKind, Past, Permitted, Phase } from './past.ts';

type Draft = { -readonly [Key in keyof Past]: Past[Key] };

const mostPermits = 9;

/** What was known, and one more event. Events of the server and of operators are not a sign of life. */
export function after(past: Past, event: StoredEvent): Past {
  const next: Draft = { ...past };
  if (event.actor === 'machine') next.heardMs = event.atMs;
  apply(next, event);
  return next;
}

function apply(next: Draft, event: StoredEvent): void {
  const { atMs, data } = event;
  const { permits, installed, holds } = next;
  const [permit] = permits;
  const enter = (phase: Phase) => {
    if (next.phase !== phase) next.sinceMs = atMs;
    next.phase = phase;
  };
  switch (event.kind) {
    case 'permitted':
      // Who asks again before the installer has begun does not begin again.
      if (next.phase !== 'booting' || permit?.isAttempt) next.sinceMs = atMs;
      next.phase = 'booting';
      next.permits = [permitOf(event), ...permits].slice(0, mostPermits);
      if (permit?.generation !== data['generation']) next.attempts = 0;
      forget(next, 'waitsSince', 'contest', 'progress', 'failure');
      return;
    case 'waited':
      if (data['contest'] === true) next.contest = useOf(event);
      else {
        next.waitsSince = event.seq;
        next.sinceMs = atMs;
      }
      return;
    case 'config-fetched':
      attempt(next, { used: useOf(event) });
      // An installer that begins again in the same boot.
      if (next.phase === 'failed') enter('booting');
      return;
    case 'progress':
      attempt(next, { used: useOf(event) });
      enter('installing');
      next.progress = data as object as ProgressView;
      forget(next, 'failure');
      return;
    case 'failed':
      attempt(next, {});
      enter('failed');
      next.failure = {
        reason: String(data['reason']),
        silent: data['silent'] === true,
        ...(typeof data['diskState'] === 'string' && { diskState: data['diskState'] }),
      };
      forget(next, 'progress');
      return;
    case 'installed': {
      const was = data['alreadyInstalled'] === true;
      // Else its first report was lost, and nothing else.
      const isFirst = !permits.some(
        ({ id, used }, index) => index > 0 && used && id === permit?.id,
      );
      const isAgain = installed.generation > 0 || next.reinstallTo > 0;
      const digest = was ? installed.digest : permit?.digest;
      attempt(next, { closed: true });
      settle(next, {
        generation: Math.max(installed.generation, data['generation'] as number),
        isUp: false,
        ...(digest !== undefined && { digest }),
        ...(was && isFirst && isAgain && { nothingWritten: true as const }),
      });
      enter('installed');
      // It had been given up too early.
      next.holds = without(holds, 'failed');
      return;
    }
    case 'adopted':
      if (permit) next.permits = [{ ...permit, closed: true }, ...permits.slice(1)];
      settle(next, { generation: data['generation'] as number, isUp: false });
      enter('installed');
      if (next.renamed) next.holds = without(holds, 'clash');
      forget(next, 'renamed');
      return;
    case 'booted':
      enter('booted');
      next.installed = { ...installed, isUp: true };
      next.cameBack = 0;
      return;
    case 'came-back':
      enter('came-back');
      next.cameBack = data['times'] as number;
      return;
    case 'held':
      next.holds = {
        ...holds,
        [data['attempts'] === true ? 'failed' : 'held']: String(data['why']),
      };
      return;
    case 'clash':
      next.holds = { ...holds, clash: String(data['why']) };
      if (data['identities'] !== undefined) next.renamed = data['identities'] as string[];
      forget(next, 'contest');
      return;
    case 'released':
      // A clash does not hide that somebody has held the machine before.
      next.holds = holds.clash || holds.failed ? without(holds, 'clash', 'failed') : {};
      next.attempts = 0;
      forget(next, 'renamed');
      return;
    case 'retried':
      next.holds = without(holds, 'failed');
      next.attempts = 0;
      return;
    case 'reinstall':
      next.reinstallTo = Math.max(next.reinstallTo, data['generation'] as number);
      next.attempts = 0;
      return;
  }
}

/** There is something on its disk now, and nothing is left of how it came there. */
function settle(next: Draft, installed: Past['installed']): void {
  next.installed = installed;
  next.attempts = 0;
  next.cameBack = 0;
  forget(next, 'waitsSince', 'contest', 'progress', 'failure');
}

function forget(
  next: Draft,
  ...keys: ('waitsSince' | 'contest' | 'progress' | 'failure' | 'renamed')[]
): void {
  for (const key of keys) delete next[key];
}

/** The newest permit is an attempt, if it was none yet. */
function attempt(next: Draft, changes: Partial<Permitted>): void {
  const [permit, ...older] = next.permits;
  if (permit === undefined) return;
  if (!permit.isAttempt) next.attempts += 1;
  next.permits = [{ ...permit, ...changes, isAttempt: true }, ...older];
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
