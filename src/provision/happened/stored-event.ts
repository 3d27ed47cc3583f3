import type { FleetEvent } from '../model.ts';

/** What is to be stored; the database gives it its number. */
export type NewEvent = Omit<FleetEvent, 'seq'> & {
  /** SHA-256 of the token that a `permitted` event gave out: 32 bytes. Never part of a `FleetEvent`. */
  readonly tokenSha256?: Buffer;
};

export type StoredEvent = NewEvent & { readonly seq: number };

type Row = Record<string, unknown>;

/** In the order of the table's columns, without the number. */
export function valuesOf({ atMs, machine, install, kind, actor, sourceIp, data }: NewEvent) {
  const what = [machine ?? null, install ?? null, kind, actor, sourceIp ?? null];
  return [atMs, ...what, JSON.stringify(data)];
}

export function eventOf({ seq, at_ms, machine, install, kind, actor, source_ip, data }: Row) {
  const event: Row = { seq, atMs: at_ms, kind, actor, data: JSON.parse(data as string) };
  if (machine !== null) event['machine'] = machine;
  if (install !== null) event['install'] = install;
  if (source_ip !== null) event['sourceIp'] = source_ip;
  return event as object as FleetEvent;
}

export function storedEventOf(row: Row): StoredEvent {
  const { sha256 } = row;
  const event = eventOf(row);
  return sha256 instanceof Uint8Array ? { ...event, tokenSha256: Buffer.from(sha256) } : event;
}
