import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ParameterError } from '../lib/errors.ts';

/** COMMAND_LINE_SIZE of x86-64 and arm64 without the zero at its end: the kernel ignores the rest. */
export const kernelCommandLineBytes = 2047;

/** For the arguments of the image: the path of the kernel, the root file system, consoles. */
export const usualForImageBytes = 512;

export interface KernelArgument {
  /** Everything before the first `=`, without the quotes around the whole argument. */
  readonly name: string;
  /** Undefined if there is no `=`; an empty string if nothing follows it. */
  readonly value: string | undefined;
  /** The argument as it was written, quotes included. */
  readonly raw: string;
  /** Of the keyfiles of the installer medium, which are copied in its place: no system boots with it. */
  readonly ofKeyfiles?: boolean;
}

/** The medium's scripts make it of its keyfiles (see media/keyfiles). */
export const keyfileArgumentsName = '05-coreos-keyfiles.conf';

const argumentText = /(?:"[^"]*(?:"|$)|[^"\s])+/g;

/**
 * Splits kernel command line text into arguments as the kernel does (`next_arg` in lib/cmdline.c):
 * a double quote anywhere switches quoting on or off, nothing escapes it, white space outside
 * quotes separates, and only quotes around the whole argument or the whole value are removed.
 *
 * @example parseKernelArguments('quiet a="b c"') // quiet, and a with the value `b c`
 */
export function parseKernelArguments(text: string): KernelArgument[] {
  return (text.match(argumentText) ?? []).map(parseArgument);
}

function parseArgument(raw: string): KernelArgument {
  const quoted = raw.startsWith('"');
  const inner = quoted ? raw.slice(1) : raw;
  // An `=` at the beginning is part of the name.
  const equals = inner.indexOf('=', 1);
  if (equals < 0) return { name: quoted ? withoutLastQuote(inner) : inner, value: undefined, raw };
  let value = inner.slice(equals + 1);
  const valueQuoted = value.startsWith('"');
  if (valueQuoted) value = value.slice(1);
  if (quoted || valueQuoted) value = withoutLastQuote(value);
  return { name: inner.slice(0, equals), value, raw };
}

function withoutLastQuote(text: string): string {
  return text.endsWith('"') ? text.slice(0, -1) : text;
}

/**
 * Reads a boolean argument, of which the last one is used: true without a value or with `1`, `yes`
 * or `on`; false for `0`, `no` or `off`; undefined if absent. Anything else is a `ParameterError`.
 */
export function booleanArgument(
  args: readonly KernelArgument[],
  name: string,
): boolean | undefined {
  const argument = args.findLast((candidate) => candidate.name === name);
  if (argument === undefined) return undefined;
  const value = argument.value === undefined ? true : parseBoolean(argument.value);
  if (value !== undefined) return value;
  throw new ParameterError({
    code: 'kernel-argument-invalid',
    failed: `Cannot understand the kernel argument ${argument.raw}`,
    why: `${name} must be on or off`,
    next: `Use ${name}=1 or ${name}=0, or remove it.`,
  });
}

/** `1`, `yes`, `on` are true, `0`, `no`, `off` are false, anything else is undefined. */
export function parseBoolean(text: string): boolean | undefined {
  if (text === '1' || text === 'yes' || text === 'on') return true;
  if (text === '0' || text === 'no' || text === 'off') return false;
  return undefined;
}

/**
 * All kernel arguments that dracut's `getarg` sees, in its order (`getcmdline` in dracut-lib.sh):
 * drop-ins by name, then `/etc/cmdline`, then `/proc/cmdline`, so that the boot loader
 * wins, except over what dracut itself stores during the boot (since dracut 110). In a file, lines separate
 * arguments as spaces do, and there are no comments.
 * A file that does not exist, as in a container without `/proc`, is skipped.
 */
export async function readKernelArguments(root = '/'): Promise<KernelArgument[]> {
  const paths = [
    ...(await dropIns(join(root, 'etc/cmdline.d'))),
    join(root, 'etc/cmdline'),
    join(root, 'proc/cmdline'),
    ...(await dropIns(join(root, 'run/initramfs/cmdline.d'))),
  ];
  const texts = await Promise.all(paths.map((path) => unlessAbsent(path, readFile(path, 'utf8'))));
  // Each file is parsed separately: an unclosed quote in one must not include the next.
  return texts.flatMap((text, index) => {
    const all = parseKernelArguments((text ?? '').replaceAll('\n', ' '));
    return basename(paths[index] ?? '') === keyfileArgumentsName
      ? all.map((one) => ({ ...one, ofKeyfiles: true }))
      : all;
  });
}

async function dropIns(directory: string): Promise<string[]> {
  const names = (await unlessAbsent(directory, readdir(directory))) ?? [];
  return names
    .filter((name) => name.endsWith('.conf') && !name.startsWith('.'))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((name) => join(directory, name));
}

async function unlessAbsent<T>(path: string, read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw new ParameterError(
      {
        code: 'kernel-arguments-unreadable',
        failed: `Cannot read kernel arguments from ${path}`,
        why: code ?? String(error),
        next: 'Make the file readable or remove it.',
      },
      { cause: error },
    );
  }
}
