import { gzipSync } from 'node:zlib';

/** What Ignition takes content from: a data URL. */
interface Resource {
  readonly source: string;
  readonly compression: 'gzip';
}

/** The oldest specification that media with these features know. */
const version = '3.3.0';

function resource(bytes: Uint8Array): Resource {
  const packed = gzipSync(bytes, { level: 9 }).toString('base64');
  return { source: `data:;base64,${packed}`, compression: 'gzip' };
}

export interface Unit {
  readonly name: string;
  readonly contents: string;
}

export interface LiveFile {
  readonly path: string;
  /** In octal: 0o600. */
  readonly mode: number;
  readonly bytes: Uint8Array;
}

export interface ConfigContent {
  /** Whole configs, merged in this order. */
  readonly merge?: readonly Uint8Array[];
  /** CA certificates in PEM, for what Ignition fetches. */
  readonly certificates?: readonly Uint8Array[];
  readonly files?: readonly LiveFile[];
  /** Enabled. */
  readonly units?: readonly Unit[];
}

/** An Ignition config with that content, a newline at its end; undefined for no content. */
export function makeIgnitionConfig(content: ConfigContent): Buffer | undefined {
  const { merge = [], certificates = [], files = [], units = [] } = content;
  if (merge.length + certificates.length + files.length + units.length === 0) return undefined;
  const config = {
    ignition: {
      version,
      ...(merge.length > 0 && { config: { merge: merge.map(resource) } }),
      ...(certificates.length > 0 && {
        security: { tls: { certificateAuthorities: certificates.map(resource) } },
      }),
    },
    ...(files.length > 0 && {
      storage: {
        files: files.map(({ path, mode, bytes }) => ({ path, mode, contents: resource(bytes) })),
      },
    }),
    ...(units.length > 0 && {
      systemd: { units: units.map((unit) => ({ ...unit, enabled: true })) },
    }),
  };
  return Buffer.from(`${JSON.stringify(config)}\n`);
}
