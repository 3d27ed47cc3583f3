/**
 * How long it takes until the last of many machines has its bytes, from first principles: links share
 * their bandwidth fairly, and nothing else is in the way. Firmware and DHCP (one to five minutes of
 * each machine) come on top for all alike. docs/fleet/scale.md has the table.
 */
export interface Site {
  readonly machines: number;
  /** Of the server's card: 1, 10 or 25 Gbit/s. */
  readonly serverGbits: number;
  /** Of each rack cache's card. */
  readonly cacheGbits: number;
}

export interface Payload {
  /** Kernel and initramfs: always one copy for each machine, over HTTP. */
  readonly bootBytes: number;
  readonly imageBytes: number;
  /** What a machine needs by itself to decode and write. */
  readonly machineSeconds: number;
}

/** Of the installer's ISO, and of an image of Fedora CoreOS; two cores. */
export const usualPayload: Payload = {
  bootBytes: 80e6,
  imageBytes: 476e6,
  machineSeconds: 14,
};

const machinesInRack = 40;
/** With a second level of caches. */
const racksInRow = 16;
/** What TCP and Ethernet leave of 1 Gbit/s. */
const bytesPerGbit = 0.11e9;
/** Of a peer's card, 1 Gbit/s. */
const peerBytesPerSecond = bytesPerGbit;
const pieceBytes = 1 << 20;
const multicastShare = 0.8;

/** Seconds; undefined where it makes no sense, as a cache for a single rack. */
export interface Durations {
  readonly plain: number;
  readonly rackCaches: number | undefined;
  readonly twoLevels: number | undefined;
  /** The bounds of what these could reach: without waiting, lost packets or a tracker. */
  readonly peers: number;
  readonly multicast: number;
}

export function durationsOf(
  { machines, serverGbits, cacheGbits }: Site,
  payload = usualPayload,
): Durations {
  const { bootBytes, imageBytes, machineSeconds } = payload;
  const whole = bootBytes + imageBytes;
  const atLeast = (...seconds: number[]) => Math.max(machineSeconds, ...seconds);
  const fromServer = (copies: number, bytes = whole) =>
    (copies * bytes) / (serverGbits * bytesPerGbit);
  const fromCache = (copies: number) => (copies * whole) / (cacheGbits * bytesPerGbit);
  const racks = Math.ceil(machines / machinesInRack);
  const rows = Math.ceil(racks / racksInRow);
  const inRack = Math.min(machines, machinesInRack);
  const pieces = imageBytes / pieceBytes;
  const rounds = (pieces + Math.floor(Math.log2(machines))) / pieces;
  return {
    plain: atLeast(fromServer(machines)),
    rackCaches: racks > 1 ? atLeast(fromServer(racks), fromCache(inRack)) : undefined,
    twoLevels:
      racks > 1
        ? atLeast(fromServer(rows), fromCache(Math.min(racks, racksInRow)), fromCache(inRack))
        : undefined,
    peers: fromServer(machines, bootBytes) + atLeast((imageBytes / peerBytesPerSecond) * rounds),
    multicast:
      fromServer(machines, bootBytes) + atLeast(imageBytes / (multicastShare * bytesPerGbit)),
  };
}

/** The table of docs/fleet/scale.md, in Markdown. */
export function modelTable(): string {
  const rows = [40, 1000, 10_000].flatMap((machines) =>
    [1, 10, 25].map((serverGbits) => {
      const slow = durationsOf({ machines, serverGbits, cacheGbits: 1 });
      const fast = durationsOf({ machines, serverGbits, cacheGbits: 10 });
      return [
        `${machines}`,
        `${serverGbits}G`,
        ...[
          slow.plain,
          slow.rackCaches,
          fast.rackCaches,
          fast.twoLevels,
          fast.peers,
          fast.multicast,
        ].map(duration),
      ];
    }),
  );
  const head = [
    ['machines', 'server', 'plain', 'rack caches 1G', 'rack caches 10G', 'two levels 10G'],
    ['peers (bound)', 'multicast (bound)'],
  ].flat();
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function duration(seconds: number | undefined): string {
  if (seconds === undefined) return '–';
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 99.5) return `${Number(minutes.toFixed(minutes < 9.95 ? 1 : 0))} min`;
  return `${Math.round(minutes / 60)} h`;
}
