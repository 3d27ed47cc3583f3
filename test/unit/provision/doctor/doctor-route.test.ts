import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DhcpMemory } from '../../../../src/provision/dhcp/dhcp-seen.ts';
import { ControlAt } from '../../../support/control-at.ts';
import { FakeControl, machineView } from '../../../support/fake-control.ts';
import { fleetOf, machineNumbered, uuidOf } from '../../../support/fleet.ts';
import { provisionServer } from '../../../support/provision-server.ts';
import { provision } from '../../../support/running-server.ts';

const mac = '52:54:00:00:00:01';

/** By the command line. */
async function doctor(directory: string, words: string) {
  await writeFile(join(directory, 'fleet.yaml'), '');
  return await provision('doctor', directory, words);
}

test('doctor shows what the server knows, from the first request', async () => {
  const control = new FakeControl();
  const [state, macs, atMs] = ['queued', [mac], 0] as const;
  const data = { why: 'no slot' };
  const machine = 'node-1';
  control.change(
    { machines: [machineView(1, { name: machine, state, macs, heardMs: 0 })] },
    { seq: 1, atMs, kind: 'waited', machine, actor: 'machine', data },
  );
  const dhcp = new DhcpMemory(() => undefined);
  dhcp.read(`dnsmasq-dhcp: 1 DHCPDISCOVER(lan) ${mac}`, 1000);
  dhcp.read('dnsmasq-dhcp: 1 tags: ipxe, bios, lan', 1000);
  await using server = await provisionServer(control, { dhcp });
  const { stdout } = await doctor(server.directory, '52-54-00-00-00-01');
  expect(stdout.trim().split('\n')).toEqual([
    'DHCP      ok       asked by iPXE at 1970-01-01T00:00:01Z',
    'loader    ok       iPXE runs, seen at 1970-01-01T00:00:01Z',
    'script    ok       heard of it last at 1970-01-01T00:00:00Z',
    'decision  missing  it waits: no slot',
    'token     missing  its config was not fetched',
    'progress  missing  it has not reported',
    'result    missing  none yet',
    'booted    ?        its system has not reported; only profiles with phone_home do',
    'Next: Wait; status shows the slots.',
  ]);
});

test('of a server without dnsmasq, and of a machine that nobody knows', async () => {
  await using server = await provisionServer(new FakeControl());
  const { stdout } = await doctor(server.directory, mac);
  expect(stdout).toMatch(/^DHCP +\? +the server runs no dnsmasq/);
  expect(stdout).toMatch(/^Next: Check .*, and that machines\.csv has its MAC address\.$/m);
});

test('a machine whose line has no MAC address is known by the one it asked with, also after a restart', async () => {
  const identity = { macs: [], uuid: uuidOf(1) };
  const at = new ControlAt(fleetOf([machineNumbered(1, { identity })]));
  at.ask(1, undefined, { mac, uuid: uuidOf(1) });
  at.restart();
  await using server = await provisionServer(at.control);
  const { stdout } = await doctor(server.directory, mac);
  expect(stdout).toMatch(/^decision +ok +it may install, attempt 1, at /m);
  expect(at.view(1).macs).toEqual([mac]);
  // Its network card was replaced.
  at.ask(1, undefined, { mac: '52:54:00:00:00:99', uuid: uuidOf(1) });
  expect(at.view(1).macs).toEqual(['52:54:00:00:00:99']);
});

test('a word that is no MAC address, and no server, are named', async () => {
  await using server = await provisionServer(new FakeControl());
  expect(await doctor(server.directory, 'n1')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/Cannot look for "n1": .*Give a MAC address/),
  });
  const other = join(server.directory, 'other');
  await mkdir(other);
  expect(await doctor(other, mac)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Start coreos-provision serve'),
  });
});
