import { describe, expect, test } from 'vitest';
import { type Fixture, fixture } from '../../support/fixture.ts';
import { runInstaller } from '../../support/installer.ts';
import { slowFixture } from '../../support/slow-fixture.ts';
import { Terminal } from '../../support/terminal.ts';

const steps = [
  /^Checking the target/,
  /^Checked in \d+\.\d s\.$/,
  /^Writing the image/,
  /^Written in \d+\.\d s\.$/,
  /^Configuring the first boot/,
  /^Configured in \d+\.\d s\.$/,
  /^Making the disk bootable/,
  /^Made bootable in \d+\.\d s\.$/,
  /^Installed in \d+\.\d s\.$/,
];

describe('without a terminal', () => {
  test('each step is told with its time, then what is where, and what happens next', async () => {
    await using it = await fixture();
    const { stdout, exitCode } = await runInstaller({ args: it.args });
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    const found = steps.map((step) => lines.findIndex((line) => step.test(line)));
    expect(found).not.toContain(-1);
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(stdout).toContain(`  Image:        ${it.imageUrl}\n`);
    expect(stdout).toMatch(/^ {2}SHA-256: +[0-9a-f]{64}$/m);
    expect(lines.at(-1)).toMatch(/^Next: reboot\./);
  });

  test('a line every few seconds tells percent, rates and the time left', async () => {
    await using it = await slowFixture();
    const onOutput = (text: string) => {
      if (text.includes(' % ')) it.hurry();
    };
    const { stdout, exitCode } = await runInstaller({ args: it.args, onOutput });
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n').filter((line) => line.includes(' % '));
    expect(lines[0]).toMatch(
      /^ *[1-9]\d\.\d % {2}received [\d.]+ of [\d.]+ MiB \([\d.]+ MiB\/s\), on disk [\d.]+ MiB \([\d.]+ MiB\/s\), 0:\d\d left$/,
    );
    expect(lines.at(-1)).toMatch(/^100\.0 % .*0:00 left$/);
    expect(stdout).not.toContain('\x1b');
  });

  test('--quiet tells nothing of a success, and all of a failure', async () => {
    await using it = await fixture();
    const quiet = [...it.args, '--quiet', '--check-ignition', 'off'];
    const good = await runInstaller({ args: quiet });
    expect(good).toMatchObject({ exitCode: 0, stdout: '' });
    expect(good.stderr).toMatch(/^(Warning: .*\n?)*$/);
    const bad = await runInstaller({ args: [...quiet, '-b', `${it.imageUrl}x`] });
    expect(bad.stdout).toBe('');
    expect(bad.stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^Cannot fetch .*404/),
      `Nothing was written to ${it.disk.path}. [image-not-found]`,
      expect.stringMatching(/^Try: coreos-installer -d /),
    ]);
  });
});

describe('--progress json', () => {
  test('prints one object a line, from begin to installed', async () => {
    await using it = await slowFixture();
    const args = [...it.args, '--progress', 'json'];
    let seen = '';
    const onOutput = (text: string) => {
      seen += text;
      // The last one comes when all has.
      if (seen.split('"progress"').length > 2) it.hurry();
    };
    const { stdout, stderr, exitCode } = await runInstaller({ args, onOutput });
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    const events = stdout.split('\n').map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: 'begin', schemaVersion: 1 });
    const kinds = events.map(({ event, step }) => [event, step].filter(Boolean).join(' '));
    expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
      'begin',
      'parameters',
      'step-begins plan',
      'step-ends plan',
      'plan',
      'step-begins write',
      'progress',
      'step-ends write',
      'step-begins configure',
      'step-ends configure',
      'step-begins commit',
      'step-ends commit',
      'installed',
    ]);
    expect(events.find(({ event }) => event === 'plan')).toMatchObject({
      target: { path: it.disk.path, willBeLost: { partitions: [] } },
      image: { source: it.imageUrl, format: 'xz', sectorSizeBytes: 512 },
      config: { source: it.ignitionUrl, version: '3.0.0' },
    });
    const progress = events.filter(({ event }) => event === 'progress');
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.at(-1)).toMatchObject({ percent: 100, leftMs: 0 });
    const decoded: number[] = progress.map(({ decodedBytes }) => decodedBytes);
    expect(decoded).toEqual(decoded.toSorted((a, b) => a - b));
    expect(decoded.at(-1)).toBe(events.at(-1).image.sizeBytes);
    expect(events.at(-1)).toMatchObject({
      event: 'installed',
      target: { path: it.disk.path },
      image: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  test('ends with failed, which also people can read on standard error', async () => {
    await using it = await fixture();
    const args = ['-d', it.disk.path, '-i', 'skip', '--progress', 'json'];
    const { stdout, stderr, exitCode } = await runInstaller({
      args: [...args, '-b', 'http://core:secret@127.0.0.1:1/x', '--retry-for', '1s'],
    });
    expect(exitCode).toBe(4);
    const events = stdout.split('\n').map((line) => JSON.parse(line));
    expect(events.find(({ event }) => event === 'waiting')).toMatchObject({
      code: 'connection-refused',
    });
    expect(events.at(-1)).toMatchObject({
      event: 'failed',
      code: 'connection-refused',
      exitCode: 4,
      target: it.disk.path,
      diskState: 'untouched',
      command: expect.stringMatching(/^coreos-installer -d /),
    });
    expect(stderr).toContain(' [connection-refused]\n');
    expect(stdout + stderr).not.toContain('secret');
  });
});

