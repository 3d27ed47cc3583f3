import { ParameterError } from '../../lib/errors.ts';
import { kernelCommandLineBytes } from '../../parameters/kernel-cmdline.ts';
import type { Decision, MachineQuery } from '../rule/control-interface.ts';
import type { Asset } from '../wanted/assets.ts';
import type { FleetSettings, Profile, WantedMachine } from '../wanted/fleet.ts';

export type Installation = Extract<Decision, { readonly kind: 'install' }>;
export type Urls = Pick<FleetSettings, 'url' | 'tlsUrl'>;

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
 * goes to the server, with the permit as user name and password: the installer sends these as HTTP
 * Basic authentication, and shows them nowhere. Throws a `ParameterError` for one that a boot script
 * cannot hold.
 */
export function installerArguments(
  { machine, profile, install, assetsUrl }: Omit<Installation, 'kind'>,
  { url, tlsUrl = url }: Urls,
  { mac }: MachineQuery,
): string[] {
  const server = new URL(tlsUrl);
  server.username = install.id;
  server.password = install.token;
  const reportTo = server.href.replace(/\/$/, '');
  const named = {
    // First: a loader that cuts a line off must not take it, or the installation would not be known again.
    install_id: install.id,
    install_dev: profile.device,
    save_partlabel: profile.savePartlabel,
    save_partindex: profile.savePartindex,
    image_url: assetUrl(assetsUrl, profile.image),
    image_hash: `sha256:${profile.image.sha256}`,
    ignition_url: `${reportTo}/ignition`,
    ignition_hash: `sha512:${machine.configSha512}`,
    notify_url: `${reportTo}/v1/notice`,
    progress_url: `${reportTo}/v1/progress`,
  };
  const all = [
    `initrd=${initramfsName}`,
    'rootfstype=ramfs',
    ...profile.kargs,
    'coreos.inst=yes',
    ...Object.entries(named).flatMap(([name, value]) =>
      value === undefined ? [] : `coreos.inst.${name}=${value}`,
    ),
    // The card that the machine boots from, for dracut.
    ...(mac === undefined ? [] : [`BOOTIF=01-${mac.replaceAll(':', '-')}`]),
  ];
  for (const argument of all) refuseUnfit(argument, `profile ${profile.name}`, 'kernel argument');
  // GRUB puts the kernel's name first; iPXE under UEFI a shorter one.
  const image = `BOOT_IMAGE=${assetUrl(assetsUrl, profile.kernel)}`;
  const sizeBytes = Buffer.byteLength([image, ...all.map(quoted)].join(' '));
  if (sizeBytes > kernelCommandLineBytes)
    throw unfit(
      `profile ${profile.name}`,
      `the kernel command line has ${sizeBytes} bytes, and kernels read ${kernelCommandLineBytes}`,
      'Shorten the kargs of the profile, or the URLs in fleet.yaml.',
    );
  return all;
}

/** As the kernel reads it back: an argument with a space is in quotes. */
export const quoted = (argument: string) => (argument.includes(' ') ? `"${argument}"` : argument);

/** Throws what `installerArguments` would for a machine of a profile, before any machine asks. */
export function checkArguments(
  settings: FleetSettings,
  profile: Profile,
  machine: WantedMachine,
): void {
  // The longest: a cache's URL, and names of usual tokens.
  const [assetsUrl = settings.url] = [settings.url, ...settings.edges.values()].toSorted(
    (a, b) => b.length - a.length,
  );
  const install = { id: '0'.repeat(36), token: '0'.repeat(64) };
  const mac = '00:00:00:00:00:01';
  installerArguments({ machine, profile, install, assetsUrl }, settings, { mac });
}

/**
 * iPXE expands `${…}`, and takes `||`, `&&` and `;` for its own; the kernel has no way to write a
 * double quote. Everything else is plain text in the scripts of both loaders.
 */
function refuseUnfit(text: string, where: string, what: string): void {
  const [character] = /[^\x20-\x7e]|["'`$\\;|&{}]/.exec(text) ?? [];
  if (character === undefined) return;
  throw unfit(
    where,
    `the ${what} ${JSON.stringify(text.replace(/=.*/s, ''))} contains ${JSON.stringify(character)}, which boot loaders interpret`,
    'Leave it out of the profile, and of the URLs in fleet.yaml.',
  );
}

function unfit(where: string, why: string, next: string): ParameterError {
  const failed = `Cannot boot the installer with ${where}`;
  return new ParameterError({ code: 'kernel-argument-invalid', failed, why, next });
}
