import type { Decision, MachineQuery } from '../rule/control-interface.ts';
import { bootScript, type Loader } from './boot-script.ts';
import { initramfsName, quoted, type Urls } from './installer-arguments.ts';

/**
 * Only after an error UEFI firmware goes on with the next entry of its boot order; after a success it
 * shows its menu (UEFI 2.10, 3.1.1). BIOS ignores the code.
 */
const leave = 'exit 1';

/** Five to ten minutes: a server that is restarted is back by then, and a disk does not wait forever. */
const tries = 30;

/** `--timeout` is in ms. `--replace`: where the answer ends with `exit`, nothing asks again. */
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

const ipxe: Loader = {
  print: (text) => `echo ${text}`,
  install: (kernel, initramfs, args) => [
    'imgfree',
    `kernel ${kernel} ${args.map(quoted).join(' ')} || goto failed`,
    `initrd --name ${initramfsName} ${initramfs} || goto failed`,
    'boot || goto failed',
    ':failed',
  ],
  leave: (method) =>
    method === 'exit'
      ? [leave]
      : // biome-ignore lint/suspicious/noTemplateCurlyInString: it is iPXE’s.
        ['iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 ||', leave],
};

/** A decision in the language of iPXE. */
export function ipxeScript(decision: Decision, urls: Urls, query: MachineQuery): string {
  const { lines, againSeconds } = bootScript(decision, urls, query, ipxe);
  // The server may be restarted meanwhile.
  const again =
    againSeconds === undefined ? '' : `sleep ${againSeconds}\n${askUntilAnswered('boot.ipxe')}`;
  return `${['#!ipxe', ...lines].join('\n')}\n${again}`;
}
