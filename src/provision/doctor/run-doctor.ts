import { readFile } from 'node:fs/promises';
import { request } from 'undici';
import { safeParse } from 'valibot';
import { ParameterError } from '../../lib/errors.ts';
import { say } from '../../ui/output.ts';
import type { MachineAnswer } from '../api.ts';
import type { DhcpSeen } from '../dhcp/dhcp-seen.ts';
import { dhcpSeenPath } from '../dhcp/start-dhcp.ts';
import type { FleetView } from '../model.ts';
import { macAddress } from '../wanted/identity.ts';
import { diagnose, type Facts } from './diagnose.ts';

/** Prints a line for each link, and the next step; `url` is that of the server. */
export async function runDoctor(directory: string, url: string, given: string): Promise<void> {
  const mac = macOf(given);
  const [dhcp, server] = [await readSeen(directory, mac), await askServer(url, mac)];
  const links = diagnose({ url, dhcp, server });
  for (const { name, state, says } of links)
    say(`${name.padEnd(9)} ${(state === 'unknown' ? '?' : state).padEnd(8)} ${says}`);
  const wrong = links.find(({ state }) => state === 'missing' || state === 'failed');
  if (wrong?.next !== undefined) say(`Next: ${wrong.next}`);
}

function macOf(text: string): string {
  const { success, output, issues } = safeParse(macAddress, text);
  if (success) return output;
  throw new ParameterError({
    code: 'invalid-network-value',
    failed: `Cannot look for ${JSON.stringify(text)}`,
    why: issues[0].message,
    next: 'Give a MAC address such as 52:54:00:00:00:01.',
  });
}

async function readSeen(directory: string, mac: string): Promise<Facts['dhcp']> {
  const path = dhcpSeenPath(directory);
  const file = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new ParameterError({
      code: 'not-root',
      failed: `Cannot read ${path}`,
      why: error.message,
      next: 'Run this as root, or as the user of the server.',
    });
  });
  if (file === undefined) return undefined;
  const all = JSON.parse(file) as readonly DhcpSeen[];
  return { seen: all.find((one) => one.mac === mac) };
}

async function askServer(url: string, mac: string): Promise<Facts['server']> {
  try {
    const view = await fetched<FleetView>(`${url}/api/v1/machines`);
    const machine = view.machines.find(({ macs, name }) => macs.includes(mac) || name === mac);
    if (machine === undefined) return { machine, events: [], fleetHeld: view.held };
    const path = `/api/v1/machines/${encodeURIComponent(machine.name)}`;
    return { ...(await fetched<MachineAnswer>(`${url}${path}`)), fleetHeld: view.held };
  } catch (error) {
    return { failure: `${url} does not answer: ${(error as Error).message}` };
  }
}

async function fetched<T>(url: string): Promise<T> {
  const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(10_000) });
  if (statusCode === 200) return (await body.json()) as T;
  await body.dump();
  throw new Error(`status ${statusCode}`);
}
