import { expect, test } from 'vitest';
import { networkTrouble } from '../../../src/fetch/http/network-trouble.ts';
import { failureCodes } from '../../../src/lib/failure-codes.ts';
import { scripts } from './scripts.ts';

const url = new URL('http://images.example:8080/metal.raw.xz');
const timeouts = { connectTimeoutMs: 10_000, stallTimeoutMs: 30_000 };
const codeOf = (errno: string) => {
  const name = errno.startsWith('HPE_') ? 'HTTPParserError' : 'Error';
  return networkTrouble({ code: errno, name }, { url, proxy: undefined }, timeouts).code;
};

const offer = 'Press Enter for an emergency shell.';

test('who waits at a console is offered a shell, and told what the network lacks', async () => {
  await using machine = scripts(['tty0', 'ttyS0'], 'Network: no cable.');
  const status = 'step plan\nwaiting network-no-route 0\nwaiting network-no-route 16\n';
  const journal = await machine.run('"$lib/follow" | to_every_console', status);
  expect(journal).toBe(`Network: no cable.\n${offer}\n`);
  expect([machine.shown('tty1'), machine.shown('ttyS0')]).toEqual([journal, journal]);
  expect(machine.started()).toEqual(
    ['tty1', 'ttyS0'].map((name) => `start coreos-installer-shell@${name}.service`),
  );
});

test('a wait of a moment offers nothing', async () => {
  await using machine = scripts(['ttyS0'], 'Network: no cable.');
  await machine.run('"$lib/follow" | to_every_console', 'waiting network-no-route 0\n');
  expect(machine.shown('ttyS0')).toBe('');
  expect(machine.started()).toEqual([]);
});

test('the code of a failure is kept, and that of an earlier run is not', async () => {
  await using machine = scripts(['ttyS0']);
  const kept = (status: string) => machine.run('"$lib/follow"; cat "$state/failure"', status);
  expect(await kept('step plan\nfailed image-not-found 4 untouched\n')).toBe('image-not-found\n');
  expect(await kept('step plan\ninstalled\n')).toBe('');
});

test('the reason, the state of the disk and the command to try are kept', async () => {
  await using machine = scripts(['ttyS0']);
  const kept = async (text: string) => {
    const shown = await machine.run('keep_reason', text);
    expect(shown).toBe(text === '' || text.endsWith('\n') ? text : `${text}\n`);
    return await machine.run('cat "$state/reason"');
  };
  const last = 'Cannot fetch x: y. z.\nNothing was written.\nTry: coreos-installer -d "a\\b"\n';
  expect(await kept(`Warning: x\nWaiting for x: y (for 16 s).\n${last}`)).toBe(last);
  expect(await kept('Killed')).toBe('Killed\n');
  expect(await kept('')).toBe('');
});

test('the installer is run with its status apart from what it says, and waits for the machine', async () => {
  await using machine = scripts(['ttyS0'], 'Network: no cable.');
  machine.program(`
    [ "$*" = "--after-stdin --status-fd 5" ] || exit 99
    echo step plan >&5
    echo out
    read -r _ && exit 98
    echo waiting name-unknown 16 >&5
    printf '%s\\n' 'Warning: x' 'Cannot fetch y.' 'Nothing was written.' 'Try: z' >&2
    echo failed name-unknown 4 untouched >&5
    exit 4`);
  const script = `
    . "$0/lib.sh"; eval "$(sed -n '/^install() {/,/^}/p' "$0/run")"
    prepare() { ls -l /proc/self/fd > "$state/descriptors"; echo prepared; }
    exec 4>&1; install | to_every_console`;
  const said = await machine.run(`bash -uc '${script.replaceAll("'", "'\\''")}' "$lib"`);
  const lines = said.trimEnd().split('\n');
  const own = ['Warning: x', 'Cannot fetch y.', 'Nothing was written.', 'Try: z'];
  expect(lines.toSorted()).toEqual(
    ['Network: no cable.', offer, 'out', 'prepared', ...own].toSorted(),
  );
  expect(lines.filter((line) => own.includes(line))).toEqual(own);
  const kept = await machine.run('cd "$state"; cat exit-code failure reason');
  expect(kept).toBe(`4\nname-unknown\n${own.slice(1).join('\n')}\n`);
  // Nothing of what makes the machine ready holds the status open.
  expect(await machine.run('cat "$state/descriptors"')).not.toMatch(/ 5 -> /);
});

