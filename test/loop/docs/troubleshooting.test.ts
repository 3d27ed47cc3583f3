import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lockDisk } from '../../../src/disk/own/disk-lock.ts';
import type { InstallerError } from '../../../src/lib/errors.ts';
import { lockNow } from '../../../src/native/system.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { faultyDisk } from '../../support/faulty-disk.ts';
import { type Fixture, fixture } from '../../support/fixture.ts';
import { type InstallerRun, runInstaller } from '../../support/installer.ts';
import { loopDevice } from '../../support/loop-device.ts';
import { targetOf } from '../../support/loop-target.ts';
import { readPage } from '../../support/pages.ts';
import { makeTable } from '../../support/partitions.ts';
import { type Fault, startServer } from '../../support/servers.ts';

const mib = 1024 * 1024;
const html = Buffer.from('<!DOCTYPE html>\n<html><title>Login</title></html>\n');
const iso = Buffer.alloc(2 * mib);
iso.write('CD001', 32_769);
const v2 = Buffer.from('{"ignition":{"version":"2.3.0"}}');

let it: Fixture;
beforeAll(async () => {
  const wrong = Buffer.from('variant: fcos\nversion: 1.0.0\nstorage: {files: [{path: a}]}\n');
  const pasted = Buffer.from(
    'variant: fcos\nversion: 1.0.0\npasswd:\n  users:\n    - name: core\n      gecos: “me”\n',
  );
  it = await fixture({
    files: {
      ...{ '/page.html': html, '/live.iso': iso, '/v2.ign': v2 },
      ...{ '/wrong.yaml': wrong, '/pasted.yaml': pasted },
    },
  });
});
afterAll(() => it[Symbol.asyncDispose]());

/** What the program says, on whichever of its two outputs. */
async function said(run: InstallerRun): Promise<string> {
  const { stdout, stderr } = await runInstaller(run);
  return `${stdout}\n${stderr}`;
}

/** With other options than those of a plain installation: the last one counts. */
const with_ = (...args: string[]) => said({ args: [...it.args, '--retry-for', '1s', ...args] });
const onto = (device: string) =>
  said({ args: ['-d', device, '-i', 'skip', '-b', it.imageUrl, '--dry-run'] });
const served = (path: string) => `${it.server.url}${path}`;

/** With another image. */
async function serving(bytes: Uint8Array, fault: Fault = {}): Promise<string> {
  await using server = await startServer({ files: { '/image': bytes }, fault: () => fault });
  return await with_('-b', `${server.url}/image`);
}

/** With a server that sends this to everybody. */
const answering = (raw: string) => serving(Buffer.alloc(0), { raw });

/** Runs where the names of hosts are looked up as these files say. */
const resolving = (nsswitch: string, resolv: string) =>
  said({
    args: [...it.args, '--retry-for', '1s', '-b', 'http://laptop.example/x'],
    tmpFiles: { nsswitch: `${nsswitch}\n`, resolv: `${resolv}\n` },
    wrapper: [
      ...['sh', '-euc'],
      'mount --bind /tmp/nsswitch /etc/nsswitch.conf; mount --bind /tmp/resolv /etc/resolv.conf; exec "$@"',
      'sh',
    ],
  });

/** Keeps `data` on a disk with these partitions. */
async function saving(
  partition: string,
  args = ['--dry-run'],
  change: (disk: FileHandle) => Promise<unknown> = async () => undefined,
): Promise<string> {
  await using disk = await loopDevice({ sizeBytes: 48 * mib });
  await makeTable(disk.path, `${partition}, name=data`);
  const file = await open(disk.path, 'r+');
  await change(file).finally(() => file.close());
  const own = ['-d', disk.path, ...it.args.slice(2), '--save-partlabel', 'data'];
  return await said({ args: [...own, ...args] });
}

