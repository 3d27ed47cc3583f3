import type { Decision, LocalBootMethod, MachineQuery } from '../model.ts';
import {
  assetUrl,
  initramfsName,
  installerArguments,
  quoted,
  type Urls,
} from './installer-arguments.ts';
import { shown, waiting } from './shown.ts';

/**
 * Only after an error UEFI firmware goes on with the next entry of its boot order; after a success it
 * shows its menu (UEFI 2.10, 3.1.1). BIOS ignores the code.
 */
const leave = 'exit 1';

/** Five to ten minutes: a server that is restarted is back by then, and a disk does not wait forever. */
const tries = 30;

/** `--timeout` is in ms. */
const askUntilAnswered = (uri: string) => `set tries:int32 0
:ask
chain --timeout 10000 --replace ${uri} ||
inc tries
iseq \${tries:int32} ${tries} && goto disk ||
echo The provisioning server does not answer. Trying again in 10 seconds.
sleep 10
goto ask
:disk
echo The provisioning server does not answer. Booting the disk.
${leave}
`;

/** Asks with everything by which a machine can be recognised. */
export const bootIpxe = `#!ipxe
${askUntilAnswered(
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is iPXE’s.
  'ipxe?mac=${netX/mac:hexhyp}&uuid=${uuid}&serial=${serial:uristring}',
)}`;

/**
 * A decision in the language of iPXE. `--replace` makes a script take the place of the one that asked:
 * with `exit` iPXE then ends, instead of asking again.
 */
export function ipxeScript(decision: Decision, urls: Urls, query: MachineQuery): string {
  return `${['#!ipxe', ...linesFor(decision, urls, query)].join('\n')}\n`;
}

function linesFor(decision: Decision, urls: Urls, query: MachineQuery): string[] {
  switch (decision.kind) {
    case 'install': {
      const { machine, profile, assetsUrl } = decision;
      const args = installerArguments(decision, urls, query);
      return [
        `echo ${shown(machine.name)}: starting the installer`,
        'imgfree',
        `kernel ${assetUrl(assetsUrl, profile.kernel)} ${args.map(quoted).join(' ')} || goto failed`,
        `initrd --name ${initramfsName} ${assetUrl(assetsUrl, profile.initramfs)} || goto failed`,
        'boot || goto failed',
        ':failed',
        'echo The installer could not be loaded. Trying again in 10 seconds.',
        ...askAgain(10),
      ];
    }
    case 'wait':
      return [`echo ${waiting(decision)}`, ...askAgain(Math.ceil(decision.retryAfterMs / 1000))];
    case 'local-boot':
      return [`echo Booting the disk: ${shown(decision.why)}`, ...localBoot[decision.method]];
  }
}

/** The server may be restarted meanwhile. */
const askAgain = (seconds: number) => [`sleep ${seconds}`, askUntilAnswered('boot.ipxe').trimEnd()];

const localBoot: Readonly<Record<LocalBootMethod, readonly string[]>> = {
  exit: [leave],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is iPXE’s.
  sanboot: ['iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 ||', leave],
};
