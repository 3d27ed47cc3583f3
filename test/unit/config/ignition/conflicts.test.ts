import { expect, test } from 'vitest';
import { validateIgnition } from '../../../../src/config/ignition/validate.ts';

const errors = (storage: object, units: readonly object[] = []) =>
  validateIgnition(
    Buffer.from(JSON.stringify({ ignition: { version: '3.0.0' }, storage, systemd: { units } })),
  )
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ path, message }) => `${path}: ${message}`);

const node = (kind: string, path: string) => ({
  [kind]: [{ path, ...(kind === 'links' && { target: '/x' }) }],
});
const kinds = ['files', 'directories', 'links'];
const contents = '[Service]\nExecStart=/bin/true\n';
const unit = { name: 'a.service', contents };
const withDropin = { name: 'a.service', dropins: [{ name: 'b.conf', contents }] };
const directory = '/etc/systemd/system';

test.each(kinds)('%s cannot be where a unit or a drop-in is written', (kind) => {
  expect(errors(node(kind, `${directory}/a.service`), [unit])).toEqual([
    `storage.${kind}[0].path: the unit a.service of this config is written there too`,
  ]);
  expect(errors(node(kind, `${directory}/a.service.d/b.conf`), [withDropin])).toEqual([
    `storage.${kind}[0].path: the drop-in b.conf of a.service of this config is written there too`,
  ]);
});

test.each(kinds)('%s may be beside units, and where nothing is written', (kind) => {
  for (const path of ['b.service', 'a.service.d/c.conf', 'a.service.d.conf', 'a.service.wants'])
    expect(errors(node(kind, `${directory}/${path}`), [{ ...unit, ...withDropin }])).toEqual([]);
  expect(errors(node(kind, `${directory}/a.service`), [{ name: 'a.service' }])).toEqual([]);
  const empty = { name: 'a.service', contents: '', dropins: [{ name: 'b.conf' }] };
  expect(errors(node(kind, `${directory}/a.service`), [empty])).toEqual([]);
  expect(errors(node(kind, `${directory}/a.service.d/b.conf`), [empty])).toEqual([]);
});

test('a file cannot be where units or drop-ins need a directory', () => {
  expect(errors(node('files', directory), [unit])).toEqual([
    'storage.files[0].path: the units need a directory there',
  ]);
  expect(errors(node('files', `${directory}/a.service.d`), [withDropin])).toEqual([
    'storage.files[0].path: the drop-ins of a.service need a directory there',
  ]);
  expect(errors(node('files', `${directory}/a.service.d`), [unit])).toEqual([]);
  expect(errors(node('directories', `${directory}/a.service.d`), [withDropin])).toEqual([]);
});

test.each(kinds)('%s cannot lie under a file', (kind) => {
  const under = (path: string) =>
    errors({
      files: [{ path: '/foo/bar' }, ...(kind === 'files' ? [{ path }] : [])],
      ...(kind !== 'files' && node(kind, path)),
    });
  const at = `storage.${kind}[${kind === 'files' ? 1 : 0}].path`;
  const wrong = [`${at}: it is below a file of this config, which is not a directory`];
  expect(under('/foo/bar/baz')).toEqual(wrong);
  expect(under('/foo/bar/a/b')).toEqual(wrong);
  expect(under('/foo/barbaz')).toEqual([]);
  expect(under('/foo/baz')).toEqual([]);
});
