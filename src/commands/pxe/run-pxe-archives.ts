import { InputError } from '../../lib/errors.ts';
import type { Members } from '../../media/cpio.ts';
import { packMembers } from '../../media/initrd.ts';
import { ownNetwork } from '../../media/keyfiles/own-network.ts';
import { keyfileName, liveConfigPath } from '../../media/live-files.ts';
import { readInitrdFile } from '../../media/live-initrd.ts';
import { warn } from '../../ui/output.ts';
import {
  extractKeyfiles,
  filesOf,
  nothingIn,
  onMedium,
  printText,
  readKeyfiles,
  writeArchive,
} from '../on-medium.ts';
import { readConfig } from '../read-config.ts';

export interface PxeWrap {
  readonly output?: string;
}

export interface PxeIgnitionWrap extends PxeWrap {
  readonly ignitionFile?: string;
}

export interface PxeNetworkWrap extends PxeWrap {
  readonly keyfile: readonly string[];
}

export interface PxeUnwrap {
  /** `-` is standard input. */
  readonly initrd: string;
  readonly directory?: string;
}

/** Makes an archive with a config; returns the exit code. */
export async function wrapIgnition({
  ignitionFile = '-',
  output,
}: PxeIgnitionWrap): Promise<number> {
  return await onMedium(async (signal) => {
    const config = await readConfig(ignitionFile, nameOf(ignitionFile), signal);
    await writeArchive(output, await packMembers(new Map([[liveConfigPath, config]])), signal);
  });
}

export async function unwrapIgnition({ initrd }: PxeUnwrap): Promise<number> {
  return await onMedium(async (signal) => {
    const isConfig = (path: string) => path === liveConfigPath;
    const config = (await readInitrdFile(initrd, isConfig, signal)).get(liveConfigPath);
    if (config === undefined) throw nothingIn(nameOf(initrd), 'No embedded Ignition config');
    printText(config);
  });
}

export async function wrapNetwork({ keyfile, output }: PxeNetworkWrap): Promise<number> {
  return await onMedium(async (signal) => {
    const keyfiles = await readKeyfiles(keyfile);
    const members = new Map([...keyfiles, ...forOwn(keyfiles)]);
    await writeArchive(output, await packMembers(members), signal);
  });
}

/** The archive may be for Fedora CoreOS, which takes any keyfile. */
function forOwn(keyfiles: Members): [string, Uint8Array][] {
  try {
    return [ownNetwork(filesOf(keyfiles)).member];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { failed, why } = error.failure;
    warn(`A medium of this program will not use the archive. ${failed}: ${why}.`);
    return [];
  }
}

export async function unwrapNetwork({ initrd, directory }: PxeUnwrap): Promise<number> {
  return await onMedium(async (signal) => {
    const isKeyfile = (path: string) => keyfileName(path) !== undefined;
    const members = await readInitrdFile(initrd, isKeyfile, signal);
    await extractKeyfiles(members, nameOf(initrd), directory);
  });
}

const nameOf = (path: string) => (path === '-' ? 'standard input' : path);
