import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { DhcpMemory } from '../../src/provision/dhcp/dhcp-seen.ts';
import type { Control } from '../../src/provision/rule/control-interface.ts';
import { createApp } from '../../src/provision/serve/create-app.ts';
import type { StreamLimits } from '../../src/provision/serve/event-stream.ts';
import { type Listen, listen, stopListening } from '../../src/provision/serve/listen.ts';
import { createOperatorToken, findOperator } from '../../src/provision/serve/operator-tokens.ts';
import type { Fleet } from '../../src/provision/wanted/fleet.ts';
import { smallFleet } from './small-fleet.ts';

/** The server at 127.0.0.1 and at its socket, with a fleet's directory of its own. */
export async function provisionServer<Given extends Control>(
  control: Given,
  options: {
    readonly fleet?: Fleet;
    readonly stream?: StreamLimits;
    readonly dhcp?: DhcpMemory;
    readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'provision-'));
  const state = join(directory, 'state');
  await mkdir(join(directory, 'assets'));
  const token = createOperatorToken(state, 'alice');
  const logged: string[] = [];
  const { settings } = options.fleet ?? smallFleet();
  const app = await createApp({
    control,
    settings: () => settings,
    assetsDirectory: join(directory, 'assets'),
    operatorOf: (text) => findOperator(state, text),
    log: (line) => logged.push(line),
    dhcp: options.dhcp,
    ...(options.stream && { stream: options.stream }),
  });
  const at: Listen = {
    host: '127.0.0.1',
    port: 0,
    ...(options.tls && { tls: options.tls }),
  };
  const socket = join(state, 'control.sock');
  const open = await listen(app, at);
  const ownersOnly = await listen(app, { path: socket });
  const servers = [open, ownersOnly];
  const { port } = open.address() as AddressInfo;
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const agent = new Agent();
  const local = new Agent({ connect: { socketPath: socket } });

  const ask = async (
    path: string,
    {
      method = 'GET',
      headers = {},
      body,
      by = agent,
    }: {
      method?: 'GET' | 'POST' | 'HEAD' | 'PUT';
      headers?: Record<string, string>;
      body?: string | undefined;
      by?: Agent;
    } = {},
  ) => {
    const answer = await request(`${url}${path}`, {
      method,
      headers,
      dispatcher: by,
      body: body ?? null,
    });
    const text = await answer.body.text();
    const json = () => JSON.parse(text);
    return { status: answer.statusCode, headers: answer.headers, text, json };
  };
  return {
    ...{ control, url, port, directory, state, socket, token, logged, ask, local },
    bearer: { authorization: `Bearer ${token}` },
    addAsset: async (path: string, content: string) => {
      const file = join(directory, 'assets', path);
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, content);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([agent.destroy(), local.destroy()]);
      await app.close();
      await stopListening(servers);
      await rm(directory, { recursive: true });
    },
  };
}

export const basic = (id: string, token: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${token}`).toString('base64')}`,
});
