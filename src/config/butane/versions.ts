import { entryOf } from '../../lib/entry-of.ts';
import { printable } from './scalar.ts';

/** Ignition's version for each minor version of the config specification. */
const ignitionVersions = [
  ...['3.0.0', '3.1.0', '3.2.0', '3.2.0', '3.3.0', '3.4.0', '3.5.0', '3.6.0'],
] as const;

export const newestMinor = ignitionVersions.length - 1;

export interface Versions {
  /** Minor version of the config specification: 0 for 1.0.0. */
  readonly minor: number;
  readonly ignition: string;
}

/** Why a config of a variant and version cannot be translated. */
export interface Refusal {
  /** Which of the two keys is to blame. */
  readonly key: 'variant' | 'version';
  readonly message: string;
  readonly next: string;
}

const known = `variant fcos, versions 1.0.0 to 1.${newestMinor}.0`;

/** Systems whose configs Butane translates, and this program does not. */
const systems: Readonly<Record<string, string>> = {
  flatcar: 'Flatcar Container Linux',
  openshift: 'OpenShift',
  rhcos: 'RHEL CoreOS (today’s variant for it is openshift)',
  r4e: 'RHEL for Edge',
  fiot: 'Fedora IoT',
};

/** What a config of this variant and version is translated as. */
export function versionsOf(variant: string, version: string): Versions | Refusal {
  if (variant !== 'fcos') return refuseVariant(variant);
  const [, digits = '', experimental] = /^1\.(\d{1,4})\.0(-experimental)?$/.exec(version) ?? [];
  const minor = Number(digits || NaN);
  const ignition = experimental === undefined ? ignitionVersions[minor] : undefined;
  return ignition === undefined
    ? refuseVersion(version, minor, experimental !== undefined)
    : { minor, ignition };
}

function refuseVariant(variant: string): Refusal {
  const system = entryOf(systems, variant);
  if (system === undefined)
    return {
      key: 'variant',
      message: `variant ${printable(variant)} is not known`,
      next: `This program translates ${known}.`,
    };
  return {
    key: 'variant',
    message: `variant ${variant} is for ${system}, and is not translated by this program`,
    next:
      variant === 'openshift' || variant === 'rhcos'
        ? 'Translate it with Butane (https://coreos.github.io/butane/), which turns it into a MachineConfig.'
        : 'Translate it with Butane (https://coreos.github.io/butane/), and use the JSON that it writes.',
  };
}

function refuseVersion(version: string, minor: number, experimental: boolean): Refusal {
  const key = 'version';
  const take = (stable: number) => `Write version: 1.${stable}.0.`;
  if (Number.isNaN(minor)) {
    const placeholder = /[{}$<>%]/.test(version);
    return {
      key,
      message: placeholder
        ? `version ${printable(version)} is a placeholder that was not filled in`
        : `version ${printable(version)} is not of the form 1.0.0`,
      next: `Supported: ${known}.`,
    };
  }
  if (experimental)
    return {
      key,
      message: `version 1.${minor}.0-experimental changes without notice, and Ignition refuses what was made of it once the stable version is out`,
      next: take(Math.min(minor, newestMinor)),
    };
  return {
    key,
    message: `version 1.${minor}.0 is newer than the newest one supported (1.${newestMinor}.0)`,
    next: `${take(newestMinor)} Or translate it with a newer release of this program, or with Butane.`,
  };
}
