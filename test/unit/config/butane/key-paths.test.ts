import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localFilesIn } from '../../../../src/config/butane/local-files.ts';
import { configType } from '../../../../src/config/butane/schema.ts';
import {
  isRequired,
  type MappingType,
  type Type,
} from '../../../../src/config/butane/schema-types.ts';
import { translate } from '../../../../src/config/butane/translate.ts';
import { newestMinor } from '../../../../src/config/butane/versions.ts';

type Path = readonly (string | 0)[];

const minors = Array.from({ length: newestMinor + 1 }, (_, minor) => minor);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'key-paths-'));
  writeFileSync(join(directory, 'x'), '{"ignition":{"version":"3.0.0"}}');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** All keys of a version, each mapping and list on the way counted too. */
function* keyPaths(type: Type, minor: number, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof type === 'string') return;
  if ('item' in type) yield* keyPaths(type.item, minor, [...path, 0]);
  else
    for (const [key, field] of Object.entries(type.fields))
      if (field.since <= minor && !field.generated)
        yield* keyPaths(field.type, minor, [...path, key]);
}

const samples = { text: 'x', number: 1, flag: true } as const;

/** A config that says as little as it can, and something at that path. */
function configWith(path: Path, minor: number, type: Type = configType): unknown {
  const [step, ...rest] = path;
  if (typeof type === 'string') return samples[type];
  if ('item' in type) return step === undefined ? [] : [configWith(rest, minor, type.item)];
  const config: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(type.fields))
    if (key === step || isRequired(field, minor))
      config[key] = configWith(key === step ? rest : [], minor, field.type);
  return config;
}

const typed = (path: Path): Type =>
  path.reduce<Type>((type, step) => {
    if (typeof type === 'string') throw new Error('there is nothing below a scalar');
    if ('item' in type) return type.item;
    const field = type.fields[String(step)];
    if (field === undefined) throw new Error(`there is no ${step}`);
    return field.type;
  }, configType);

const told = (config: unknown, minor: number) => {
  const text = JSON.stringify({ ...(config as object), variant: 'fcos', version: `1.${minor}.0` });
  const { findings } = translate(Buffer.from(text), localFilesIn(directory));
  return findings.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
};

/** What is odd about the samples, rather than about the keys. */
const aboutSamples =
  /the layout must be one of|needs at least two devices|with_mount_unit needs|not a directory|only IBM Z|laid out for|nothing is encrypted|a mirror needs a layout|must be mounted at|without a number/;

test.each(minors)('every key of version 1.%i.0 is read', (minor) => {
  const paths = [...keyPaths(configType, minor)];
  expect(paths.length).toBeGreaterThan(100);
  const wrong = paths.flatMap((path) =>
    told(configWith(path, minor), minor)
      .filter((finding) => !aboutSamples.test(finding))
      .map((finding) => `${path.join('.')}: ${finding}`),
  );
  expect(wrong).toEqual([]);
});

/** Where contents may stand, and since when; as the specifications say. */
const resources: readonly (readonly [path: string, since: number, inlineSince: number])[] = [
  ['ignition.config.merge.0', 0, 1],
  ['ignition.config.replace', 0, 1],
  ['ignition.security.tls.certificate_authorities.0', 0, 1],
  ['storage.files.0.contents', 0, 0],
  ['storage.files.0.append.0', 0, 0],
  ['storage.luks.0.key_file', 2, 2],
];

test('contents stand nowhere else', () => {
  const found = [...keyPaths(configType, newestMinor)].filter((path) => {
    const type = typed(path);
    return typeof type === 'object' && 'fields' in type && 'inline' in (type as MappingType).fields;
  });
  expect(found.map((path) => path.join('.')).toSorted()).toEqual(
    resources.map(([path]) => path).toSorted(),
  );
});

test.each(
  minors.flatMap((minor) =>
    resources
      .filter(([, since]) => since <= minor)
      .map(([path, , inlineSince]) => [minor, path, inlineSince] as const),
  ),
)('in 1.%i.0, %s takes source, inline or local alone', (minor, path, inlineSince) => {
  const at = path.split('.').map((step) => (step === '0' ? 0 : step));
  const take = (key: string) => told(configWith([...at, key], minor), minor);
  expect(take('source')).toEqual([]);
  expect(take('inline')).toEqual(
    minor >= inlineSince ? [] : expect.arrayContaining([expect.stringContaining('no such key')]),
  );
  expect(take('local')).toEqual(
    minor >= 1 ? [] : expect.arrayContaining([expect.stringContaining('no such key')]),
  );
});
