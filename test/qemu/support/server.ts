import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ServerOptions, startServer, type TestServer } from '../../support/fault-server.ts';
import { buildMiniCoreos, buildWithNetworkManager, type MiniCoreos } from '../mini-coreos/build.ts';
import { branch } from '../mini-coreos/commits.ts';
import type { Release } from '../mini-coreos/tree.ts';

/** Where the guest sees the server, as in the published guide. */
export const base = 'http://192.0.2.100:8080/container';

/** The path of the image on the server. */
export const imageUrl = `${base}/mini-coreos.raw.xz`;
/** The path of the Ignition config on the server. */
export const configUrl = `${base}/config.json`;

export interface Served {
  /** The Ignition config; a function is called at each request. */
  config?: unknown;
  /** Which of the images; default: the compressed one for 512-byte sectors. */
  image?: 'rawXz' | 'raw4kZst' | 'withNetworkManager';
  /** Which release the branch is at, whenever it is asked for; default: that of the image. */
  release?: () => Release;
  /** More files, by name. */
  files?: Record<string, string | Uint8Array>;
}

/** Serves the image, a config and more files on 127.0.0.1. */
export async function serve(
  served: Served,
  options: Omit<ServerOptions, 'files'> = {},
): Promise<TestServer> {
  const images = await buildMiniCoreos();
  const files: Record<string, Uint8Array> = {
    '/container/mini-coreos.raw.xz': readFileSync(await imageFile(images, served.image)),
  };
  const { config } = served;
  if (config !== undefined) {
    const get = () => Buffer.from(JSON.stringify(typeof config === 'function' ? config() : config));
    Object.defineProperty(files, '/container/config.json', { get });
  }
  for (const [name, content] of Object.entries(served.files ?? {})) {
    files[`/container/${name}`] = typeof content === 'string' ? Buffer.from(content) : content;
  }
  addRepository(files, images, served.release ?? (() => '1'));
  return await startServer({ ...options, files });
}

async function imageFile(images: MiniCoreos, image: Served['image'] = 'rawXz'): Promise<string> {
  return image === 'withNetworkManager' ? await buildWithNetworkManager() : images[image];
}

/** Adds the repository of updates, each file read when it is asked for. */
function addRepository(
  files: Record<string, Uint8Array>,
  { repository, commits }: MiniCoreos,
  release: () => Release,
): void {
  const add = (path: string, get: () => Uint8Array) =>
    Object.defineProperty(files, `/ostree/${path}`, { get, configurable: true });
  for (const path of readdirSync(repository, { recursive: true, encoding: 'utf8' })) {
    add(path, () => readFileSync(join(repository, path)));
  }
  add(`refs/heads/${branch}`, () => Buffer.from(`${commits[release()]}\n`));
}

/** The kernel arguments of an automatic installation from that server. */
export function automatic(device = 'vda'): string[] {
  return [
    'coreos.inst=yes',
    `coreos.inst.install_dev=${device}`,
    `coreos.inst.image_url=${imageUrl}`,
    `coreos.inst.ignition_url=${configUrl}`,
  ];
}
