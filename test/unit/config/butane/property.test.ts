import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { goJson } from '../../../../src/config/butane/go-json.ts';
import { configType, ignitionName } from '../../../../src/config/butane/schema.ts';
import {
  isRequired,
  type MappingType,
  type Type,
} from '../../../../src/config/butane/schema-types.ts';
import { translate } from '../../../../src/config/butane/translate.ts';
import { versionsOf } from '../../../../src/config/butane/versions.ts';
import { realVerdicts } from '../../../support/ignition-validate.ts';
import { lacks } from '../../../support/needs.ts';

/** Any config of that version, as far as the types go, with its Ignition config. */
interface Pair {
  readonly yaml: unknown;
  readonly ignition: unknown;
}

const scalars = {
  text: fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text.isWellFormed()),
  number: fc.integer({ min: 1, max: 2 ** 31 }),
  flag: fc.boolean(),
} as const;
const same = (value: unknown): Pair => ({ yaml: value, ignition: value });

function pairOf(type: Type, minor: number): fc.Arbitrary<Pair> {
  if (typeof type === 'string') return scalars[type].map(same);
  if ('item' in type)
    return fc.array(pairOf(type.item, minor), { minLength: 1, maxLength: 2 }).map((pairs) => ({
      yaml: pairs.map(({ yaml }) => yaml),
      ignition: pairs.map(({ ignition }) => ignition),
    }));
  return mappingOf(type, minor);
}

function mappingOf({ fields }: MappingType, minor: number): fc.Arbitrary<Pair> {
  const known = Object.entries(fields).filter(
    ([, field]) => field.since <= minor && !field.sugar && !field.generated,
  );
  const model = Object.fromEntries(known.map(([key, { type }]) => [key, pairOf(type, minor)]));
  const requiredKeys = known.filter(([, field]) => isRequired(field, minor)).map(([key]) => key);
  return fc.record(model, { requiredKeys }).map((record) => {
    const yaml: Record<string, unknown> = {};
    const ignition: Record<string, unknown> = {};
    for (const [key] of known) {
      const pair = record[key];
      if (pair === undefined) continue;
      yaml[key] = pair.yaml;
      if (!isEmpty(pair.ignition)) ignition[ignitionName(key)] = pair.ignition;
    }
    return { yaml, ignition };
  });
}

const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

test.each([1, 2, 3, 4, 5, 6, 7])('any config of version 1.%i.0 comes through whole', (minor) => {
  const version = `1.${minor}.0`;
  const known = versionsOf('fcos', version);
  const ignitionVersion = 'minor' in known ? known.ignition : undefined;
  fc.assert(
    fc.property(mappingOf(configType, minor), fc.boolean(), ({ yaml, ignition }, flow) => {
      const config = { variant: 'fcos', version, ...(yaml as object) };
      const text = stringify(config, { version: '1.1', collectionStyle: flow ? 'flow' : 'block' });
      const { findings, result } = translate(Buffer.from(text));
      const rest = ignition as { ignition?: object };
      expect(findings.filter(({ message }) => !/without a number|a part of/.test(message))).toEqual(
        [],
      );
      expect(JSON.parse(goJson(result?.config, false))).toEqual({
        ...rest,
        ignition: { ...rest.ignition, version: ignitionVersion },
      });
    }),
    { numRuns: 40 },
  );
});

test('bytes that are no config never throw', () => {
  const start = 'variant: fcos\nversion: 1.5.0\n';
  const piece = fc.constantFrom(
    ...['storage:', '\n', '  ', '- ', 'files', ': ', '{', '}', '[', ']', '&a ', '*a', '<<: ', '"'],
    ...["'", '|', '>', '# ', '---', '!!x ', '? ', 'path', 'mode', '0644', ',', '\t', '%', '\0'],
  );
  fc.assert(
    fc.property(fc.array(piece), fc.uint8Array(), (pieces, bytes) => {
      translate(Buffer.concat([Buffer.from(start + pieces.join('')), bytes]));
    }),
    { numRuns: 500 },
  );
});

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const sane = fc.record({
  users: fc.uniqueArray(
    fc.record({ name: word, gecos: scalars.text, ssh_authorized_keys: fc.uniqueArray(word) }),
    { selector: ({ name }) => name },
  ),
  files: fc.uniqueArray(
    fc.record({
      path: word.map((name) => `/etc/${name}`),
      mode: fc.integer({ min: 0, max: 0o777 }).map((mode) => mode),
      contents: fc.record({
        inline: fc.string({ unit: 'binary' }).filter((s) => s.isWellFormed()),
      }),
    }),
    { selector: ({ path }) => path },
  ),
  units: fc.uniqueArray(
    fc.record({ name: word.map((name) => `${name}.service`), enabled: fc.boolean() }),
    { selector: ({ name }) => name },
  ),
});

test.skipIf(lacks('ignition-validate'))(
  'Ignition itself takes what comes out of a sensible config',
  async () => {
    const configs = fc
      .sample(sane, { numRuns: 60, seed: 7 })
      .map(({ users, files, units }, index) => {
        const version = `1.${index % 5}.0`;
        const config = {
          variant: 'fcos',
          version,
          passwd: { users },
          storage: { files },
          systemd: { units },
        };
        const { findings, result } = translate(Buffer.from(stringify(config, { version: '1.1' })));
        expect(findings).toEqual([]);
        return goJson(result?.config, false);
      });
    const refused = (await realVerdicts(configs)).filter(({ valid }) => !valid);
    expect(refused).toEqual([]);
  },
);