test('a console where a shell was opened shows nothing else; the others do, and the journal', async () => {
  await using machine = scripts(['tty0', 'ttyS0', 'ttyS1']);
  machine.openShell('ttyS0');
  machine.openShell('tty1');
  expect(await machine.run('to_every_console', '40 %\n')).toBe('40 %\n');
  expect(machine.shown('ttyS1')).toBe('40 %\n');
  expect(machine.shown('ttyS0') + machine.shown('tty1')).toBe('');
  await machine.run('to_open_shells', 'Installed.\n');
  expect([machine.shown('tty1'), machine.shown('ttyS0')]).toEqual([
    '\nInstalled.\n',
    '\nInstalled.\n',
  ]);
  expect(machine.shown('ttyS1')).toBe('40 %\n');
});

test.each([
  ...['ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT', 'EADDRNOTAVAIL'],
])('the network is looked at after %s', async (errno) => {
  await using machine = scripts(['ttyS0'], 'Network: no cable.');
  expect(await machine.run(`network_lack ${codeOf(errno)}`)).toBe('Network: no cable.\n');
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_HEADERS_TIMEOUT', 'HPE_INVALID_CONSTANT'])(
  'it is not to blame for %s',
  async (errno) => {
    await using machine = scripts(['ttyS0'], 'Network: no cable.');
    expect(await machine.run(`network_lack ${codeOf(errno)}`)).toBe('');
  },
);

test('nor for anything else that can go wrong', async () => {
  await using machine = scripts(['ttyS0'], 'Network: no cable.');
  const codes = Object.values(failureCodes).flat();
  const text = `for code in ${codes.join(' ')}; do [ -z "$(network_lack $code)" ] || echo $code; done`;
  expect((await machine.run(text)).split('\n').filter(Boolean)).toEqual([
    'name-unknown',
    'name-server-silent',
    'network-no-route',
    'network-host-unreachable',
    'network-connect-timeout',
    'network-failed',
  ]);
});

/** `await_target` of a machine whose disks have changed twice, and then match at that try. */
async function awaitTarget(device: string, matchesAt: number): Promise<string> {
  await using machine = scripts(['ttyS0']);
  machine.program(`
    [ "$1 $2" = "devices --match" ] || exit 99
    echo "$3" >> "$0.tries"
    [ "$(wc -l < "$0.tries")" -ge ${matchesAt} ]`);
  const script = `
    . "$0/lib.sh"
    eval "$(sed -n "/^await_target()/,/^}/p; /^await_match()/,/^}/p; /^matches()/,/^}/p" "$0/run" |
      sed "s,/tmp/selected_dev,$0/none,")"
    printf "#!/bin/sh\\necho header; echo event; exec sleep 9\\n" > "$0/../bin/udevadm"
    chmod +x "$0/../bin/udevadm"
    read_kernel_arguments() { target="${device}"; }
    quiet_seconds=0.2 wait_seconds=2
    await_target; cat "$0"/../bin/*.tries`;
  return await machine.run(`bash -c '${script.replaceAll("'", "'\\''")}' "$lib"`);
}

test('a disk that a rule chooses is waited for until no disk changes any more', async () => {
  const rule = 'bus=nvme,serial=N?';
  expect(await awaitTarget(rule, 1)).toBe(`${rule}\n`);
  const waiting = `Waiting for a disk that matches ${rule}, for at most 30 seconds.\n`;
  expect(await awaitTarget(rule, 3)).toBe(`${waiting}${`${rule}\n`.repeat(3)}`);
  // And no longer than that.
  const lines = (await awaitTarget(rule, 99)).split('\n');
  expect(lines.filter((line) => line !== rule)).toEqual([waiting.trimEnd(), '']);
  expect(lines.length).toBeGreaterThan(3);
  expect(await awaitTarget('largest', 1)).toBe('largest\n');
});

test('the network is waited for, but not for as long as what configures it waits', async () => {
  await using machine = scripts(['ttyS0']);
  const script = `
    . "$0/lib.sh"
    eval "$(sed -n "/^prepare()/,/^}/p" "$0/run")"
    udevadm() { :; }; await_target() { :; }; raise_links() { echo links; }
    printf "#!/bin/sh\\ncase \\$* in is-active*) exit 3 ;; *network-online*) exec sleep 99 ;; esac\\n" > "$0/../bin/systemctl"
    network_seconds=0.2
    prepare`;
  expect(await machine.run(`bash -c '${script.replaceAll("'", "'\\''")}' "$lib"`)).toBe(
    'Waiting for the network, for at most 30 seconds.\nlinks\n',
  );
});
