import { distance } from 'fastest-levenshtein';
import { entryOf } from '../lib/entry-of.ts';

/** What Ignition's documentation lists under supported platforms, up to its release 2.24. */
export const platforms: readonly string[] = [
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

/** What people call them otherwise, the names of earlier versions of Ignition included. */
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

/** The platform that an unknown one was meant to be; undefined when none is near. */
export function nearestPlatform(id: string): string | undefined {
  const letters = id.toLowerCase().replaceAll(/[._-]/g, '');
  const named = entryOf(otherNames, letters);
  if (named !== undefined) return named;
  const tolerance = letters.length < 6 ? 1 : 2;
  const [closest] = platforms
    .map((platform) => ({ platform, letters: distance(letters, platform) }))
    .sort((a, b) => a.letters - b.letters);
  return closest && closest.letters <= tolerance ? closest.platform : undefined;
}
