import { describe, expect, test } from 'vitest';
import { type OptionForm, readConfigFile } from '../../../src/parameters/config-file.ts';
import { failure } from '../../support/failure.ts';

const forms: OptionForm[] = [
  { name: 'dest-device', takesValue: true, repeats: false },
  { name: 'image-url', takesValue: true, repeats: false },
  { name: 'append-karg', takesValue: true, repeats: true },
  { name: 'save-partindex', takesValue: true, repeats: true },
  { name: 'insecure', takesValue: false, repeats: false },
];

const read = (text: string | Uint8Array) =>
  readConfigFile('/etc/x.yaml', typeof text === 'string' ? Buffer.from(text) : text, forms);

test('scalars, lists and flags, in their order and with their lines', () => {
  const text = `# which disk
dest-device: /dev/vda
append-karg:
  - console=ttyS0
  - "a: b"
save-partindex: [5, 0x07, 3-4]
insecure: true
`;
  expect(read(text)).toEqual([
    { name: 'dest-device', value: '/dev/vda', place: '/etc/x.yaml:2' },
    { name: 'append-karg', value: 'console=ttyS0', place: '/etc/x.yaml:3' },
    { name: 'append-karg', value: 'a: b', place: '/etc/x.yaml:3' },
    { name: 'save-partindex', value: '5', place: '/etc/x.yaml:6' },
    { name: 'save-partindex', value: '0x07', place: '/etc/x.yaml:6' },
    { name: 'save-partindex', value: '3-4', place: '/etc/x.yaml:6' },
    { name: 'insecure', value: true, place: '/etc/x.yaml:7' },
  ]);
});

test.each([
  ...['', '# nothing', '---\n', '{}', 'insecure: false'],
  ...['image-url: ~', 'dest-device: null', '{"image-url": null}'],
])('%j gives nothing', (text) => {
  expect(read(text)).toEqual([]);
});

test('JSON is YAML', () => {
  expect(read('{"dest-device": "vda"}')).toEqual([
    { name: 'dest-device', value: 'vda', place: '/etc/x.yaml:1' },
  ]);
});

describe('refused, with its place', () => {
  test.each<[string, string, string]>([
    [
      'an unknown option',
      'dest-device: vda\nimage-uri: x',
      'line 2, column 1: unknown option image-uri',
    ],
    ['a text', 'vda', 'line 1, column 1: it is not a mapping'],
    ['a list', '- dest-device: vda', 'not a mapping'],
    ['no value', 'image-url:', 'line 1, column 11: image-url needs a value'],
    ['null of a list', 'save-partindex: ~', 'save-partindex needs a value'],
    ['null in a list', 'append-karg: [~]', 'append-karg needs a value'],
    ['null of a flag', 'insecure: ~', 'has no value: write true'],
    ['an empty value', 'image-url: ""', 'has an empty value'],
    ['true where a value belongs', 'image-url: true', 'needs a value'],
    ['a value where none belongs', 'insecure: 1', 'has no value: write true'],
    ['yes, which is a text', 'insecure: yes', 'has no value: write true'],
    ['several of one', 'dest-device: [vda, vdb]', 'dest-device cannot have several values'],
    ['a mapping as value', 'append-karg: {a: b}', 'is not a text'],
    ['a list in a list', 'append-karg: [[a]]', 'is not a text'],
    ['an alias', 'image-url: &a x\ndest-device: *a', 'line 2'],
    ['the same option twice', 'image-url: x\nimage-url: y', 'line 2'],
    ['a tab', 'append-karg:\n\t- x', 'line 2'],
    ['two documents', 'image-url: x\n---\nimage-url: y', 'line 2'],
    ['a number as name', '5: x', 'the name of an option is a text'],
    ['half a quote', 'image-url: "x', 'line 1'],
  ])('%s', (_, text, words) => {
    expect(() => read(text)).toThrow(failure('installer-config-invalid'));
    expect(() => read(text)).toThrow(words);
  });

  test('the nearest option is named', () => {
    expect(() => read('dest_device: vda')).toThrow('The nearest option is dest-device.');
    expect(() => read('stream: stable')).toThrow('Correct it');
  });

  test('what is not UTF-8', () => {
    expect(() => read(Buffer.from([0x61, 0xff]))).toThrow(failure('installer-config-invalid'));
  });
});
