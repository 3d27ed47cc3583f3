import { readFile } from 'node:fs/promises';
import { compress, type DiskImageOptions, makeDiskImage } from './disk-image.ts';
import { type LoopDevice, loopDevice } from './loop-device.ts';
import { type ServerOptions, startServer, type TestServer } from './servers.ts';

const mib = 1024 * 1024;

/** A config that Ignition accepts, in an unusual spelling: it must arrive byte for byte. */
export const ignitionConfig = '{ "ignition": {"version" : "3.0.0"},\n  "passwd":{} }\n\n';

export interface FixtureOptions {
  readonly image?: Partial<DiskImageOptions>;
  readonly compression?: readonly ['xz' | 'gzip' | 'zstd', ...string[]] | undefined;
  readonly diskSizeBytes?: number;
  readonly sectorSizeBytes?: 512 | 4096;
  readonly server?: Pick<ServerOptions, 'fault'>;
  /** More files to serve. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

export interface Fixture extends AsyncDisposable {
  /** The raw image. */
  readonly imagePath: string;
  /** What is served as `/image`. */
  readonly servedPath: string;
  readonly server: TestServer;
  readonly imageUrl: string;
  readonly ignitionUrl: string;
  readonly disk: LoopDevice;
  /** The options of a plain installation. */
  readonly args: readonly string[];
}

/** Larger than any fixture's image, and a multiple of the sector size only. */
const defaultSizeBytes = (sectorSizeBytes: number) => 48 * mib + 7 * sectorSizeBytes;

/** One image, one server that has it and a config, and one disk full of old bytes. */
export async function fixture(options: FixtureOptions = {}): Promise<Fixture> {
  const [tool, ...toolArgs] = options.compression ?? [
    'xz',
    '-T2',
    `--block-size=${4 * mib - 1501}`,
    '-1',
  ];
  const imagePath = await makeDiskImage({ layout: '2019', fillBytes: 3 * mib, ...options.image });
  const servedPath = await compress(imagePath, tool, toolArgs);
  await using cleanup = new AsyncDisposableStack();
  const disk = cleanup.use(
    await loopDevice({
      sizeBytes: options.diskSizeBytes ?? defaultSizeBytes(options.sectorSizeBytes ?? 512),
      ...(options.sectorSizeBytes ? { sectorSizeBytes: options.sectorSizeBytes } : {}),
    }),
  );
  const server = cleanup.use(
    await startServer({
      ...options.server,
      files: {
        '/image': await readFile(servedPath),
        '/config.ign': Buffer.from(ignitionConfig),
        ...options.files,
      },
    }),
  );
  const imageUrl = `${server.url}/image`;
  const ignitionUrl = `${server.url}/config.ign`;
  const owned = cleanup.move();
  return {
    imagePath,
    servedPath,
    server,
    imageUrl,
    ignitionUrl,
    disk,
    args: ['-d', disk.path, '-i', ignitionUrl, '-b', imageUrl],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
