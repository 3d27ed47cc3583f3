import type { FleetEvent } from './fleet-event.ts';

/** An event with what is stored of it, and never shown. */
export type StoredEvent = FleetEvent & {
  /** SHA-256 of the token that a `permitted` event gave out: 32 bytes. */
  readonly tokenSha256?: Buffer;
};

/** The database gives it its number. */
export type NewEvent = Omit<StoredEvent, 'seq'>;

type Row = Record<string, unknown>;

export const insertEvent =
  'INSERT INTO event (at_ms, machine, install, kind, actor, source_ip, data, token_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?)';

/** In the order of `insertEvent`. */
export function valuesOf({ atMs, data, tokenSha256, ...event }: NewEvent) {
  const { machine = null, install = null, kind, actor, sourceIp = null } = event;
  return [atMs, machine, install, kind, actor, sourceIp, JSON.stringify(data), tokenSha256 ?? null];
}

export function eventOf({ seq, at_ms, machine, install, kind, actor, source_ip, data: text }: Row) {
  const data = JSON.parse(text as string);
  // Older servers stored the digest of the config there: with it, anybody could guess weak secrets.
  if (kind === 'permitted') delete data.config;
  const event: Row = { seq, atMs: at_ms, kind, actor, data };
  if (machine !== null) event['machine'] = machine;
  if (install !== null) event['install'] = install;
  if (source_ip !== null) event['sourceIp'] = source_ip;
  return event as object as FleetEvent;
}

export function storedEventOf(row: Row): StoredEvent {
  const hash = row['token_sha256'] as Uint8Array | null;
  return { ...eventOf(row), ...(hash && { tokenSha256: Buffer.from(hash) }) };
}
