import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Fixture, fixture } from '../../support/fixture.ts';
import { unexpectedDifferences } from '../../support/installed-disk.ts';
import { startSerialPythonServer } from '../../support/servers.ts';
import { Terminal } from '../../support/terminal.ts';

const enter = '\r';
const nameOf = (it: Fixture) => it.disk.path.replace('/dev/', '');
const xterm = { TERM: 'xterm', LANG: 'C.UTF-8' };

async function digestOf(it: Fixture): Promise<string> {
  return createHash('sha256')
    .update(await readFile(it.disk.backingFile))
    .digest('hex');
}

describe('with parameters missing, on a terminal', () => {
  test('questions are asked, answers tried at once, and the plan wants a confirmation', async () => {
    await using it = await fixture();
    await using terminal = await Terminal.start({ args: ['-d', nameOf(it)] });

    await terminal.waitFor('Image (URL or path):');
    terminal.type(enter);
    await terminal.waitFor('An answer is required');
    terminal.type(`${it.imageUrl}x${enter}`);
    await terminal.waitFor(/\b404\b/);
    terminal.type(`\x15${it.ignitionUrl}${enter}`);
    await terminal.waitFor(/Cannot install .*config\.ign/s);
    terminal.type(`\x15${it.imageUrl}${enter}`);

    await terminal.waitFor('Ignition config (URL or path, or skip for none):');
    terminal.type(`${it.imageUrl}${enter}`);
    await terminal.waitFor(/Cannot (use|fetch) .*image/s);
    terminal.type(`\x15${it.ignitionUrl}${enter}`);

    await terminal.waitFor(`Type ${nameOf(it)} to overwrite ${it.disk.path}`);
    expect(terminal.text()).toMatch(/^Current contents: no partition table or file system found$/m);
    terminal.type(`yes${enter}`);
    await terminal.waitFor(`That is not ${nameOf(it)}.`);
    terminal.type(`\x15${nameOf(it)}${enter}`);

    expect(await terminal.exitCode()).toBe(0);
    const words = terminal.text().replaceAll('\n', '');
    expect(words).toContain(
      `To repeat without prompts: coreos-installer -d ${it.disk.path.slice(5)} -i ${it.ignitionUrl} -b ${it.imageUrl}`,
    );
    expect(await unexpectedDifferences(it.imagePath, it.disk.path)).toEqual([]);
  });

  test('an image that is refused keeps no connection, on a server that has but one', async () => {
    await using it = await fixture();
    const directory = await mkdtemp(join(tmpdir(), 'one-connection-'));
    const iso = Buffer.alloc(64 * 1024 * 1024);
    iso.write('CD001', 32_769);
    await writeFile(join(directory, 'iso'), iso);
    await writeFile(join(directory, 'image'), await readFile(it.servedPath));
    await using server = await startSerialPythonServer(directory);
    await using terminal = await Terminal.start({ args: ['-d', nameOf(it), '-i', 'skip'] });
    try {
      await terminal.waitFor('Image (URL or path):');
      terminal.type(`${server.url}/iso${enter}`);
      await terminal.waitFor('it is an ISO image');
      terminal.type(`\x15${server.url}/image${enter}`);
      await terminal.waitFor(`Type ${nameOf(it)} to overwrite ${it.disk.path}`);
      expect(terminal.text()).not.toMatch(/sends no answer|closed the connection/);
      terminal.type('\x03');
      expect(await terminal.exitCode()).toBe(130);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('the disk is chosen from a list, those in use with the reason', async () => {
    await using it = await fixture();
    await using terminal = await Terminal.start({ args: ['-b', it.imageUrl, '-i', 'skip'] });
    await terminal.waitFor('Disk to install to?');
    await terminal.waitFor(`${nameOf(it)}: 48.0 MiB`);
    expect(terminal.text()).toMatch(/is mounted on/);
    terminal.type('\x03');
    expect(await terminal.exitCode()).toBe(130);
  });

  test.each([
    ['Ctrl-C', '\x03', 130, 'Interrupted by SIGINT'],
    ['Ctrl-D', '\x04', 2, 'a prompt was not answered'],
  ])('%s leaves, with the disk untouched', async (_, key, exitCode, words) => {
    for (const env of [xterm, { TERM: 'dumb' }]) {
      await using it = await fixture();
      const before = await digestOf(it);
      await using terminal = await Terminal.start({ args: ['-d', nameOf(it), '-i', 'skip'], env });
      await terminal.waitFor('Image (URL or path):');
      terminal.type(key);
      expect(await terminal.exitCode()).toBe(exitCode);
      expect(terminal.text()).toContain(words);
      expect(terminal.text()).toContain('Nothing was written');
      expect(await digestOf(it)).toBe(before);
    }
  });

  test.each([
    ['-d', (it: Fixture) => ['-d', nameOf(it), '-i', 'skip'], {}, 'Disk to install to?'],
    [
      'its file',
      () => ['-i', 'skip'],
      (it: Fixture) => ({ selected_dev: `${it.disk.path}\n` }),
      'Image (URL or path):',
    ],
    [
      '-d, with another one in its file',
      (it: Fixture) => ['-d', nameOf(it), '-i', 'skip'],
      () => ({ selected_dev: '/dev/null\n' }),
      'Image (URL or path):',
    ],
  ])(
    'a disk by %s that was not confirmed is not written to by the next run',
    async (_, argsOf, files, asked) => {
      await using it = await fixture();
      const before = await digestOf(it);
      const tmpFiles = typeof files === 'function' ? files(it) : files;
      await using refused = await Terminal.start({ args: argsOf(it), tmpFiles });
      await refused.waitFor('Image (URL or path):');
      refused.type(`${it.imageUrl}${enter}`);
      await refused.waitFor(`Type ${nameOf(it)} to overwrite`);
      refused.type('\x03');
      expect(await refused.exitCode()).toBe(130);

      await using next = await Terminal.start({ args: [], tmpFiles: await refused.tmpFiles() });
      await next.waitFor(asked);
      next.type('\x03');
      expect(await next.exitCode()).toBe(130);
      expect(await digestOf(it)).toBe(before);
    },
  );

  test('a disk that was installed to is asked for again by the next run', async () => {
    await using it = await fixture();
    const args = ['-d', nameOf(it), '-i', 'skip', '-b', it.imageUrl];
    await using installed = await Terminal.start({ args });
    expect(await installed.exitCode()).toBe(0);

    const before = await digestOf(it);
    await using next = await Terminal.start({ args: [], tmpFiles: await installed.tmpFiles() });
    await next.waitFor('Disk to install to?');
    next.type('\x03');
    expect(await next.exitCode()).toBe(130);
    expect(await digestOf(it)).toBe(before);
  });

  test('a paste with more lines answers one question only', async () => {
    await using it = await fixture();
    const args = ['-d', nameOf(it), '-i', 'skip'];
    await using terminal = await Terminal.start({ args });
    await terminal.waitFor('Image (URL or path):');
    terminal.type(`${it.imageUrl}\r\n${nameOf(it)}\r\n${nameOf(it)}\r\n`);
    await terminal.waitFor(`Type ${nameOf(it)} to overwrite`);
    terminal.type('\x03');
    expect(await terminal.exitCode()).toBe(130);
    expect(terminal.text()).toContain('Nothing was written');
  });

  test('a terminal that hangs up ends it', async () => {
    await using it = await fixture();
    const before = await digestOf(it);
    await using terminal = await Terminal.start({ args: ['-d', nameOf(it), '-i', 'skip'] });
    await terminal.waitFor('Image (URL or path):');
    terminal.hangUp();
    expect(await terminal.exitCode()).toBeGreaterThan(0);
    expect(await digestOf(it)).toBe(before);
  });

  test('on a serial line, all is ASCII within 80 columns, and NO_COLOR is obeyed', async () => {
    await using it = await fixture();
    await using terminal = await Terminal.start({
      args: ['-i', 'skip'],
      env: { TERM: 'vt220', LANG: 'C', NO_COLOR: '1' },
    });
    await terminal.waitFor('Arrow keys move, Enter chooses.');
    // What wraps fills its line; no words of the program's own are as long.
    expect(terminal.lines()[1]).toMatch(/^Nothing is written until .* confirmed it\.$/);
    await terminal.waitFor(`${nameOf(it)}: 48.0 MiB`);
    terminal.type('\x03');
    expect(await terminal.exitCode()).toBe(130);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing but ASCII was written
    expect(terminal.output).toMatch(/^[\x00-\x7f]*$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin so
    expect(terminal.output).not.toMatch(/\x1b\[[\d;]*m/);
  });

  test('without a cursor to move it goes line by line, in 20 columns too', async () => {
    await using it = await fixture();
    await using terminal = await Terminal.start({
      args: ['-d', nameOf(it), '-i', 'skip'],
      env: { TERM: 'dumb' },
      columns: 20,
    });
    await terminal.waitFor('Image (URL or path):');
    terminal.type(`nonsense\n`);
    await terminal.waitFor(/existing\s+fi/);
    terminal.type(`${it.imageUrl}\n`);
    await terminal.waitFor(/Type loop\d+ to over/);
    terminal.type(`${nameOf(it)}\n`);
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.output).not.toContain('\x1b');
  });

  test('--no-prompt asks nothing', async () => {
    await using terminal = await Terminal.start({ args: ['--no-prompt'] });
    expect(await terminal.exitCode()).toBe(2);
    expect(terminal.text()).toContain('are missing');
  });
});
