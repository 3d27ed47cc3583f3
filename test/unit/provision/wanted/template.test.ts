import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noLocalFiles } from '../../../../src/config/butane/local-files.ts';
import { dataOf } from '../../../../src/config/ignition/schema/data-url.ts';
import { Faults } from '../../../../src/provision/wanted/faults.ts';
import { readTemplate, type Template } from '../../../../src/provision/wanted/template.ts';

const head = 'variant: fcos\nversion: 1.5.0\n';

function template(text: string): { template: Template | undefined; faults: readonly string[] } {
  const faults = new Faults();
  const file = { name: 'butane/x.bu', bytes: Buffer.from(head + text) };
  const read = readTemplate(file, noLocalFiles, faults);
  return { template: read, faults: linesOf(faults) };
}

const linesOf = (faults: Faults) =>
  faults.failed ? (faults.toError('x').failure.reasons ?? []) : [];

const valuesOf = (entries: Record<string, string>) => new Map(Object.entries(entries));

function render(text: string, entries: Record<string, string>) {
  const faults = new Faults();
  const { template: read } = template(text);
  const config = read?.render(valuesOf(entries), 'n1', faults);
  return { config: config && JSON.parse(config.toString()), faults: linesOf(faults) };
}

const file = (inline: string) =>
  `storage:\n  files:\n    - path: /etc/x\n      contents:\n        inline: ${inline}\n`;
const contentOf = (config: Config) => {
  const { source, compression } = config.storage.files[0]?.contents ?? { source: '' };
  const data = dataOf(source) ?? Buffer.alloc(0);
  return (compression === 'gzip' ? gunzipSync(data) : data).toString();
};
interface Config {
  readonly storage: { files: { contents: { source: string; compression?: string } }[] };
}

test('whatever a value is, it stays one text where it was put', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.constantFrom(
      '',
      '~',
      'null',
      'true',
      '0644',
      'a: b',
      '- a',
      '{x: y}',
      '"',
      "'",
      '*a',
      `\${x}`,
      '|',
      '#',
    ),
  );
  fc.assert(
    fc.property(
      value,
      fc.constantFrom(`\${x}`, `"\${x}"`, `'\${x}'`, `|-\n          \${x}`),
      (x, form) => {
        const { config, faults } = render(`${file(form)}      mode: 0600\n`, { x });
        expect(faults).toEqual([]);
        expect(contentOf(config)).toBe(x);
        expect(Object.keys(config)).toEqual(['ignition', 'storage']);
        expect(config.storage.files[0].mode).toBe(0o600);
      },
    ),
    { numRuns: 300 },
  );
});

test('several names, escapes, and what is nothing of ours', () => {
  const { config } = render(file(`'\${a}-\${b.c} $\${HOME} $$\${a} $x {{.Names}} $'`), {
    a: '1',
    'b.c': '2',
  });
  expect(contentOf(config)).toBe(`1-2 \${HOME} $\${a} $x {{.Names}} $`);
});

test('numbers and flags can be values too', () => {
  const text = `storage:\n  directories:\n    - path: /x\n      mode: \${mode}\n      overwrite: \${on}\n`;
  expect(render(text, { mode: '0640', on: 'true' }).faults).toEqual([]);
  expect(render(text, { mode: '0640', on: 'true' }).config.storage.directories[0]).toMatchObject({
    mode: 0o640,
    overwrite: true,
  });
  expect(render(text, { mode: 'x: y', on: '' }).faults).toEqual([
    'butane/x.bu:6:13: error: it must be a whole number (storage.directories[0].mode). (machine n1)',
    'butane/x.bu:7:18: error: it must be true or false (storage.directories[0].overwrite). (machine n1)',
  ]);
});

test('values are put in after anchors were resolved', () => {
  const text = `passwd:\n  users:\n    - &u {name: core, gecos: "\${x}"}\n    - {<<: *u, name: other}\n`;
  expect(render(text, { x: '*u' }).config.passwd.users).toEqual([
    { name: 'core', gecos: '*u' },
    { name: 'other', gecos: '*u' },
  ]);
});

const next = `A \${ that is not a value’s is written $\${.`;

test.each([
  ['x: ${', `butane/x.bu:3:4: error: a placeholder is not a name between braces. ${next}`],
  [`x: "a\n  \${b c}"`, 'butane/x.bu:4:3: error: a placeholder is not a name between braces.'],
  [`x: |\n  line\n  $\${ok} \${}`, 'butane/x.bu:5:10: error: a placeholder is not a name'],
  [`x: \${a\${b}}`, 'butane/x.bu:3:4: error: a placeholder is not a name'],
  [`\${a}: x`, 'butane/x.bu:3:1: error: only values can contain a placeholder, not keys'],
  [`"\${a}": x`, 'butane/x.bu:3:2: error: only values can contain a placeholder, not keys'],
])('%j is not a template', (text, message) => {
  const { template: read, faults } = template(text);
  expect(read).toBeUndefined();
  expect(faults[0]).toContain(message);
});

test('an unknown name is told where it is, with the nearest one', () => {
  const { faults } = render(file(`|\n          a\n          b \${hostnam} \${zz}`), {
    hostname: 'x',
  });
  expect(faults).toEqual([
    `butane/x.bu:9:13: error: there is no value for hostnam; the nearest is hostname. ${next} (machine n1)`,
    `butane/x.bu:9:24: error: there is no value for zz. ${next} (machine n1)`,
  ]);
});

test('values cannot make a config larger than any', () => {
  const { faults } = render(file(`\${x}`.repeat(17)), { x: 'x'.repeat(1024 * 1024) });
  expect(faults).toEqual([
    'butane/x.bu: error: with its values, it is larger than 16 MiB. (machine n1)',
  ]);
});

test('a value of one machine does not stay for the next', () => {
  const { template: read } = template(file(`\${x}`));
  const first = read?.translate(valuesOf({ x: 's3cr3t' }));
  expect(first?.toString()).toContain('s3cr3t');
  expect(read?.translate(valuesOf({ x: 'b' }))?.toString()).not.toContain('s3cr3t');
  expect(read?.translate(valuesOf({ x: 's3cr3t' }))).toEqual(first);
});
