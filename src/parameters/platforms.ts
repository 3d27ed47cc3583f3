import { distance } from 'fastest-levenshtein';
import { entryOf } from '../lib/entry-of.ts';
import { unusable } from './given.ts';
import type { Check } from './parameter-kinds.ts';

/** What Ignition's documentation lists under supported platforms, up to its release 2.24. */
const platforms: readonly string[] = [
  'akamai',
  'aliyun',
  'applehv',
  'aws',
  'azure',
  'azurestack',
  'brightbox',
  'cloudstack',
  'digitalocean',
  'exoscale',
  'gcp',
  'hetzner',
  'hyperv',
  'ibmcloud',
  'kubevirt',
  'metal',
  'nutanix',
  'nvidiabluefield',
  'openstack',
  'oraclecloud',
  'packet',
  'powervs',
  'proxmoxve',
  'qemu',
  'scaleway',
  'upcloud',
  'virtualbox',
  'vmware',
  'vultr',
  'zvm',
];

/** Other common names, also those of earlier versions of Ignition. */
const otherNames: Readonly<Record<string, string>> = {
  alibaba: 'aliyun',
  amazon: 'aws',
  baremetal: 'metal',
  ec2: 'aws',
  equinix: 'packet',
  equinixmetal: 'packet',
  esxi: 'vmware',
  gce: 'gcp',
  google: 'gcp',
  hcloud: 'hetzner',
  kvm: 'qemu',
  libvirt: 'qemu',
  linode: 'akamai',
  oci: 'oraclecloud',
  oracle: 'oraclecloud',
  proxmox: 'proxmoxve',
  vbox: 'virtualbox',
  vsphere: 'vmware',
};

/**
 * A platform id becomes part of the kernel command line. There Ignition fails if it does not know it:
 * no config, and nobody can log in. An id that is similar to a known one, or means "none", is
 * refused. Ignition adds new ones with each release: any other is accepted, with a note.
 */
export const checkPlatformId: Check<string> = (given, { notes }) => {
  const { value } = given;
  if (platforms.includes(value)) return value;
  const refuse = (why: string, next: string) =>
    unusable(given, 'the Ignition platform', { code: 'invalid-platform', why, next });
  if (!/^[A-Za-z0-9._-]+$/.test(value)) {
    throw refuse(
      'a platform id contains only letters, digits, dots, hyphens and underscores',
      'Give an id such as metal, qemu or openstack.',
    );
  }
  const nearest = nearestPlatform(value);
  if (nearest !== undefined)
    throw refuse(`Ignition has no such platform; the nearest is ${nearest}`, `Give ${nearest}.`);
  if (/^(none|no|off|skip|auto|default|null|undefined)$/i.test(value)) {
    throw refuse(
      'it is not a platform',
      'Leave it out to keep the platform of the image, or give metal for a machine outside of any cloud.',
    );
  }
  notes.push(
    `Unknown Ignition platform ${value}: if the Ignition of the image does not know it either, the first boot fails.`,
  );
  return value;
};

/** The platform that an unknown one is similar to; undefined if there is none. */
function nearestPlatform(id: string): string | undefined {
  const letters = id.toLowerCase().replaceAll(/[._-]/g, '');
  const named = entryOf(otherNames, letters);
  if (named !== undefined) return named;
  const tolerance = letters.length < 6 ? 1 : 2;
  const [closest] = platforms
    .map((platform) => ({ platform, letters: distance(letters, platform) }))
    .sort((a, b) => a.letters - b.letters);
  return closest && closest.letters <= tolerance ? closest.platform : undefined;
}
