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
  expect(left).toEqual([
    'Not imported: the metadata list of group n1, which cannot be a column.',
    'Not imported: the metadata profile of group n1, which cannot be a column.',
    `Not imported: the argument ip=\${ip} of profile worker.`,
    'Profile worker needs an image, a kernel and an initramfs (coreos-provision image add), and a config: write butane/worker.bu (was worker.yaml).',
  ]);
});

test.each([
  ['groups/all.json', json({ id: 'all', profile: 'worker' })],
  ['groups/all.json', json({ id: 'all', profile: 'worker', selector: { mac: 'x', os: 'y' } })],
])('%s with %j is not for one machine', async (name, content) => {
  using fleet = matchbox();
  fleet.put(name, content);
  const { left, machines } = await importMatchbox(fleet.path);
  expect(machines).toBe(1);
  expect(left).toContain(
    'Not imported: group all, which is not for one machine. Name its machines in machines.csv.',
  );
});

test('malformed files end it, each with its name', async () => {
  using fleet = matchbox();
  fleet.put('groups/a.json', '{"id": "a",');
  fleet.put('groups/b.json', json({ id: 'b', selector: { mac: 5 } }));
  fleet.put('profiles/c.json', json({ id: '../c' }));
  mkdirSync(join(fleet.path, 'profiles/d.json'));
  const error = await importMatchbox(fleet.path).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).failure.reasons?.toSorted()).toEqual([
    'groups/a.json: error: it is not JSON.',
    expect.stringMatching(/^groups\/b\.json: error: profile: /),
    expect.stringMatching(/^groups\/b\.json: error: selector\.mac: /),
    'profiles/c.json: error: id: it must consist of letters, digits, . - and _.',
    expect.stringMatching(/^profiles\/d\.json: error: it is not a regular file/),
  ]);
});

test.each([
  ['groups', /^groups: error: it cannot be read \(ENOTDIR\)/],
  ['profiles', /^profiles: error: it cannot be read \(ENOTDIR\)/],
])('a directory that is not one of matchbox: %s', async (name, message) => {
  using fleet = matchbox();
  rmSync(join(fleet.path, name), { recursive: true });
  writeFileSync(join(fleet.path, name), '');
  await expect(importMatchbox(fleet.path)).rejects.toMatchObject({
    failure: { reasons: expect.arrayContaining([expect.stringMatching(message)]) },
  });
});

test('a directory without any profile is not one of matchbox', async () => {
  using fleet = new FleetDirectory();
  await expect(importMatchbox(fleet.path)).rejects.toThrow('profiles: error: there is no profile');
});
