import type { DhcpSeen } from '../dhcp/dhcp-seen.ts';
import type { FleetEvent, FleetEventKind, MachineView } from '../model.ts';

/** What is known of one machine. */
export interface Facts {
  readonly url: string;
  /** Undefined: the server runs no dnsmasq. */
  readonly dhcp: { readonly seen: DhcpSeen | undefined } | undefined;
  /** Why the server could not be asked, or what it knows. */
  readonly server: { readonly failure: string } | Known;
}

export interface Known {
  /** Undefined: it is in no line of machines.csv, and has not asked. */
  readonly machine: MachineView | undefined;
  /** Oldest first. */
  readonly events: readonly FleetEvent[];
  /** The fleet as a whole. */
  readonly fleetHeld?: boolean;
}

/** A link of the chain from the first packet to the installed system. */
export interface Link {
  readonly name: string;
  /** `unknown`: nobody would have recorded it. */
  readonly state: 'ok' | 'missing' | 'failed' | 'unknown';
  readonly says: string;
  /** What to do if this is where it ends. */
  readonly next?: string;
}

const ok = (says: string) => ({ state: 'ok', says }) as const;
const missing = (says: string, next: string) => ({ state: 'missing', says, next }) as const;
const failed = (says: string, next: string) => ({ state: 'failed', says, next }) as const;
const unknown = (says: string) => ({ state: 'unknown', says }) as const;
type Finding = Omit<Link, 'name'>;

/** The whole chain, in order. The first link that is `missing` or `failed` is where to look. */
export function diagnose({ url, dhcp, server }: Facts): readonly Link[] {
  const asked =
    'failure' in server
      ? [
          { name: 'script', ...failed(server.failure, 'Start coreos-provision serve.') },
          ...['decision', 'token', 'progress', 'result', 'booted'].map((name) => ({
            name,
            ...unknown('the server was not reached'),
          })),
        ]
      : askedLinks(server, url);
  const links: Link[] = [
    { name: 'DHCP', ...dhcpLink(dhcp) },
    { name: 'loader', ...loaderLink(dhcp) },
    ...asked,
  ];
  // What came later proves what was not seen, such as before a restart.
  const lastOk = links.findLastIndex(({ state }) => state === 'ok');
  return links.map((link, index) =>
    index < lastOk && link.state === 'missing'
      ? { name: link.name, ...unknown('not seen, but a later step was reached') }
      : link,
  );
}

function dhcpLink(dhcp: Facts['dhcp']): Finding {
  if (dhcp === undefined)
    return unknown('the server runs no dnsmasq: look at the log of the DHCP server');
  const { firmware, ipxeMs } = dhcp.seen ?? {};
  if (firmware === undefined)
    return ipxeMs === undefined
      ? missing(
          'no request for a boot file has arrived',
          'Put the network first in its boot order; check the cable, the VLAN, and the DHCP relay if there is one.',
        )
      : ok(`asked by iPXE at ${time(ipxeMs)}`);
  const { kind, architecture, atMs } = firmware;
  if (kind !== undefined) return ok(`asked by ${kind} firmware at ${time(atMs)}`);
  return failed(
    `there is no loader for architecture ${architecture}`,
    'Change its boot mode to UEFI or BIOS, or add a loader to assets/tftp and restart coreos-provision serve.',
  );
}

function loaderLink(dhcp: Facts['dhcp']): Finding {
  const { firmware, ipxeMs, loader } = dhcp?.seen ?? {};
  if (loader?.failure !== undefined)
    return failed(
      `${loader.file}: ${loader.failure}`,
      'Run coreos-provision loaders, then restart coreos-provision serve.',
    );
  if (loader !== undefined) return ok(`fetched ${loader.file} at ${time(loader.atMs)}`);
  if (ipxeMs !== undefined) return ok(`iPXE runs, seen at ${time(ipxeMs)}`);
  if (dhcp === undefined || firmware?.kind?.startsWith('http'))
    return unknown('nobody records it here');
  return missing(
    'no loader was fetched',
    'Permit UDP ports 67, 69 and 4011 to the server; switch to another network card or boot mode if it hangs.',
  );
}

function askedLinks({ machine, events, fleetHeld }: Known, url: string): readonly Link[] {
  const last = (...kinds: readonly FleetEventKind[]) =>
    events.findLast(({ kind }) => kinds.includes(kind));
  const permit = last('permitted');
  /** Of this installation, not of one before. */
  const since = (...kinds: readonly FleetEventKind[]) =>
    events.findLast(({ kind, seq }) => kinds.includes(kind) && seq > (permit?.seq ?? 0));
  const heardMs = machine?.heardMs ?? events.findLast(({ actor }) => actor === 'machine')?.atMs;
  const result = since('installed', 'failed');
  const need = machine?.needs;
  const console = 'Look at its console.';
  return [
    {
      name: 'script',
      ...(heardMs === undefined
        ? missing(
            'it has not asked for a boot script',
            `Check that its network reaches ${url}/boot.ipxe${machine === undefined ? ', and that machines.csv has its MAC address' : ''}.`,
          )
        : ok(`heard of it last at ${time(heardMs)}`)),
    },
    { name: 'decision', ...decision(last, machine, fleetHeld === true) },
    {
      name: 'token',
      ...(found(since('config-fetched'), 'its config was fetched') ??
        missing(
          'its config was not fetched',
          `${console} Kernel and initramfs may not load, or it does not reach the server.`,
        )),
    },
    {
      name: 'progress',
      ...(found(since('progress'), `step ${text(since('progress'), 'step')}`) ??
        missing('it has not reported', console)),
    },
    {
      name: 'result',
      ...(result?.kind === 'failed'
        ? failed(text(result, 'reason'), need?.next ?? console)
        : (found(result, 'installed') ?? missing('none yet', need?.next ?? console))),
    },
    {
      name: 'booted',
      ...(found(since('booted'), 'its system has reported') ??
        unknown('its system has not reported; only profiles with phone_home do')),
    },
  ];
}

function decision(
  last: (...kinds: readonly FleetEventKind[]) => FleetEvent | undefined,
  machine: MachineView | undefined,
  fleetHeld: boolean,
): Finding {
  const newest = last('permitted', 'waited', 'sent-to-disk', 'came-back', 'held', 'clash');
  const { sentence, next } = machine?.needs ?? {};
  if (newest?.kind === 'permitted')
    return ok(`it may install, attempt ${text(newest, 'attempt')}, at ${time(newest.atMs)}`);
  if (newest?.kind === 'came-back' || machine?.state === 'installed' || machine?.state === 'booted')
    return ok('it is installed, and was sent to its disk');
  if (newest?.kind === 'waited')
    return missing(`it waits: ${text(newest, 'why')}`, next ?? 'Wait; status shows the slots.');
  const isReady = machine?.state === 'ready' && sentence === undefined;
  if (isReady && fleetHeld)
    return failed('the fleet is held', 'To install: coreos-provision release --all.');
  // It was sent away for a reason that is over, and has not asked since.
  if (isReady && newest !== undefined)
    return missing('it may install now, and has not asked since', 'Restart it.');
  const why = sentence ?? (newest === undefined ? undefined : text(newest, 'why'));
  if (why === undefined) return missing('there was nothing to decide', 'Switch it on.');
  return failed(why, next ?? 'Run coreos-provision status.');
}

function found(event: FleetEvent | undefined, says: string): Finding | undefined {
  return event && ok(`${says}, at ${time(event.atMs)}`);
}

function text(event: FleetEvent | undefined, key: string): string {
  const value = event?.data[key];
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : 'unknown';
}

/** UTC, to the second. */
const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
