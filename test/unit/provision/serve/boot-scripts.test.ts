import { execa } from 'execa';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseKernelArguments } from '../../../../src/parameters/kernel-cmdline.ts';
import { resolveParameters } from '../../../../src/parameters/resolve.ts';
import type { Decision, MachineQuery } from '../../../../src/provision/rule/control-interface.ts';
import { askingLoop, grubConfig, grubPath } from '../../../../src/provision/serve/grub-config.ts';
import {
  checkArguments,
  installerArguments,
  quoted,
} from '../../../../src/provision/serve/installer-arguments.ts';
import { bootIpxe, ipxeScript } from '../../../../src/provision/serve/ipxe-script.ts';
import { readQuery } from '../../../../src/provision/serve/read-query.ts';
import type { LocalBootMethod } from '../../../../src/provision/wanted/fleet.ts';
import { localBootMethods } from '../../../../src/provision/wanted/fleet.ts';
import { lacks } from '../../../support/needs.ts';
import { machine, smallFleet, worker } from '../../../support/small-fleet.ts';

const id = 'b3a1f0c4-1111-5222-8333-444455556666';
const permit = { id, token: 'Tok-en_1' };
const settings = { url: 'http://192.0.2.1:8080', tlsUrl: 'https://fleet.example:8443' };
const query: MachineQuery = { mac: '52:54:00:00:00:01', uuid: id, serial: 'a b' };
const install: Decision = {
  kind: 'install',
  machine: machine(1),
  profile: worker,
  install: permit,
  assetsUrl: 'http://192.0.2.9',
};
const wait: Decision = {
  kind: 'wait',
  why: 'no slot is free',
  position: 312,
  retryAfterMs: 15_000,
};
const local = (method: LocalBootMethod): Decision => ({
  kind: 'local-boot',
  why: ['it is installed; $(reboot) `x` $', '{y}\nreboot'].join(''),
  method,
});

describe('the kernel arguments', () => {
  const args = installerArguments({ ...install } as never, settings, query);
  const named = new Map(args.map((argument) => argument.split(/=(.*)/s, 2) as [string, string]));

  test('are those of the installer, with the permit in what goes to the server only', () => {
    const server = `https://${id}:${permit.token}@fleet.example:8443`;
    expect(Object.fromEntries(named)).toEqual({
      initrd: 'initramfs.img',
      rootfstype: 'ramfs',
      console: 'ttyS1,115200n8',
      'coreos.inst': 'yes',
      'coreos.inst.install_dev': worker.device,
      'coreos.inst.image_url': `http://192.0.2.9/assets/sha256-${worker.image.sha256}/metal.raw.xz`,
      'coreos.inst.image_hash': `sha256:${worker.image.sha256}`,
      'coreos.inst.ignition_url': `${server}/ignition`,
      'coreos.inst.ignition_hash': `sha512:${machine(1).configSha512}`,
      'coreos.inst.notify_url': `${server}/v1/notice`,
      'coreos.inst.progress_url': `${server}/v1/progress`,
      'coreos.inst.install_id': id,
      BOOTIF: '01-52-54-00-00-00-01',
    });
  });

  test('are understood by the installer, all of them', () => {
    const kernel = parseKernelArguments(args.map(quoted).join(' '));
    const read = resolveParameters({
      options: {},
      files: { directory: '/nonexistent' },
      kernel,
      fileExists: () => true,
    });
    expect(read).toMatchObject({
      device: { value: worker.device },
      imageUrl: { value: named.get('coreos.inst.image_url') },
      installId: { value: id },
      progressUrl: { value: named.get('coreos.inst.progress_url') },
    });
  });

  const refusalOf = (changes: object) => {
    try {
      installerArguments({ ...install, ...changes } as never, { url: settings.url }, query);
      return 'none';
    } catch (error) {
      return (error as Error).message;
    }
  };
  test.each(['a$b', 'a`b', 'a;b', 'a|b', "a'b", 'a\\b', 'a\nb', 'a&b', 'ä'])(
    '%j is refused: boot loaders interpret it',
    (device) => {
      expect(refusalOf({ profile: { ...worker, device } })).toContain('"coreos.inst.install_dev"');
      expect(refusalOf({ assetsUrl: `http://h/${device}` })).toMatch(/URL|none/);
    },
  );
  test('of more than 2047 bytes are refused, when files are loaded already', () => {
    const profile = { ...worker, kargs: [`a=${'x'.repeat(1300)}`] };
    expect(refusalOf({ profile })).toMatch(
      /profile worker: the kernel command line has 2\d+ bytes/,
    );
    expect(refusalOf({ profile: { ...worker, kargs: [`a=${'x'.repeat(700)}`] } })).toBe('none');
    const { settings: own } = smallFleet();
    expect(() => checkArguments(own, worker, install.machine)).not.toThrow();
    expect(() => checkArguments(own, profile, install.machine)).toThrow(
      'the kernel command line has',
    );
  });
});

