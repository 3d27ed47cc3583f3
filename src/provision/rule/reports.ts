import type { WantedMachine } from '../wanted/fleet.ts';
import type { Notice, Permit, ProgressAnswer, ProgressReport } from './control-interface.ts';
import type { Core } from './core.ts';
import { activeOf, heldBecause, type Permitted } from './past.ts';
import { isToken, tokenLivesMs } from './tokens.ts';
import type { ProgressView } from './views.ts';

/** What was on its way already when another machine asked is no sign of two machines. */
const onTheWayMs = 5_000;
const sampleEveryMs = 60_000;
/** How many posts a second the server asks for from all installers together. */
const postsPerSecond = 200;

interface Holder {
  readonly name: string;
  readonly permit: Permitted;
  /** Only then it opens anything. */
  readonly isNewest: boolean;
}

/** Whether the token was given out, also one that is not valid any more. */
export function holderOf({ history }: Core, { id, token }: Permit): Holder | undefined {
  const name = history.machineOf(id);
  const { permits } = history.of(name);
  const index = permits.findIndex((one) => one.id === id && isToken(token, one.tokenSha256));
  const permit = permits[index];
  return permit && { name, permit, isNewest: index === 0 };
}

/** Every use of a token passes through here: it may show that there are two machines. */
function use(core: Core, permit: Permit, sourceIp: string, notice?: Notice): Holder | undefined {
  const holder = holderOf(core, permit);
  if (holder === undefined || holder.permit.closed) return holder;
  const { name, isNewest } = holder;
  const past = core.history.of(name);
  const wasOnItsWay = (atMs: number) => core.now() - atMs <= onTheWayMs;
  if (isNewest) {
    const contest = activeOf(past)?.contest;
    if (contest && !wasOnItsWay(contest.atMs)) {
      const what = 'While it was installed, a boot script was asked for again';
      clash(core, name, [sourceIp, contest.from], what);
    }
    return holder;
  }
  // One that has failed is no second machine any more.
  const [newest] = past.permits;
  if (newest && notice?.result !== 'failed' && !wasOnItsWay(newest.atMs)) {
    const what = 'An old token was used while a newer one is valid';
    clash(core, name, [sourceIp, newest.used?.from ?? newest.askedFrom], what);
  }
  return holder;
}

/** Holds the machine. Which of the two is the right one, only a human can tell. */
export function clash(core: Core, name: string, addresses: readonly string[], what: string): void {
  const data = { why: `${what}: ${[...new Set(addresses)].join(' and ')}.`, addresses };
  const isNews = core.history.of(name).holds.clash === undefined;
  core.recordSometimes({ kind: 'clash', machine: name, actor: 'server', data }, isNews);
}

/** The config for the holder of a permit, as it was announced. */
export function configOf(
  core: Core,
  credentials: Permit,
  sourceIp: string,
): WantedMachine | undefined {
  const holder = use(core, credentials, sourceIp);
  if (!holder?.isNewest || holder.permit.closed) return undefined;
  const { name, permit } = holder;
  const past = core.history.of(name);
  // No step of the clock ends a token, such as the first one after a power cut.
  const livedMs = core.quietMs(name) ?? core.now() - Math.max(permit.atMs, permit.used?.atMs ?? 0);
  if (livedMs > tokenLivesMs || heldBecause(past) !== undefined) return undefined;
  core.heard(name);
  const about = { machine: name, install: permit.id, actor: 'machine', sourceIp };
  // An attempt has begun; or an installer that begins again in the same boot has its slot again.
  const isNews = !permit.isAttempt || past.state.kind === 'failed';
  core.recordSometimes({ kind: 'config-fetched', ...about }, isNews, sampleEveryMs);
  return core.flights.get(name)?.machine ?? core.fleet.machines.get(name);
}

export function progressOf(
  core: Core,
  credentials: Permit,
  events: readonly ProgressReport[],
  sourceIp: string,
): ProgressAnswer | false {
  const holder = use(core, credentials, sourceIp);
  if (!holder?.isNewest) return false;
  const { name, permit } = holder;
  if (!permit.closed) core.heard(name);
  const past = core.history.of(name);
  const { state } = past;
  // The last events of an installation may arrive after the notice of its result. One that begins again
  // fetches its config first.
  const hasFailed = state.kind === 'failed' && !state.silent;
  if (!permit.closed && !hasFailed) {
    const data = { ...seenIn(events, activeOf(past)?.progress) };
    const about = { machine: name, install: permit.id, actor: 'machine', sourceIp };
    core.recordSometimes(
      { kind: 'progress', ...about, data },
      state.kind !== 'installing',
      sampleEveryMs,
    );
  }
  const shareMs = (core.history.active.size * 1000) / postsPerSecond;
  return { intervalMs: Math.min(20_000, Math.max(5_000, shareMs)) };
}

/** The newest of everything that a batch tells. */
function seenIn(events: readonly ProgressReport[], before?: ProgressView): ProgressView {
  const step = events.findLast(({ event }) => event === 'step-begins')?.step ?? before?.step;
  const last = events.findLast(({ event }) => event === 'progress');
  const percent = last ? last.percent : before?.percent;
  const bytesPerSecond = last ? last.onDeviceBytesPerS : before?.bytesPerSecond;
  return {
    step: step?.slice(0, 40) ?? 'begin',
    ...(percent !== undefined && { percent: Math.min(100, Math.max(0, percent)) }),
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
  };
}

export function noticeOf(
  core: Core,
  credentials: Permit,
  notice: Notice,
  sourceIp: string,
): boolean {
  if ((notice.installId ?? credentials.id) !== credentials.id) return false;
  const holder = use(core, credentials, sourceIp, notice);
  if (holder === undefined) return false;
  const { name, permit, isNewest } = holder;
  if (permit.closed) return true;
  const hasFailed = notice.result === 'failed';
  if (!isNewest) return hasFailed;
  const about = { install: permit.id, actor: 'machine', sourceIp };
  if (hasFailed) {
    const { state } = core.history.of(name);
    if (state.kind !== 'failed' || state.silent)
      core.fail(name, { ...about, data: failureOf(notice) });
    return true;
  }
  const data = {
    generation: permit.generation,
    tookMs: Math.max(0, core.now() - permit.atMs),
    ...(notice.alreadyInstalled && { alreadyInstalled: true }),
  };
  core.record({ kind: 'installed', machine: name, ...about, data });
  core.flights.delete(name);
  return true;
}

function failureOf({
  reason,
  code,
  diskState,
  exitCode,
}: Notice): Readonly<Record<string, unknown>> {
  const line = (text: string) =>
    text
      .replace(/\p{Cc}+/gu, ' ')
      .trim()
      .slice(0, 1000);
  return {
    reason: reason ? line(reason) : 'The installer did not say why.',
    ...(code && { code: line(code) }),
    ...(diskState && { diskState: line(diskState) }),
    ...(exitCode !== undefined && { exitCode }),
  };
}
