import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../../../../src/lib/errors.ts';
import { makeFleetDirectory } from '../../../../src/provision/wanted/example-files.ts';
import { importMatchbox } from '../../../../src/provision/wanted/import-matchbox.ts';
import { loadFleet } from '../../../../src/provision/wanted/load-fleet.ts';
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
          'coreos.inst.save_partlabel=data*,logs',
          'coreos.inst.save_partindex=7-',
          'coreos.inst.save_partlabel=db',
          'coreos.inst.image_url=http://h/metal.raw.xz',
          'console=ttyS0,115200n8',
          `ip=\${ip}`,
        ],
      },
    }),
  );
  return fleet;
}

test('groups are lines, and profiles are profiles', async () => {
  using fleet = matchbox();
  const { files, machines } = await importMatchbox(fleet.path);
  expect(machines).toBe(1);
  expect(files['machines.csv']).toBe(
    'name,mac,uuid,serial,profile,domain_name,note,list\nn1,52:54:00:a1:9c:ae,,,worker,n1.example,"a, ""b""",[1]\n',
  );
  expect(
    files['profiles/worker.yaml'],
  ).toBe(`# From a profile of matchbox. Put in what coreos-provision image add prints:
image:  # was http://h/metal.raw.xz
kernel:  # was /assets/vmlinuz
initramfs:  # was --name main /assets/initramfs.img?x: y
device: "/dev/sda"
save_partlabel: ["data*","logs","db"]
save_partindex: ["7-"]
# Write this file; a Go template is no Butane config.
butane: worker.bu  # was worker.yaml
kargs: ["console=ttyS0,115200n8","ip=\${ip}"]
`);
});

test('what is left to do is what loadFleet says of the files', async () => {
  using fleet = matchbox();
  fleet.put('groups/all.json', json({ id: 'all', profile: 'worker', metadata: { 'a b': 1 } }));
  const { files, machines } = await importMatchbox(fleet.path);
  expect(machines).toBe(2);
  using into = new FleetDirectory();
  await makeFleetDirectory(join(into.path, 'new'), files);
  const faults = async () => {
    const error = await loadFleet(join(into.path, 'new')).catch((caught: unknown) => caught);
    return (error as InputError).failure.reasons?.join('\n');
  };
  expect(await faults()).toMatch(
    /profiles\/worker\.yaml:2:.*image: .*\n.*kernel: .*\n.*initramfs: .*\n.*kargs\[1\]: .*\nmachines\.csv:1: error: column 6: "a b"/,
  );
  const table = files['machines.csv']?.replace('"a b"', 'other') ?? '';
  into.put('new/machines.csv', table);
  expect(await faults()).toMatch(/machines\.csv:2: error: mac, uuid and serial are empty/);
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