describe('iPXE', () => {
  test('asks with all identities, and again until there is an answer', () => {
    for (const name of ['mac', 'uuid', 'serial'])
      expect(bootIpxe).toMatch(new RegExp(`[?&]${name}=\\$\\{`));
    expect(bootIpxe).toMatch(
      /^#!ipxe\nset tries:int32 0\n:ask\nchain --timeout 10000 --replace ipxe\?.* \|\|\ninc tries\n/,
    );
  });

  test('gives up after some minutes without an answer, and boots the disk', () => {
    for (const script of [bootIpxe, ipxeScript(wait, settings, query)]) {
      const lines = script.split('\n');
      expect(script).toMatch(/^iseq \$\{tries:int32\} 30 && goto disk \|\|$/m);
      expect(lines.slice(lines.indexOf(':disk')).at(-2)).toBe('exit 1');
      const jumps = lines.filter((line) => line.includes('goto '));
      for (const jump of jumps) expect(jump).toMatch(/goto (ask|disk)/);
    }
  });

  test('loads the installer, and asks again where it cannot', () => {
    const lines = ipxeScript(install, settings, query).split('\n');
    expect(lines[0]).toBe('#!ipxe');
    const kernel = lines.find((line) => line.startsWith('kernel ')) ?? '';
    expect(kernel).toMatch(
      /^kernel http:\/\/192\.0\.2\.9\/assets\/sha256-[0-9a-f]{64}\/vmlinuz initrd=/,
    );
    expect(kernel).toMatch(/ \|\| goto failed$/);
    expect(lines).toContain(
      `initrd --name initramfs.img http://192.0.2.9/assets/sha256-${worker.initramfs.sha256}/initramfs.img || goto failed`,
    );
    const after = lines.slice(lines.indexOf(':failed'));
    expect(after).toContain('sleep 10');
    expect(after).toContain('chain --timeout 10000 --replace boot.ipxe ||');
  });

  test('waits with its position, and boots the disk by the method of the profile', () => {
    expect(ipxeScript(wait, settings, query)).toMatch(
      /^#!ipxe\necho Waiting to be installed: no slot is free, position 312\nsleep 15\nset tries:int32 0\n:ask\nchain .* boot.ipxe /,
    );
    expect(ipxeScript(local('exit'), settings, query)).toMatch(/\nexit 1\n$/);
    expect(ipxeScript(local('sanboot'), settings, query)).toContain(
      'sanboot --no-describe --drive 0x80 ||\nexit 1\n',
    );
  });

  test('gets no more of a sentence than words', () => {
    const [, line] = ipxeScript(local('exit'), settings, query).split('\n');
    expect(line).toBe('echo Booting the disk: it is installed (reboot) x yreboot');
  });
});

