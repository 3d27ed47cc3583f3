import type { DhcpSeen } from '../dhcp/dhcp-seen.ts';
import type { FleetEvent, FleetEventKind } from '../happened/fleet-event.ts';
import { installedStates, type MachineView } from '../rule/views.ts';

/** What is known of one machine. */
export interface Facts {
  readonly url: string;
  /** Undefined: the server runs no dnsmasq. */
  readonly dhcp: { readonly seen: DhcpSeen | undefined } | undefined;
  /** Undefined: it is in no line of machines.csv, and has not asked. */
  readonly machine: MachineView | undefined;
  /** Of the machine, oldest first. */
  readonly events: readonly FleetEvent[];
  readonly fleetHeld: boolean;
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

type Finding = Omit<Link, 'name'>;
const ok = (says: string): Finding => ({ state: 'ok', says });
const missing = (says: string, next: string): Finding => ({ state: 'missing', says, next });
const failed = (says: string, next: string): Finding => ({ state: 'failed', says, next });
const unknown = (says: string): Finding => ({ state: 'unknown', says });

/** The whole chain, in order. The first link that is `missing` or `failed` is where to look. */
export function diagnose(facts: Facts): readonly Link[] {
  const chain: Readonly<Record<string, Finding>> = {
    DHCP: request(facts),
    loader: loader(facts),
    script: script(facts),
    decision: decision(facts),
    ...installation(facts),
  };
  const links = Object.entries(chain).map(([name, finding]) => ({ name, ...finding }));
  // What came later proves what was not seen, such as before a restart.
  const lastOk = links.findLastIndex(({ state }) => state === 'ok');
  // Of an adopted machine, nothing was seen, and nothing is to be looked for.
  const isInstalled = facts.machine !== undefined && installedStates.has(facts.machine.state);
  return links.map((link, index) => {
    if (link.state !== 'missing' || !(index < lastOk || isInstalled)) return link;
    const why = index < lastOk ? 'a later step was reached' : 'it is installed';
    return { name: link.name, ...unknown(`not seen, but ${why}`) };
  });
}

function request({ dhcp }: Facts): Finding {
  if (dhcp === undefined)
    return unknown('the server runs no dnsmasq: look at the log of the DHCP server');
  const { firmware, ipxeMs } = dhcp.seen ?? {};
  if (firmware?.kind !== undefined)
    return ok(`asked by ${firmware.kind} firmware at ${time(firmware.atMs)}`);
  if (firmware !== undefined)
    return failed(
      `there is no loader for architecture ${firmware.architecture}`,
      'Change its boot mode to UEFI or BIOS, or add a loader to assets/tftp and restart coreos-provision serve.',
    );
  if (ipxeMs !== undefined) return ok(`asked by iPXE at ${time(ipxeMs)}`);
  return missing(
    'no request for a boot file has arrived',
    'Put the network first in its boot order; check the cable, the VLAN, and the DHCP relay if there is one.',
  );
}

function loader({ dhcp }: Facts): Finding {
  const { firmware, ipxeMs, loader } = dhcp?.seen ?? {};
  if (loader?.failure !== undefined)
    return failed(
      `${loader.file}: ${loader.failure}`,
      'Run coreos-provision loaders DIRECTORY, then restart coreos-provision serve.',
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

function script({ url, machine }: Facts): Finding {
  if (machine?.heardMs !== undefined) return ok(`heard of it last at ${time(machine.heardMs)}`);
  const table = machine === undefined ? ', and that machines.csv has its MAC address' : '';
  return missing(
    'it has not asked for a boot script',
    `Check that its network reaches ${url}/boot.ipxe${table}.`,
  );
}

function decision({ machine, events, fleetHeld }: Facts): Finding {
  const nothing = missing('there was nothing to decide', 'Switch it on.');
  if (machine === undefined) return nothing;
  const { state, needs, heardMs } = machine;
  if (installedStates.has(state) && (state !== 'came-back' || !needs))
    return ok('it is installed, and was sent to its disk');
  const newest = events.findLast(({ kind }) => kind === 'permitted' || kind === 'waited');
  const attempt = `attempt ${text(newest, 'attempt')}`;
  if (state === 'booting' || state === 'installing')
    return ok(`it may install, ${attempt}, at ${time(newest?.atMs ?? machine.sinceMs)}`);
  if (needs !== undefined && state !== 'failed') return failed(needs.sentence, needs.next);
  if (state === 'queued')
    return missing(`it waits: ${text(newest, 'why')}`, 'Wait; status shows the slots.');
  if (state === 'failed') return ok(`it could install, ${attempt}`);
  if (fleetHeld) return failed('the fleet is held', 'To install: coreos-provision release --all.');
  // It may have been sent away for a reason that is over.
  return heardMs === undefined
    ? nothing
    : missing('it may install now, and has not asked since', 'Restart it.');
}

/** What has followed the newest permit. */
function installation({ machine, events }: Facts): Readonly<Record<string, Finding>> {
  const since = events.slice(events.findLastIndex(({ kind }) => kind === 'permitted') + 1);
  const last = (kind: FleetEventKind) => since.findLast((event) => event.kind === kind);
  const found = (event: FleetEvent | undefined, says: string) =>
    event && ok(`${says}, at ${time(event.atMs)}`);
  const console = 'Look at its console.';
  const next = machine?.needs?.next ?? console;
  const [progress, failure, installed] = [last('progress'), last('failed'), last('installed')];
  return {
    token:
      found(last('config-fetched'), 'its config was fetched') ??
      missing(
        'its config was not fetched',
        `${console} Kernel and initramfs may not load, or it does not reach the server.`,
      ),
    progress:
      found(progress, `step ${text(progress, 'step')}`) ?? missing('it has not reported', console),
    result:
      found(installed, 'installed') ??
      (failure ? failed(text(failure, 'reason'), next) : missing('none yet', next)),
    booted:
      found(last('booted'), 'its system has reported') ??
      unknown('its system has not reported; only profiles with phone_home do'),
  };
}

function text(event: FleetEvent | undefined, key: string): string {
  const value = event?.data[key];
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : 'unknown';
}

/** UTC, to the second. */
const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