/** How each message of the page comes about. */
const occasions: Readonly<Record<string, () => Promise<string>>> = {
  'the target device and the image are missing': () => said({}),
  'writing to a disk needs root': async () => {
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    return await said({ args: it.args, wrapper: nobody });
  },
  'Cannot understand the command line: unknown option …': () => said({ args: ['--devcie', 'x'] }),
  'Cannot use /tmp/…: users other than root can write to it': () =>
    said({
      args: ['-d', 'vdzz'],
      tmpFiles: { image_url: 'http://x/y\n' },
      wrapper: ['sh', '-euc', 'chmod 666 /tmp/image_url; exec "$@"', 'sh'],
    }),
  'the kernel argument … is not known (similar: …)': () =>
    said({ args: ['-d', 'vdzz'], cmdline: 'coreos.inst.imag_url=http://x/y' }),
  'the kernel argument … is not known': () =>
    said({ args: it.args, cmdline: 'coreos.inst.nonsense=1' }),
  'the kernel argument … has no value': () =>
    said({ args: ['-d', 'vdzz'], cmdline: 'coreos.inst.ignition_url=' }),

  'there is no such device': () => onto('vdzz'),
  '… is mounted on …': async () => {
    await using disk = await loopDevice({ sizeBytes: 8 * mib });
    await execa('mkfs.ext4', ['-q', disk.path]);
    const words = ['--mount', '--propagation', 'private', 'sh', '-euc'];
    const script = 'mount "$1" /mnt; echo; read -r end';
    const user = execa('unshare', [...words, script, 'sh', disk.path]);
    await new Promise((resolve) => user.stdout?.once('data', resolve));
    const text = await onto(disk.path);
    user.stdin?.end('\n');
    await user;
    return text;
  },
  '… is in use by …': async () => {
    await using disk = await loopDevice({ sizeBytes: 48 * mib });
    await makeTable(disk.path, 'start=2048, size=8M');
    await execa('partx', ['--add', disk.path]);
    await using _reader = await open(`${disk.path}p1`);
    return await said({ args: ['-d', disk.path, '-i', 'skip', '-b', it.imageUrl] });
  },
  'it is locked by …': async () => {
    await using locked = await open(it.disk.path);
    lockNow(locked.fd);
    // That the program waits for half a minute first is in test/loop/install/patience.test.ts.
    await using own = await open(it.disk.path);
    const locking = lockDisk(targetOf(it.disk), own, { patienceMs: 0 });
    const { message, failure } = await locking.then(
      () => Promise.reject(new Error('it is not locked')),
      (error: InstallerError) => error,
    );
    return `${message} [${failure.code}]`;
  },
  'there are no loop devices': () =>
    said({
      args: it.args,
      wrapper: ['sh', '-euc', 'mount --bind /dev/null /dev/loop-control; exec "$@"', 'sh'],
    }),
  'this system does not permit mounting': () =>
    said({
      args: it.args,
      wrapper: ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'],
    }),
  'it is a partition of …, and the image needs a whole disk': async () => {
    await using disk = await loopDevice({ sizeBytes: 48 * mib });
    await makeTable(disk.path, 'start=2048, size=8M');
    await execa('partx', ['--add', disk.path]);
    return await onto(`${disk.path}p1`);
  },
  'it is too small: the image needs … bytes': async () => {
    await using disk = await loopDevice({ sizeBytes: 8 * mib });
    return await onto(disk.path);
  },
  'the disk has 4096-byte sectors and the image is made for 512-byte sectors, so it would not boot':
    async () => {
      await using disk = await loopDevice({ sizeBytes: 48 * mib, sectorSizeBytes: 4096 });
      return await onto(disk.path);
    },
  'its partition table (GPT) cannot be used: …': () =>
    saving('start=81920, size=4M', ['--dry-run'], async (disk) => {
      for (const at of [600, 48 * mib - 450]) await disk.write('?', at);
    }),
  'the image needs the first … bytes, and partition … begins at byte …': () =>
    saving('start=2048, size=4M'),
  'partition … is one that firmware boots from': () => saving('start=81920, size=4M, type=uefi'),

  'the name … is not known to the name server': () => resolving('hosts: files', ''),
  'no name server answers for …': () => resolving('hosts: dns', 'nameserver 127.0.0.1'),
  '… refuses the connection': () => with_('-b', 'http://127.0.0.1:1/x'),
  'the server has no such file (404 Not Found)': () => with_('-b', served('/nothing')),
  'the certificate of … was not issued by a trusted CA': async () => {
    await using server = await startServer({ tls: (await makeCertificates()).good });
    return await with_('-b', `${server.url}/image`);
  },
  'the certificate names … only in its common name (CN), which is not accepted for an address':
    async () => {
      const { authority, commonNameOnly } = await makeCertificates();
      await using server = await startServer({ tls: commonNameOnly });
      const args = [...it.args, '-b', `${server.url}/image`, '--ca-file', '/tmp/authority'];
      return await said({ args, tmpFiles: { authority } });
    },
  '… did not send a valid HTTP response': () => answering('SSH-2.0-OpenSSH_9.2\r\n'),
  '… sent an invalid HTTP response: …': () =>
    answering('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n'),
  '… is a link-local address, and cannot be reached without its interface': () => {
    const url = 'http://[fe80::1]:8080/x';
    const args = ['-d', it.disk.path, '-i', 'skip', '-b', url, '--retry-for', '1s'];
    return said({ args, wrapper: ['unshare', '--net'] });
  },
  'Network: …': async () => {
    // Without the machine's own cards.
    const script = 'mount -t sysfs none /sys; exec sh "$1"';
    const file = join(import.meta.dirname, '../../../dracut/30coreos-installer/network-diagnosis');
    const words = ['--net', '--mount', '--propagation', 'private', 'sh', '-euc', script, 'sh'];
    return (await execa('unshare', [...words, file])).stdout;
  },

  'it is a web page, not a disk image': () => with_('-b', served('/page.html')),
  'it is an ISO image, made for a CD or a USB stick': () => with_('-b', served('/live.iso')),
  'its SHA-256 is …, and … says …': () => with_('--image-hash', `sha256:${'0'.repeat(64)}`),
  'the file ends after … bytes, before its xz data is complete': async () => {
    const bytes = await readFile(it.servedPath);
    return await serving(bytes.subarray(0, bytes.length >> 1));
  },
  'the image ends after … bytes, but its partition table describes …': async () => {
    const bytes = await readFile(it.imagePath);
    return await serving(bytes.subarray(0, 12 * mib));
  },
  'the server re-encodes the file on the way': async () => {
    const headers = { 'Content-Encoding': 'gzip' };
    return await serving(gzipSync(await readFile(it.servedPath)), { headers });
  },
  'the xz data is damaged near byte …': async () => {
    const bytes = await readFile(it.servedPath);
    const at = bytes.length >> 1;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
    return await serving(bytes);
  },
  'no signature was found': () => with_('--dry-run'),

  'Cannot use … as Ignition config: it is a web page': () => with_('-i', served('/page.html')),
  'its version is …, but Fedora CoreOS needs 3.x': () => with_('-i', served('/v2.ign')),
  'nobody will be able to log in': () => with_('--dry-run'),
  'To install it anyway: --check-ignition warn': () => with_('-i', served('/wrong.yaml')),
  'is taken as a part of the text': () => with_('--dry-run', '-i', served('/pasted.yaml')),

  '… has no partition table and will not boot; run the same command again.': () =>
    with_('--image-hash', `sha256:${'0'.repeat(64)}`),
  '… has only its saved … and will not boot; run the same command again.': () =>
    saving('start=81920, size=4M', ['--image-hash', `sha256:${'0'.repeat(64)}`]),
  '… may have a partition table and must not be booted from; run the same command again.':
    async () => {
      const fault = { contentPath: it.imagePath, failsAfterBytes: 0 };
      await using disk = await faultyDisk({ sizeBytes: 48 * mib, ...fault });
      return await said({ args: ['-d', disk.path, ...it.args.slice(2)] });
    },
  'Could not notify … of the result': () => with_('--notify-url', served('/nothing')),
};

/** The messages, each with the code above it, where it is a failure's. */
const messages = readPage('troubleshooting.md').split(/^### /m).slice(1).flatMap(messagesIn);

function messagesIn(section: string): { message: string; code: string | undefined }[] {
  const texts = [...section.matchAll(/^`(.*)`$/gm)].map(([, text = '']) => text);
  const [heading = '', ...others] = texts;
  return others.length === 0
    ? [{ message: heading, code: undefined }]
    : others.map((message) => ({ message, code: heading }));
}

test('every message of the page is tried here', () => {
  expect(messages.map(({ message }) => message)).toEqual(Object.keys(occasions));
});

test.each(messages)('$message', async ({ message, code }) => {
  const pieces = message.split('…').map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const text = (await occasions[message]?.()) ?? '';
  expect(text).toMatch(new RegExp(pieces.join('.+')));
  if (code !== undefined) expect(text).toContain(` [${code}]`);
});
