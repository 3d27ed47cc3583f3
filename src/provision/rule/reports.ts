import type { Notice, Permit, ProgressAnswer, ProgressReport, ProgressView } from '../model.ts';
import type { Asking } from './ask.ts';
import { afterReport, afterUse, heldBecause, type Permitted } from './past.ts';
import { isToken } from './tokens.ts';

/** What was on its way already when another machine asked is no sign of two machines. */
const onTheWayMs = 5_000;
/** For a config. Reports have no such limit: the result of a slow installation is a result. */
const tokenLivesMs = 3_600_000;
const sampleEveryMs = 60_000;
/** How many posts a second the server asks for from all installers together. */
const postsPerSecond = 200;

/** Whose permit it is; undefined: nobody's, or one that is not valid any more. */
export function holderOf(asking: Asking, { id, token }: Permit, sourceIp: string) {
  const { core, contests } = asking;
  const name = core.history.machineOf(id);
  if (name === undefined) return undefined;
  const { permit, older } = core.history.of(name);
  const nowMs = core.now();
  if (permit && permit.id === id && isToken(token, permit.tokenSha256)) {
    const contest = contests.get(name);
    if (contest && !permit.closed && nowMs - contest.atMs > onTheWayMs) {
      contests.delete(name);
      clash(
        asking,
        name,
        [sourceIp, contest.from],
        'While it was installed, a boot script was asked for again',
      );
    }
    return { name, permit, older: false };
  }
  const old = older.find((one) => one.id === id && isToken(token, one.tokenSha256));
  return old && { name, permit: old, older: true };
}

/** A machine with an old token, and one with a new one: there are two. */
export function oldTokenUsed(asking: Asking, name: string, old: Permitted, sourceIp: string): void {
  const { permit } = asking.core.history.of(name);
  if (old.closed || !permit || asking.core.now() - permit.atMs <= onTheWayMs) return;
  const other = permit.used?.from ?? permit.askedFrom;
  clash(asking, name, [sourceIp, other], 'An old token was used while a newer one is valid');
}

/** Holds the machine. Which of the two is the right one, only a human can tell. */
export function clash(
  { core }: Asking,
  name: string,
  addresses: readonly string[],
  what: string,
): void {
  const why = `${what}: ${[...new Set(addresses)].join(' and ')}.`;
  const event = {
    kind: 'clash',
    machine: name,
    actor: 'server',
    data: { why, addresses },
  } as const;
  if (core.history.of(name).holds.clash !== undefined) core.recordSometimes(event);
  else core.record(event);
}

/** The config's permit, if it may be fetched with it. */
export function mayFetch(
  asking: Asking,
  credentials: Permit,
  sourceIp: string,
): string | undefined {
  const holder = holderOf(asking, credentials, sourceIp);
  if (holder === undefined) return undefined;
  const { name, permit, older } = holder;
  if (older) oldTokenUsed(asking, name, permit, sourceIp);
  const { core } = asking;
  const livedMs = core.now() - Math.max(permit.atMs, permit.used?.atMs ?? 0);
  const held = heldBecause(core.history.of(name)) !== undefined;
  if (older || permit.closed || held || livedMs > tokenLivesMs) return undefined;
  const about = { machine: name, install: permit.id, actor: 'machine', sourceIp };
  // An installer that begins again in the same boot has its slot again.
  if (core.history.of(name).phase === 'failed') core.record({ kind: 'config-fetched', ...about });
  else core.recordSometimes({ kind: 'config-fetched', ...about }, sampleEveryMs);
  core.history.replace(name, afterUse(core.history.of(name), core.now(), sourceIp));
  return name;
}

export function progressOf(
  asking: Asking,
  credentials: Permit,
  events: readonly ProgressReport[],
  sourceIp: string,
): ProgressAnswer | false {
  const { core } = asking;
  const held = holderOf(asking, credentials, sourceIp);
  if (held?.older) oldTokenUsed(asking, held.name, held.permit, sourceIp);
  if (held === undefined || held.older) return false;
  const { name, permit } = held;
  const intervalMs = Math.min(
    20_000,
    Math.max(5_000, (core.history.active.size * 1000) / postsPerSecond),
  );
  const past = core.history.of(name);
  // The last events of an installation may arrive after the notice of its result.
  const over =
    permit.closed ||
    (past.phase === 'failed' &&
      past.failure?.silent === false &&
      core.now() - past.sinceMs < onTheWayMs);
  if (over) return { intervalMs };
  const seen = seenIn(events, past.progress);
  const from = { atMs: core.now(), from: sourceIp };
  const event = {
    kind: 'progress',
    machine: name,
    install: permit.id,
    actor: 'machine',
    sourceIp,
    data: { ...seen },
  } as const;
  if (past.phase !== 'installing') core.record(event);
  else core.recordSometimes(event, sampleEveryMs);
  core.history.replace(name, afterReport(core.history.of(name), seen, from));
  return { intervalMs };
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
  asking: Asking,
  credentials: Permit,
  notice: Notice,
  sourceIp: string,
): boolean {
  const { core } = asking;
  const held = holderOf(asking, credentials, sourceIp);
  if (held === undefined || (notice.installId ?? credentials.id) !== credentials.id) return false;
  const { name, permit, older } = held;
  if (older) {
    // One that has failed is no second machine any more.
    if (notice.result === 'installed') oldTokenUsed(asking, name, permit, sourceIp);
    return permit.closed || notice.result === 'failed';
  }
  if (permit.closed) return true;
  const past = core.history.of(name);
  if (notice.result === 'failed') {
    if (past.phase !== 'failed' || past.failure?.silent)
      core.fail(name, permit.id, 'machine', failureOf(notice), sourceIp);
    return true;
  }
  core.record({
    kind: 'installed',
    machine: name,
    install: permit.id,
    actor: 'machine',
    sourceIp,
    data: {
      generation: permit.generation,
      tookMs: Math.max(0, core.now() - permit.atMs),
      ...(notice.alreadyInstalled && { alreadyInstalled: true }),
    },
  });
  asking.flights.delete(name);
  asking.contests.delete(name);
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
