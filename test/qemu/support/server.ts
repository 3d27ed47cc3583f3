import { readFileSync } from 'node:fs';
import { type ServerOptions, startServer, type TestServer } from '../../support/fault-server.ts';
import { buildMiniCoreos, type MiniCoreos } from '../mini-coreos/build.ts';

/** Where the guest sees the server, as in the published guide. */
export const base = 'http://192.0.2.100:8080/container';

/** The path of the image on the server. */
export const imageUrl = `${base}/mini-coreos.raw.xz`;
/** The path of the Ignition config on the server. */
export const configUrl = `${base}/config.json`;

export interface Served {
  /** The Ignition config. */
  config?: unknown;
  /** Which of the images; default: the compressed one for 512-byte sectors. */
  image?: keyof MiniCoreos;
  /** More files, by name. */
  files?: Record<string, string>;
}

/** Serves the image, a config and more files on 127.0.0.1. */
export async function serve(
  served: Served,
  options: Omit<ServerOptions, 'files'> = {},
): Promise<TestServer> {
  const images = await buildMiniCoreos();
  const files: Record<string, Uint8Array> = {
    '/container/mini-coreos.raw.xz': readFileSync(images[served.image ?? 'rawXz']),
  };
  if (served.config !== undefined) {
    files['/container/config.json'] = Buffer.from(JSON.stringify(served.config));
  }
  for (const [name, text] of Object.entries(served.files ?? {})) {
    files[`/container/${name}`] = Buffer.from(text);
  }
  return await startServer({ ...options, files });
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
