import { ParameterError } from '../../lib/errors.ts';
import { kernelCommandLineBytes, parseKernelArguments } from '../../parameters/kernel-cmdline.ts';
import type { Asset, Fleet, MachineQuery, Permit, Profile, WantedMachine } from '../model.ts';

export interface Installation {
  readonly machine: WantedMachine;
  readonly profile: Profile;
  readonly install: Permit;
  /** From where the machine fetches assets. */
  readonly assetsUrl: string;
}

/** What both loaders call the initramfs; the kernel's EFI stub looks for it by this name. */
export const initramfsName = 'initramfs.img';

/** In a form that is plain text in the scripts of both loaders. */
export function assetUrl(base: string, { sha256, fileName }: Asset): string {
  const name = encodeURIComponent(fileName).replaceAll("'", '%27');
  const url = `${new URL(base).href.replace(/\/$/, '')}/assets/sha256-${sha256}/${name}`;
  refuseUnfit(url, 'the fleet', 'URL');
  return url;
}

/**
 * The kernel arguments of an installation, each `name=value` without quotes. What the machine reports
 * goes to `serverUrl`, with the permit as user name and password: the installer sends these as HTTP
 * Basic authentication, and shows them nowhere. Throws a `ParameterError` for one that a boot script
 * cannot hold.
 */
export function installerArguments(
  { machine, profile, install, assetsUrl }: Installation,
  serverUrl: string,
  { mac }: Pick<MachineQuery, 'mac'>,
): string[] {
  const server = new URL(serverUrl);
  server.username = install.id;
  server.password = install.token;
  const reportTo = server.href.replace(/\/$/, '');
  const named = {
    install_dev: profile.device,
    image_url: assetUrl(assetsUrl, profile.image),
    image_hash: `sha256:${profile.image.sha256}`,
    ignition_url: `${reportTo}/ignition`,
    ignition_hash: `sha512:${machine.configSha512}`,
    notify_url: `${reportTo}/v1/notice`,
    progress_url: `${reportTo}/v1/progress`,
    install_id: install.id,
  };
  const all = [
    `initrd=${initramfsName}`,
    'rootfstype=ramfs',
    ...profile.kargs.flatMap((text) => parseKernelArguments(text).map(withoutQuotes)),
    'coreos.inst=yes',
    ...Object.entries(named).map(([name, value]) => `coreos.inst.${name}=${value}`),
    // The card that the machine boots from, for dracut.
    ...(mac === undefined ? [] : [`BOOTIF=01-${mac.replaceAll(':', '-')}`]),
  ];
  for (const argument of all) refuseUnfit(argument, `profile ${profile.name}`, 'kernel argument');
  const sizeBytes = Buffer.byteLength(all.map(quoted).join(' '));
  if (sizeBytes > kernelCommandLineBytes)
    throw new ParameterError({
      code: 'kernel-argument-invalid',
      failed: `Cannot boot the installer with profile ${profile.name}`,
      why: `the kernel command line has ${sizeBytes} bytes, and kernels read ${kernelCommandLineBytes}`,
      next: 'Shorten the kargs of the profile, or the URLs in fleet.yaml.',
    });
  return all;
}

/** As the kernel reads it back: an argument with a space is in quotes. */
export const quoted = (argument: string) => (argument.includes(' ') ? `"${argument}"` : argument);

/** Throws the first `ParameterError` of a machine of each profile, before any machine asks. */
export function checkArguments({ settings, profiles, machines }: Fleet): void {
  const assetUrls = [settings.url, ...settings.edges.values()];
  // The longest: a cache's URL, and names of usual tokens.
  const assetsUrl = assetUrls.toSorted((a, b) => b.length - a.length)[0] ?? settings.url;
  const install = { id: '0'.repeat(36), token: '0'.repeat(64) };
  const mac = '00:00:00:00:00:01';
  const firstOf = new Map([...machines.values()].map((one) => [one.profile, one] as const));
  for (const profile of profiles.values()) {
    const machine = firstOf.get(profile.name);
    if (machine === undefined) continue;
    const url = settings.tlsUrl ?? settings.url;
    installerArguments({ machine, profile, install, assetsUrl }, url, { mac });
  }
}

const withoutQuotes = ({ name, value }: { name: string; value: string | undefined }) =>
  value === undefined ? name : `${name}=${value}`;

/**
 * iPXE expands `${…}`, and takes `||`, `&&` and `;` for its own; the kernel has no way to write a
 * double quote. Everything else is plain text in the scripts of both loaders.
 */
function refuseUnfit(text: string, where: string, what: string): void {
  const [unfit] = /[^\x20-\x7e]|["'`$\\;|&{}]/.exec(text) ?? [];
  if (unfit === undefined) return;
  throw new ParameterError({
    code: 'kernel-argument-invalid',
    failed: `Cannot boot the installer with ${where}`,
    why: `the ${what} ${JSON.stringify(text.replace(/=.*/s, ''))} contains ${JSON.stringify(unfit)}, which boot loaders interpret`,
    next: 'Leave it out of the device, the kargs, and the URLs in fleet.yaml.',
  });
}
