import { entryOf } from '../../lib/entry-of.ts';
import type { Findings } from './findings.ts';
import type { List, Mapping, Places } from './yaml-places.ts';

/** The layouts of the image, each with the minor version of the config that introduced it. */
const layouts: Readonly<Record<string, number>> = {
  x86_64: 3,
  aarch64: 3,
  ppc64le: 3,
  's390x-eckd': 6,
  's390x-virt': 6,
  's390x-zfcp': 6,
};

/** Whole disks that the layouts of IBM Z take; the number of the partition is appended. */
const devices: Readonly<Record<string, { readonly pattern: RegExp; readonly like: string }>> = {
  's390x-eckd': { pattern: /^\/dev\/dasd[a-z]$/, like: '/dev/dasda' },
  's390x-zfcp': { pattern: /^\/dev\/sd[a-z]$/, like: '/dev/sda' },
};

export interface BootDevice {
  readonly layout: string;
  readonly luks: Mapping;
  readonly mirror: Mapping;
  /** Of the mirror. */
  readonly devices: readonly string[];
  readonly encrypted: boolean;
}

export function bootDeviceOf(boot: Mapping): BootDevice {
  const luks = (boot['luks'] ?? {}) as Mapping;
  const mirror = (boot['mirror'] ?? {}) as Mapping;
  return {
    layout: (boot['layout'] ?? 'x86_64') as string,
    luks,
    mirror,
    devices: (mirror['devices'] ?? []) as string[],
    encrypted: byCard(luks) || byClevis(luks),
  };
}

const byCard = ({ cex }: Mapping) => (cex as Mapping | undefined)?.['enabled'] === true;
const byClevis = ({ tpm2, tang }: Mapping) => tpm2 === true || ((tang ?? []) as List).length > 0;

/** Whether `boot_device` can be expanded; what is wrong with it goes to `findings`. */
export function checkBootDevice(
  boot: Mapping,
  minor: number,
  places: Places,
  findings: Findings,
): boolean {
  const { layout, luks, mirror, devices: mirrored, encrypted } = bootDeviceOf(boot);
  let sound = true;
  const error = (container: Mapping, key: string, message: string, next?: string) => {
    findings.error(places.of(container, key), message, next);
    sound = false;
  };
  const known = Object.keys(layouts).filter((name) => (layouts[name] ?? 0) <= minor);
  if (!known.includes(layout))
    error(boot, 'layout', `the layout must be one of ${known.join(', ')}`);
  if (mirrored.length === 1) error(mirror, 'devices', 'a mirror needs at least two devices');
  if (mirrored.length > 0 && layout.startsWith('s390x-'))
    error(boot, 'layout', 'mirrors are not supported on IBM Z (s390x)');
  if (mirrored.length > 0 && boot['layout'] === undefined) {
    const message = 'the disks are laid out for x86_64, as no layout is given';
    const next = 'Write layout: x86_64, or that of the machine.';
    if (minor >= 7) error(boot, 'mirror', 'a mirror needs a layout', next);
    else findings.warn(places.of(boot, 'mirror'), message, next);
  }
  const wanted = entryOf(devices, layout);
  if (wanted !== undefined && !wanted.pattern.test(String(luks['device'] ?? '')))
    error(
      luks['device'] === undefined ? boot : luks,
      luks['device'] === undefined ? 'layout' : 'device',
      `the layout ${layout} needs luks.device, a whole disk such as ${wanted.like}`,
    );
  if (byCard(luks) && !layout.startsWith('s390x-'))
    error(
      luks,
      'cex',
      'only IBM Z has Crypto Express (CEX) cards',
      'Write layout: s390x-eckd or the like.',
    );
  if (byCard(luks) && byClevis(luks)) error(luks, 'cex', 'it cannot be combined with tang or tpm2');
  const given = ['device', 'threshold', 'discard'].find((key) => luks[key] !== undefined);
  if (given !== undefined && !encrypted) {
    const message = 'nothing is encrypted: luks has neither tang nor tpm2 nor cex';
    if (minor >= 7 && given === 'device') error(luks, given, message);
    else findings.warn(places.of(luks, given), message);
  }
  return sound;
}