describe('GRUB', () => {
  test('loads the installer over HTTP, each argument in quotes', () => {
    const profile = { ...worker, device: 'model=Samsung SSD*' };
    const text = grubConfig({ ...install, profile }, settings, { query, again: false });
    expect(text).toContain(
      `if linux '(http,192.0.2.9)/assets/sha256-${worker.kernel.sha256}/vmlinuz' 'initrd=initramfs.img' `,
    );
    expect(text).toContain("'coreos.inst.install_dev=model=Samsung SSD*'");
    expect(text).toMatch(/; then\nif initrd '\(http,192\.0\.2\.9\)[^']+'; then boot; fi\nfi\n/);
  });

  test('gives the kernel no more than it reads, its own word for the kernel included', () => {
    const profiles = Array.from({ length: 1300 }, (_, size) => ({
      ...worker,
      kargs: [`a=${'x'.repeat(size)}`],
    }));
    const longest = profiles.findLast((profile) => {
      try {
        checkArguments({ ...smallFleet().settings, ...settings }, profile, install.machine);
        return true;
      } catch {
        return false;
      }
    });
    const token = 't'.repeat(43);
    const permitted = { ...install, profile: longest, install: { ...permit, token } } as Decision;
    const script = grubConfig(permitted, settings, { query, again: false });
    const [, kernel = '', words = ''] = /^if linux '(\S+)' (.*); then$/m.exec(script) ?? [];
    const line = `BOOT_IMAGE=${kernel} ${words.replaceAll("'", '')}`;
    expect(line.length).toBeLessThanOrEqual(2047);
    expect(line.length).toBeGreaterThan(1800);
    // Whatever is cut off behind it.
    expect(words).toMatch(/'coreos\.inst=yes' 'coreos\.inst\.install_id=/);
  });

  test('asks again in one loop, which an answer within it does not nest', () => {
    const ask = `source '(http,192.0.2.1:8080)/grub?mac=52:54:00:00:00:01&uuid=${id}&again=1'`;
    const first = grubConfig(wait, settings, { query, again: false });
    expect(first).toMatch(
      /^set tries=\necho 'Waiting to be installed: no slot is free, position 312'\nsleep 15\n/,
    );
    expect(first).toContain(`  ${ask}\n  sleep 15\ndone\n`);
    const plain = grubConfig(wait, settings, { query: { serial: 'abc-1.2' }, again: false });
    expect(plain).toContain(`source '(http,192.0.2.1:8080)/grub?serial=abc-1.2&again=1'`);
    // It has been answered: the loop begins to count again.
    expect(grubConfig(wait, settings, { query, again: true })).toBe(
      "set tries=\necho 'Waiting to be installed: no slot is free, position 312'\n",
    );
  });

  test.each([
    ['without an answer it leaves for the disk', ':', 30],
    ['each answer lets it ask on', '[ $asked = 50 ] && unset sleep && exit 7; tries=', 50],
  ])('%s', async (_, answer, times) => {
    // Its language is the shell’s, as far as the loop uses it.
    const [loop = ''] = askingLoop('answer')
      .join('\n')
      .replaceAll('set tries=', 'tries=')
      .split('\nif search ');
    const shell = `asked=0; sleep() { :; }; source() { asked=$((asked + 1)); ${answer}; }; trap 'echo $asked' EXIT\n${loop}\nexit 1`;
    const { stdout, exitCode } = await execa('bash', ['-c', shell], { reject: false });
    expect(stdout.split('\n').at(-1)).toBe(`${times}`);
    expect(exitCode).toBe(times === 30 ? 1 : 7);
  });

  test('starts the loader on the disk, and leaves to the firmware only without one', () => {
    for (const method of localBootMethods)
      expect(grubConfig(local(method), settings, { query, again: true })).toMatch(
        /\nif search .*EFI-SYSTEM;.* chainloader "\$loader"; boot; fi\ndone\nexit 1\n$/s,
      );
    expect(grubPath('http://h/a?b=c')).toBe('(http,h)/a?b=c');
  });
});

const saving = { savePartlabel: 'data[0-9]*,my data?', savePartindex: '5-7,-3' };

test.skipIf(lacks('grub-script-check'))('GRUB itself understands each of its scripts', async () => {
  const profile = { ...worker, ...saving, device: 'model=Samsung SSD*,size>=100G' };
  for (const decision of [{ ...install, profile }, wait, local('exit'), local('sanboot')])
    for (const again of [false, true]) {
      const input = grubConfig(decision, settings, { query, again });
      const { exitCode, stderr } = await execa('grub-script-check', { input, reject: false });
      expect({ exitCode, stderr }, input).toEqual({ exitCode: 0, stderr: '' });
    }
});

test('a device with a space is one argument to the kernel', () => {
  const profile = { ...worker, device: 'model=Samsung SSD*', kargs: ['a=b,c'] };
  const script = ipxeScript({ ...install, profile }, settings, query);
  const line = /^kernel \S+ (.*) \|\| goto failed$/m.exec(script)?.[1] ?? '';
  const args = parseKernelArguments(line).map(({ name, value }) => [name, value]);
  expect(args).toContainEqual(['coreos.inst.install_dev', 'model=Samsung SSD*']);
  expect(args).toContainEqual(['a', 'b,c']);
});

test('the installer keeps the partitions that the profile names, from either loader', () => {
  const decision = { ...install, profile: { ...worker, ...saving } } as const;
  const lines = [
    /^kernel \S+ (.*) \|\| goto failed$/m.exec(ipxeScript(decision, settings, query))?.[1],
    // GRUB puts an argument with a space into double quotes.
    /^if linux '\S+' (.*); then$/m
      .exec(grubConfig(decision, settings, { query, again: false }))?.[1]
      ?.replaceAll("'", '"'),
  ];
  for (const line of lines) {
    const read = resolveParameters({
      options: {},
      files: { directory: '/nonexistent' },
      kernel: parseKernelArguments(`${line}`),
      fileExists: () => true,
    });
    expect(read.savePartlabel?.value, line).toBe(saving.savePartlabel);
    expect(read.savePartindex?.value, line).toBe(saving.savePartindex);
  }
});

test('nothing that a machine says of itself becomes part of a script', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[\n`$(){};|&'"# a-z]*$/),
  );
  const asked = fc.record({ mac: nasty, uuid: nasty, serial: nasty }, { requiredKeys: [] });
  const known = new Set(
    [wait, install, local('exit')].flatMap((decision) => linesOf(decision, {})),
  );
  fc.assert(
    fc.property(asked, (given) => {
      const read = readQuery(given);
      for (const decision of [wait, install, local('exit')])
        for (const line of linesOf(decision, read)) if (!known.has(line)) throw new Error(line);
    }),
  );
  function linesOf(decision: Decision, read: MachineQuery): string[] {
    return [
      ipxeScript(decision, settings, read),
      grubConfig(decision, settings, { query: read, again: false }),
    ].flatMap((text) =>
      text
        .replace(/ '?BOOTIF=01(-[0-9a-f]{2}){6}'?/, '')
        .replace(/(mac=[0-9a-f:]{17})?&?(uuid=[0-9a-f-]{36})?&?(serial=[\w.-]+)?&again/, '&again')
        .split('\n'),
    );
  }
});
