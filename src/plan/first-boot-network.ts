import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { keyfileArgumentsName, parseKernelArguments } from '../parameters/kernel-cmdline.ts';
import { notesOnLength } from '../parameters/network.ts';
import { describeOrigin, type Origin, type Parameters } from '../parameters/parameters.ts';
import { type Family, familyOf } from '../system/network/configured-link.ts';
import { networkArguments } from '../system/network/network-arguments.ts';
import type { NetworkState } from '../system/network/network-state.ts';
import { readNetwork } from '../system/network/read-network.ts';
import { type NetworkKeyfiles, ownKeyfiles, readKeyfiles } from './network-keyfiles.ts';

/** The network of the installed system's first boot. */
export interface FirstBootNetwork {
  /** Kernel arguments: none, or `rd.neednet=1` and the others in their order. */
  readonly arguments: readonly string[];
  /** Whether they express how this system is configured now. */
  readonly isPresent: boolean;
  /** They have priority over the arguments. */
  readonly keyfiles: NetworkKeyfiles | undefined;
  readonly warnings: readonly string[];
}

type Given = Pick<
  Parameters,
  'copyNetwork' | 'networkDir' | 'networkArguments' | 'networkOrigin' | 'extraKcmdline'
> &
  Partial<Pick<Parameters, 'appendKarg'>>;

/**
 * The network of a medium that was customized with keyfiles (see media/keyfiles). The medium's scripts
 * make the second file, unless ip= among the kernel arguments replaces the keyfiles.
 */
export const networkOfMedium = {
  keyfiles: '/etc/coreos-firstboot-network',
  arguments: `/etc/cmdline.d/${keyfileArgumentsName}`,
};

/**
 * The keyfiles that are copied: those of a directory, or of this system if it has any (NetworkManager can have its
 * connections from elsewhere, such as netplan's files), or of the medium unless the network of the first boot is
 * given otherwise.
 */
export async function planKeyfiles(
  given: Given,
  own = ownKeyfiles,
  medium = networkOfMedium,
): Promise<NetworkKeyfiles | undefined> {
  const { copyNetwork, networkDir } = given;
  if (networkDir !== undefined) return await readKeyfiles(networkDir.value);
  if (copyNetwork !== undefined) {
    const keyfiles = existsSync(own) ? await readKeyfiles(own) : undefined;
    return keyfiles?.files.length === 0 ? undefined : keyfiles;
  }
  if (originForFirstBoot(given) !== undefined || !existsSync(medium.arguments)) return undefined;
  return await readKeyfiles(medium.keyfiles);
}

/**
 * Decides the network of the first boot, when the network of this system has proved to work: with
 * `--copy-network` and without keyfiles, it is the present one.
 */
export async function planFirstBootNetwork(
  given: Given,
  keyfiles: NetworkKeyfiles | undefined,
  signal: AbortSignal,
  medium = networkOfMedium,
): Promise<FirstBootNetwork> {
  const asGiven = {
    arguments: given.networkArguments,
    isPresent: false,
    keyfiles,
    warnings: keyfiles?.warnings ?? [],
  };
  const { copyNetwork } = given;
  if (keyfiles !== undefined)
    return originForFirstBoot(given) === undefined
      ? { ...asGiven, arguments: await withoutThoseOf(medium, given.networkArguments) }
      : asGiven;
  if (copyNetwork === undefined) {
    const isLost =
      given.networkArguments.length === 0 && isInitramfs() && (await isSetByHand(signal));
    return isLost ? { ...asGiven, warnings: [notCopied] } : asGiven;
  }
  const origin = originForFirstBoot(given);
  if (origin !== undefined) {
    const [winner, loser] = [origin, copyNetwork.origin].map(describeOrigin);
    return { ...asGiven, warnings: [`${winner} overrides ${loser}.`] };
  }
  return presentNetwork(given, await readNetwork({ signal }), copyNetwork.origin);
}

/** Where network arguments were given for the first boot; undefined for those of this boot, or none. */
const originForFirstBoot = ({ networkOrigin }: Given) =>
  networkOrigin?.kind === 'kernel' ? undefined : networkOrigin;

/** The medium's keyfiles say the same as these arguments to NetworkManager; others replace both. */
async function withoutThoseOf(
  medium: typeof networkOfMedium,
  words: readonly string[],
): Promise<readonly string[]> {
  const text = await readFile(medium.arguments, 'utf8').catch(() => undefined);
  if (text === undefined) return words;
  const same = new Set(text.split(/\s+/));
  const others = words.filter((word) => !same.has(word));
  return others.every((word) => word === 'rd.neednet=1') ? [] : others;
}

/** An initramfs that installs: what was set there by hand is gone with it. */
const isInitramfs = () => existsSync('/etc/initrd-release');

const notCopied =
  'The first boot will not have the addresses that were set on this system by hand. ' +
  'To copy the network of this system, use --copy-network.';

async function isSetByHand(signal: AbortSignal): Promise<boolean> {
  try {
    const present = networkArguments(await readNetwork({ signal }));
    return present.arguments.some((word) => /^ip=.*:none(:|$)/.test(word));
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** What the present network replaces of the arguments that this system was booted with. */
const replaced = new Set('ip rd.route vlan bond bridge team bootdev BOOTIF rd.neednet'.split(' '));

export function presentNetwork(
  { networkArguments: booted, extraKcmdline, appendKarg }: Given,
  state: NetworkState,
  origin: Origin,
): FirstBootNetwork {
  const present = networkArguments(state);
  if (present.arguments.length === 0) {
    return {
      arguments: booted,
      isPresent: false,
      keyfiles: undefined,
      warnings: ['No network card of this system has an address: there is no network to copy.'],
    };
  }
  const servers = new Set(present.arguments.flatMap((word) => familyOfServer(word) ?? []));
  const kept = booted.filter((word) => {
    if (replaced.has(nameOf(word))) return false;
    // One that was corrected by hand is not asked first again.
    const family = familyOfServer(word);
    return family === undefined || !servers.has(family);
  });
  const devices = present.arguments.map((word) => bondAsBooted(word, booted) ?? word);
  const all = [...new Set(['rd.neednet=1', ...kept, ...devices])];
  const texts = [{ value: all.join(' '), origin }, ...(extraKcmdline ? [extraKcmdline] : [])];
  return {
    arguments: all,
    isPresent: true,
    keyfiles: undefined,
    warnings: [...present.notes, ...notesOnLength(texts, appendKarg)],
  };
}

/**
 * The argument by which this system was booted with the same bond. systemd-networkd ignores the options
 * in it (systemd-network-generator, as of 252), so that the bond has others now than it was given.
 */
function bondAsBooted(word: string, booted: readonly string[]): string | undefined {
  const [, bond] = /^(bond=[^:]+):/.exec(word) ?? [];
  return bond && booted.find((one) => one.startsWith(`${bond}:`));
}

const nameOf = (word: string) => parseKernelArguments(word)[0]?.name ?? '';

/** Of a name server's argument. */
function familyOfServer(word: string): Family | undefined {
  const [argument] = parseKernelArguments(word);
  return argument?.name === 'nameserver'
    ? familyOf(argument.value?.replace(/^\[|\]$/g, '') ?? '')
    : undefined;
}
