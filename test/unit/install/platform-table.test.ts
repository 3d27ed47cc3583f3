import { describe, expect, test } from 'vitest';
import { readPlatformTable } from '../../../src/install/platform-table.ts';

const read = (data: unknown) => readPlatformTable(Buffer.from(JSON.stringify(data)));

test('a platform has its arguments and commands, or nothing', () => {
  const platforms = read({
    metal: { kernel_arguments: ['console=tty0'], grub_commands: ['terminal_output console'] },
    aws: { kernel_arguments: ['a b', 'c="d e"'], other: 1 },
  });
  expect(platforms('metal')).toMatchObject({
    kernelArguments: [{ raw: 'console=tty0' }],
    grubCommands: ['terminal_output console'],
  });
  expect(platforms('aws').kernelArguments.map(({ raw }) => raw)).toEqual(['a', 'b', 'c="d e"']);
  expect(platforms('aws').grubCommands).toEqual([]);
  for (const name of ['qemu', 'constructor', '__proto__', 'hasOwnProperty'])
    expect(platforms(name)).toEqual({ kernelArguments: [], grubCommands: [] });
});

describe('refused', () => {
  test.each<[string, unknown, string]>([
    ['a list', [], 'it is a list'],
    ['a text for a list', { aws: { kernel_arguments: 'a' } }, 'aws.kernel_arguments'],
    ['two lines in one', { aws: { grub_commands: ['a\nb'] } }, 'aws.grub_commands.0: it contains'],
    ['an open quote', { aws: { kernel_arguments: ['a="b'] } }, 'quote'],
    ['a variable of GRUB', { aws: { kernel_arguments: ['a=$b'] } }, 'GRUB would replace'],
  ])('%s', (_, data, words) => {
    expect(() => read(data)).toThrow(words);
  });

  test('what is not JSON', () => {
    expect(() => readPlatformTable(Buffer.from('{"a":'))).toThrow('it is not JSON');
    expect(() => readPlatformTable(Buffer.from([0x22, 0xff, 0x22]))).toThrow('it is not JSON');
  });
});