describe.concurrent('on a terminal', () => {
  const start = (it: Fixture, options: Omit<Parameters<typeof Terminal.start>[0], 'args'> = {}) =>
    Terminal.start({ args: it.args, ...options });

  test('a bar is drawn, and leaves no trace when it is done', async () => {
    await using it = await slowFixture();
    await using terminal = await start(it);
    await terminal.waitFor(/\[█+░+\] +\d\d % {2}0:\d\d left\nreceived [\d.]+ of/);
    expect(terminal.lines().filter((line) => line.includes('█'))).toHaveLength(1);
    it.hurry();
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.text()).not.toMatch(/█|received/);
    expect(terminal.text()).toMatch(/Written in .*\n.*\nConfigured in/);
  });

  test('without UTF-8 it is made of ASCII, in 20 columns too, and follows a resize', async () => {
    await using it = await slowFixture();
    await using terminal = await start(it, { columns: 20, rows: 24, env: { TERM: 'vt220' } });
    await terminal.waitFor(/\[#+-+\] +\d\d %\nreceived/);
    expect(Math.max(...terminal.lines().map((line) => line.length))).toBeLessThanOrEqual(20);
    terminal.resize(100, 30);
    await terminal.waitFor(/\[#+-{30,}\] +\d+ % {2}0:\d\d left\nreceived .*on disk/);
    it.hurry();
    expect(await terminal.exitCode()).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing but ASCII was written
    expect(terminal.output).toMatch(/^[\x00-\x7f]*$/);
  });

  test.each([{ TERM: 'dumb' }, {}])('%j gets lines, without one escape', async (env) => {
    await using it = await slowFixture();
    await using terminal = await start(it, { env });
    await terminal.waitFor(/\d % {2}received/);
    it.hurry();
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.text()).toMatch(/\d % {2}received/);
    expect(terminal.output).not.toContain('\x1b');
  });

  test('a width of 0, as serial lines report it, counts as 80', async () => {
    await using it = await slowFixture();
    await using terminal = await start(it, { columns: 0, rows: 0, env: { TERM: 'vt220' } });
    await terminal.waitFor(/\[#+-+\] +\d+ % {2}0:\d\d left\nreceived .*on disk/);
    it.hurry();
    expect(await terminal.exitCode()).toBe(0);
  });

  // Alone: what stands there for two seconds must be read meanwhile.
  test.sequential('what is waited for stands there while it is waited for', async () => {
    await using it = await fixture();
    await using terminal = await Terminal.start({
      args: [...it.args, '-b', 'http://127.0.0.1:1/metal.raw', '--retry-for', '2s'],
    });
    await terminal.waitFor(/^Waiting \(\d s\): 127.0.0.1:1 refuses the connection/m);
    expect(await terminal.exitCode()).toBe(4);
    expect(terminal.text()).not.toContain('Waiting (');
    const words = terminal.text().replaceAll('\n', '');
    expect(words).toMatch(/Try: coreos-installer -d .*metal\.raw --retry-for 2s$/);
  });
});
