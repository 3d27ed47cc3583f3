import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../../../../src/lib/errors.ts';
import { importMatchbox } from '../../../../src/provision/wanted/import-matchbox.ts';
import { FleetDirectory } from '../../../support/fleet-directory.ts';

const json = JSON.stringify;

function matchbox(): FleetDirectory {
  const fleet = new FleetDirectory();
  fleet.put(
    'groups/n1.json',
    json({
      id: 'n1',
      name: 'Node 1',
      profile: 'worker',
      selector: { mac: '52:54:00:a1:9c:ae' },
      metadata: { domain_name: 'n1.example', note: 'a, "b"', list: [1], profile: 'x' },
    }),
  );
  fleet.put(
    'profiles/worker.json',
    json({
      id: 'worker',
      ignition_id: 'worker.yaml',
      boot: {
        kernel: '/assets/vmlinuz',
        initrd: ['--name main /assets/initramfs.img\nx: y'],
        args: [
          'initrd=main',
          'coreos.inst.install_dev=sda',
          'coreos.inst.image_url=http://h/metal.raw.xz',
          'console=ttyS0,115200n8',
          `ip=\${ip}`,
        ],
      },
    }),
  );
  fleet.put('ignition/worker.yaml', `variant: fcos\nversion: 1.5.0\nx: \${HOME}\n`);
  return fleet;
}

test('groups are lines, profiles are profiles, and what is left is listed', async () => {
  using fleet = matchbox();
  const { files, machines, left } = await importMatchbox(fleet.path);
  expect(machines).toBe(1);
  expect(files['machines.csv']).toBe(
    'name,mac,uuid,serial,profile,domain_name,note\nn1,52:54:00:a1:9c:ae,,,worker,n1.example,"a, ""b"""\n',
  );
  expect(
    files['profiles/worker.yaml'],
  ).toBe(`# From a profile of matchbox. Put in what coreos-provision image add prints:
image:  # was http://h/metal.raw.xz
kernel:  # was /assets/vmlinuz
initramfs:  # was --name main /assets/initramfs.img?x: y
device: "/dev/sda"
butane: worker.bu
kargs: ["console=ttyS0,115200n8"]
`);
  expect(files['butane/worker.bu']).toBe(`variant: fcos\nversion: 1.5.0\nx: $\${HOME}\n`);
  expect(left).toEqual([
    'The metadata list of group n1 cannot be a column: not imported.',
    'The metadata profile of group n1 cannot be a column: not imported.',
    `The argument ip=\${ip} of profile worker has a placeholder or a quote: not imported.`,
    'Profile worker needs an image, a kernel and an initramfs: coreos-provision image add.',
  ]);
});

test.each([
  [
    'groups/all.json',
    json({ id: 'all', profile: 'worker' }),
    'Group all is for any machine: not imported. Name its machines in machines.csv.',
  ],
  [
    'groups/os.json',
    json({ id: 'os', profile: 'worker', selector: { mac: 'x', os: 'installed' } }),
    'Group os is chosen by os: not imported. Name its machines in machines.csv.',
  ],
  [
    'ignition/worker.yaml',
    'variant: fcos\nx: {{.name}}\n',
    `ignition/worker.yaml has a Go template in line 2: write butane/worker.bu with \${name} instead.`,
  ],
  [
    'ignition/worker.yaml',
    '{"ignition": {}}',
    'ignition/worker.yaml is not a Butane config, or cannot be read: write butane/worker.bu.',
  ],
  [
    'profiles/old.json',
    json({ id: 'old', cloud_id: 'x' }),
    'The key cloud_id in profiles/old.json has no counterpart: not imported.',
  ],
  ['profiles/bare.json', json({ id: 'bare' }), 'Profile bare has no Ignition config.'],
])('%s with %j is reported', async (name, content, line) => {
  using fleet = matchbox();
  fleet.put(name, content);
  const { left, files, machines } = await importMatchbox(fleet.path);
  expect(left).toContain(line);
  expect(machines).toBe(1);
  if (name.startsWith('ignition')) expect(files['butane/worker.bu']).toBeUndefined();
});

test('malformed files end it, each with its name', async () => {
  using fleet = matchbox();
  fleet.put('groups/a.json', '{"id": "a",');
  fleet.put('groups/b.json', json({ id: 'b', selector: { mac: 5 } }));
  fleet.put('profiles/c.json', json({ id: '../c' }));
  mkdirSync(join(fleet.path, 'profiles/d.json'));
  const error = await importMatchbox(fleet.path).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).failure.reasons).toEqual([
    expect.stringMatching(/^groups\/a\.json: error: .*JSON/),
    expect.stringMatching(/^groups\/b\.json: error: profile: /),
    expect.stringMatching(/^groups\/b\.json: error: selector\.mac: /),
    'profiles/c.json: error: id: it must consist of letters, digits, . - and _.',
    expect.stringMatching(/^profiles\/d\.json: error: it is not a regular file/),
  ]);
});

test('a directory that is not one of matchbox', async () => {
  using fleet = matchbox();
  rmSync(join(fleet.path, 'groups'), { recursive: true });
  writeFileSync(join(fleet.path, 'groups'), '');
  await expect(importMatchbox(fleet.path)).rejects.toThrow(/groups: error: ENOTDIR/);
});
