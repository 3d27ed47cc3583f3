/** Something that happened, as stored; `seq` rises by at least 1 and is never used again. */
export interface FleetEvent {
  readonly seq: number;
  readonly atMs: number;
  readonly machine?: string;
  readonly install?: string;
  readonly kind: FleetEventKind;
  /** `machine`, `server`, or who operates: `socket`, `token:NAME`. */
  readonly actor: string;
  readonly sourceIp?: string;
  /** Without secrets, and without digests of them: everybody can read it. */
  readonly data: Readonly<Record<string, unknown>>;
}

export const fleetEventKinds = [
  'seen',
  'permitted',
  'waited',
  'sent-to-disk',
  'config-fetched',
  'progress',
  'installed',
  'failed',
  'booted',
  'came-back',
  'held',
  'released',
  'retried',
  'reinstall',
  'adopted',
  'gate-closed',
  'gate-opened',
  'clash',
  'loaded',
  'load-failed',
  'started',
] as const;
export type FleetEventKind = (typeof fleetEventKinds)[number];

/** At most `limit`, oldest first; with `newest`, those at the end instead of the first ones. */
export interface EventsAsked {
  readonly after: number;
  readonly limit: number;
  readonly machine?: string;
  readonly newest?: boolean;
}
