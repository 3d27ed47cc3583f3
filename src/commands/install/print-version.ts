import { version } from '../../lib/version.ts';

/** `--version`; with `--verbose` also its parts and the platform. */
export async function printVersion({ verbose }: { readonly verbose: boolean }): Promise<number> {
  const lines = [`coreos-installer ${version}`];
  if (verbose) {
    // Loaded only here: it needs modules of Node that take more time than everything else.
    const { describeLiblzma } = await import('../../native/addon.ts');
    const { trustedKeys } = await import('../../verify/trusted-keys.ts');
    lines.push(
      `Node.js ${process.versions.node}`,
      `liblzma ${describeLiblzma()}`,
      `target ${process.platform}-${process.arch}`,
      ...trustedKeys().map(({ fingerprint, userId }) => `key ${fingerprint} ${userId}`),
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
