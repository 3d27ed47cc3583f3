import { entryOf } from '../../../lib/entry-of.ts';
import type { Warning } from '../finding.ts';
import type { Config } from '../schema/config.ts';

/** What Fedora CoreOS has directly below `/`, besides `/usr` and links into it. */
const known =
  /^\/(boot|dev|etc|home|media|mnt|opt|ostree|proc|root|run|srv|sys|sysroot|tmp|var)(\/|$)/;
const readOnly = /^\/(bin|lib|lib64|sbin|usr(?!\/local(\/|$)))(\/|$)/;

/** Where its links lead that people take for directories. */
const links: Readonly<Record<string, string>> = {
  '/home': '/var/home',
  '/media': '/run/media',
  '/mnt': '/var/mnt',
  '/opt': '/var/opt',
  '/root': '/var/roothome',
  '/srv': '/var/srv',
  '/usr/local': '/var/usrlocal',
};

/** Files that it has had in each release. */
const existing = [
  ...['bashrc', 'chrony.conf', 'hosts', 'nsswitch.conf', 'profile', 'resolv.conf', 'sudoers'],
  ...['containers/policy.json', 'containers/registries.conf', 'selinux/config', 'ssh/sshd_config'],
].map((name) => `/etc/${name}`);

/** Paths at which Ignition fails on Fedora CoreOS, which it finds out on the first boot. */
export function* warningsOfPaths({ storage = {} }: Config): Generator<Warning> {
  const mounted: string[] = [];
  for (const [index, { path = '', format = '' }] of (storage.filesystems ?? []).entries()) {
    if (path === '' || path === '/' || ['', 'none', 'swap'].includes(format)) continue;
    mounted.push(path);
    const objection = objectionToMount(path) ?? objectionToPlace(path);
    if (objection !== undefined) yield [['storage', 'filesystems', index, 'path'], objection];
  }
  for (const kind of ['directories', 'files', 'links'] as const) {
    for (const [index, { path }] of (storage[kind] ?? []).entries()) {
      if (mounted.some((place) => `${path}/`.startsWith(`${place}/`))) continue;
      const objection = objectionToPlace(path);
      if (objection !== undefined) yield [['storage', kind, index, 'path'], objection];
    }
  }
  for (const [index, { path, overwrite, contents }] of (storage.files ?? []).entries())
    if (existing.includes(path) && !overwrite && contents?.source !== undefined)
      yield [
        ['storage', 'files', index, 'path'],
        'Fedora CoreOS has this file already: Ignition fails without overwrite set to true',
      ];
}

function objectionToPlace(path: string): string | undefined {
  if (readOnly.test(path))
    return '/usr is read-only on Fedora CoreOS: Ignition fails; /usr/local, /etc and /var can be written';
  if (!/^\/./.test(path) || known.test(path) || path.startsWith('/usr/')) return undefined;
  return 'Fedora CoreOS allows nothing new directly below /: Ignition fails; take a place in /var';
}

function objectionToMount(path: string): string | undefined {
  const [link = ''] = /^\/(usr\/)?[^/]+/.exec(path) ?? [];
  const target = entryOf(links, link);
  return target === undefined
    ? undefined
    : `${link} is a link on Fedora CoreOS, at which Ignition mounts nothing; write ${target}${path.slice(link.length)}`;
}
