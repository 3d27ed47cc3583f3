import type { Decision, MachineQuery } from '../rule/control-interface.ts';
import type { LocalBootMethod } from '../wanted/fleet.ts';
import { assetUrl, installerArguments, type Urls } from './installer-arguments.ts';

/**
 * What differs from one boot loader to the other, in lines of its script language. All texts, URLs and
 * arguments that it is given have no character that one of them interprets.
 */
export interface Loader {
  print(text: string): string;
  /** Starts the installer, or goes on with what follows. */
  install(kernel: string, initramfs: string, args: readonly string[]): readonly string[];
  /** Boots the disk: nothing that follows is run. */
  leave(method: LocalBootMethod): readonly string[];
}

/** A machine asks again so often where it gets no answer, or what it gets cannot be loaded. */
export const retrySeconds = 10;

/** The script of a decision, and after how many seconds the machine asks again; absent: never. */
export function bootScript(
  decision: Decision,
  urls: Urls,
  query: MachineQuery,
  { print, install, leave }: Loader,
): { readonly lines: readonly string[]; readonly againSeconds?: number } {
  switch (decision.kind) {
    case 'install': {
      const { machine, profile, assetsUrl } = decision;
      const kernel = assetUrl(assetsUrl, profile.kernel);
      const initramfs = assetUrl(assetsUrl, profile.initramfs);
      const lines = [
        print(`${shown(machine.name)}: starting the installer`),
        ...install(kernel, initramfs, installerArguments(decision, urls, query)),
        print(`The installer could not be loaded. Trying again in ${retrySeconds} seconds.`),
      ];
      return { lines, againSeconds: retrySeconds };
    }
    case 'wait': {
      const { why, position, retryAfterMs } = decision;
      const place = position === undefined ? '' : `, position ${position}`;
      const lines = [print(`Waiting to be installed: ${shown(why)}${place}`)];
      return { lines, againSeconds: Math.ceil(retryAfterMs / 1000) };
    }
    case 'local-boot':
      return {
        lines: [print(`Booting the disk: ${shown(decision.why)}`), ...leave(decision.method)],
      };
  }
}

/** A text without what the language of a boot loader could interpret. */
const shown = (text: string) => text.replaceAll(/[^A-Za-z0-9 .,:/_+()-]/g, '').slice(0, 200);
