import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { ParameterError } from '../lib/errors.ts';
import { notRoot } from '../lib/not-root.ts';
import { foreignFile, noFileByError } from '../lib/own-file.ts';
import { settleAll } from '../lib/promises.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { readSmallFile, UnusableFileError } from '../lib/small-file.ts';
import { parseBoolean } from './kernel-cmdline.ts';
import type { ValueParameter } from './parameter-kinds.ts';
import {
  allParameters,
  type FlagKey,
  flagKeys,
  type ParameterKey,
  type ValueKey,
  valueKeys,
  valueParameters,
} from './parameters.ts';

const argumentsKeys = ['additionalOptions', 'networkingOptions', 'ignoredArguments'] as const;
type ArgumentsKey = (typeof argumentsKeys)[number];
export type ParameterFileKey = ParameterKey | ArgumentsKey;

/**
 * The content of the files. An absent file is undefined, and so is an empty one for a value. The
 * others contain kernel arguments; an empty file means none.
 */
export type ParameterFiles = { readonly directory: string } & {
  readonly [Key in ValueKey | ArgumentsKey]?: string | undefined;
} & { readonly [Key in FlagKey]?: boolean | undefined };

const files: Readonly<Record<ParameterFileKey, { readonly file: string }>> = {
  ...allParameters,
  additionalOptions: { file: 'additional_opts' },
  networkingOptions: { file: 'networking_opts' },
  ignoredArguments: { file: 'ignored_args' },
};

const sizeLimitBytes = 8 * 1024;

/** Reads all parameter files. One that cannot be trusted or understood is a `ParameterError`. */
export async function readParameterFiles(directory = '/tmp'): Promise<ParameterFiles> {
  const read = async <T>(keys: readonly ParameterFileKey[], one: (path: string) => Promise<T>) =>
    Object.fromEntries(
      await settleAll(
        keys.map(async (key) => [key, await one(parameterFilePath(key, directory))] as const),
      ),
    );
  return {
    directory,
    ...(await readValues(directory)),
    ...(await read(flagKeys, readFlag)),
    ...(await read(argumentsKeys, readArguments)),
  };
}

export function parameterFilePath(key: ParameterFileKey, directory: string): string {
  return join(directory, files[key].file);
}

/** Replaces a parameter file as a whole, readable by its owner only. */
export async function writeParameterFile(
  key: ParameterFileKey,
  value: string,
  directory = '/tmp',
): Promise<void> {
  const path = parameterFilePath(key, directory);
  const existing = await lstat(path).catch(() => undefined);
  if (existing !== undefined) refuseForeign(path, existing);
  try {
    await replaceFile(path, `${value}\n`);
  } catch (error) {
    throw cannot(
      'unwritable',
      'write',
      path,
      (error as NodeJS.ErrnoException).code ?? String(error),
      error,
    );
  }
}

async function readValues(directory: string): Promise<Partial<Record<ValueKey, string>>> {
  return Object.fromEntries(
    await settleAll(
      valueKeys.map(async (key) => {
        const path = parameterFilePath(key, directory);
        return [key, await readValue(path, valueParameters[key])] as const;
      }),
    ),
  );
}

/** The first line is the value; of a list each line is one. */
async function readValue(
  path: string,
  { repeated: list, neverEmpty }: ValueParameter,
): Promise<string | undefined> {
  const text = await readTrusted(path);
  if (text === undefined) return undefined;
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const values = lines.filter((line) => line !== '').slice(0, list ? undefined : 1);
  for (const value of values) {
    refuseControlCharacters(path, value);
    if (list?.objection?.(value) !== undefined)
      throw cannot('invalid', 'understand', path, 'a double quote in it is not closed');
  }
  if (values.length === 0) {
    if (neverEmpty) throw cannot('invalid', 'use', path, neverEmpty);
    return undefined;
  }
  return list ? list.join(values) : values[0];
}

async function readArguments(path: string): Promise<string | undefined> {
  const text = await readTrusted(path);
  const value = text?.trim().replaceAll(/\s+/g, (space) => (/[\r\n]/.test(space) ? ' ' : space));
  if (value !== undefined) refuseControlCharacters(path, value.replaceAll('\t', ' '));
  return value;
}

async function readFlag(path: string): Promise<boolean | undefined> {
  const text = await readTrusted(path);
  if (text === undefined) return undefined;
  const word = text.trim();
  const value = word === '' ? true : parseBoolean(word);
  if (value === undefined)
    throw cannot('invalid', 'understand', path, 'it contains neither 1 nor 0');
  return value;
}

/** All users can write to `/tmp`. Undefined if there is none; `ParameterError` for one that cannot be trusted. */
export async function readTrusted(path: string): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    const judge = (stats: Stats) => refuseForeign(path, stats);
    bytes = await readSmallFile(path, sizeLimitBytes, { judge });
  } catch (error) {
    if (error instanceof ParameterError) throw error;
    if (error instanceof UnusableFileError) throw cannot('invalid', 'use', path, error.message);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    // What root has kept there is for root.
    if (code === 'EACCES' && process.geteuid?.() !== 0) throw notRoot(error);
    const kind = noFileByError(error as Error);
    const why = kind ?? code ?? String(error);
    throw cannot(kind === undefined ? 'unreadable' : 'untrusted', 'use', path, why, error);
  }
  try {
    // Also removes a byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw cannot('invalid', 'understand', path, 'it is not UTF-8 text', error);
  }
}

function refuseForeign(path: string, stats: Stats): void {
  const why = foreignFile(stats, [0, process.geteuid?.() ?? 0]);
  if (why !== undefined) throw cannot('untrusted', 'use', path, why);
  const others = 0o002;
  const group = stats.gid === 0 ? 0 : 0o020;
  if ((stats.mode & (others | group)) !== 0)
    throw cannot('untrusted', 'use', path, 'users other than root can write to it');
}

function refuseControlCharacters(path: string, value: string): void {
  if (/\p{Cc}/u.test(value))
    throw cannot('invalid', 'understand', path, 'it contains control characters');
}

type Kind = 'untrusted' | 'invalid' | 'unreadable' | 'unwritable';

function cannot(
  kind: Kind,
  doWhat: string,
  path: string,
  why: string,
  cause?: unknown,
): ParameterError {
  const code = `parameter-file-${kind}` as const;
  const next = `Remove ${path}, or write the value to it again.`;
  return new ParameterError({ code, failed: `Cannot ${doWhat} ${path}`, why, next }, { cause });
}
