import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import { firstbootScript } from '../../../src/plan/firstboot.ts';
import { lacks } from '../../support/needs.ts';

const hasGrubEmu = !lacks('grub-emu');

import { evaluate } from './grub-emu.ts';
import { grubVariables, grubWords } from './grub-script.ts';

const network = (networkKcmdline: string) => firstbootScript({ networkKcmdline });

test('without arguments the stamp is empty', () => {
  expect(firstbootScript({})).toBe('');
  expect(firstbootScript({ networkKcmdline: '', extraKcmdline: ' ' })).toBe('');
});

test('plain arguments stand in it as they are', () => {
  const text =
    'rd.neednet=1 ip=192.0.2.2::192.0.2.1:255.255.255.0:host:eth0:none ' +
    'nameserver=[2001:db8::1%eth0] bond=bond0:a,b:mode=802.3ad,miimon=100 BOOTIF=01-00-11';
  expect(network(text)).toBe(`set ignition_network_kcmdline="${text}"\n`);
});

test('further arguments follow', () => {
  expect(
    firstbootScript({ networkKcmdline: 'ip=dhcp', extraKcmdline: 'coreos.no_persist_ip=1' }),
  ).toBe('set ignition_network_kcmdline="ip=dhcp coreos.no_persist_ip=1"\n');
});

test('without network arguments they follow those of the image', () => {
  expect(firstbootScript({ extraKcmdline: 'coreos.no_persist_ip=1 a=$b' })).toBe(
    String.raw`set ignition_network_kcmdline="$ignition_network_kcmdline coreos.no_persist_ip=1 'a=\$b'"` +
      '\n',
  );
});

/** How images say what the first boot gets: their default, and the line made of the variables. */
const generations = {
  'of 2019': {
    before: 'set ignition_network_kcmdline="rd.neednet=1 ip=dhcp"',
    line: '"ignition.firstboot $ignition_network_kcmdline $ignition_extra_kcmdline"',
    own: ['rd.neednet=1', 'ip=dhcp'],
  },
  'of today': {
    before: 'set ignition_network_kcmdline=""',
    line: '"ignition.firstboot $ignition_network_kcmdline"',
    own: [],
  },
};

describe.each(Object.entries(generations))('an image %s', (_, { before, line, own }) => {
  test.each([
    [{}, own],
    [{ networkKcmdline: 'rd.neednet=1 ip=a' }, ['rd.neednet=1', 'ip=a']],
    [{ extraKcmdline: 'coreos.no_persist_ip=1' }, [...own, 'coreos.no_persist_ip=1']],
    [
      { networkKcmdline: 'rd.neednet=1 bond', extraKcmdline: 'coreos.no_persist_ip=1 b="c d"' },
      ['rd.neednet=1', 'bond', 'coreos.no_persist_ip=1', 'b=c d'],
    ],
  ])('gets all of %j, each once', (given, expected) => {
    const script = `${before}\n${firstbootScript(given)}set ignition_firstboot=${line}\n`;
    const variables = grubVariables(script, new Map([['ignition_extra_kcmdline', '']]));
    const words = grubWords(variables.get('ignition_firstboot') ?? '');
    expect(words).toEqual(['ignition.firstboot', ...expected]);
    if (hasGrubEmu) {
      const whole = script.replace('ignition_firstboot', 'ignition_network_kcmdline');
      expect(evaluate([`set ignition_extra_kcmdline=\n${whole}`])).toEqual([words]);
    }
  });
});

/** Raw argument, and how it stands in the file. */
const hostile: [raw: string, written: string][] = [
  ['a="b c"', String.raw`a=\"b c\"`],
  ['"a=b c"', String.raw`\"a=b c\"`],
  ['a=b;c', String.raw`\"a=b;c\"`],
  ['a=$b', String.raw`'a=\$b'`],
  ["a=$b'c", String.raw`\"a=\\\$b'c\"`],
  ['a=b\\c', String.raw`'a=b\\c'`],
  ['a="b c', String.raw`\"a=b c\"`],
  ["a='b", String.raw`\"a='b\"`],
  ['a=b"c d"e', String.raw`'a=b\"c d\"e'`],
  ['a={b}|&<>', String.raw`\"a={b}|&<>\"`],
  ['#a=*', String.raw`\"#a=*\"`],
  ['a=ü€😀', 'a=ü€😀'],
  ['a=`b`!~?[c]', 'a=`b`!~?[c]'],
  ['[[', String.raw`\"[[\"`],
  [']]', String.raw`\"]]\"`],
  ['[ ]]]', '[ ]]]'],
];

describe('what GRUB minds is quoted', () => {
  test.each(hostile)('%s', (raw, written) => {
    expect(network(raw)).toBe(`set ignition_network_kcmdline="${written}"\n`);
  });
});

test.each(['a\nb', 'a="b\nc"', 'a\0', 'a=\u0007', 'a="b\tc"', `a=${'b'.repeat(8000)}`])(
  '%j is refused',
  (text) => {
    expect(() => network(text)).toThrow(ParameterError);
  },
);

/** The words that the kernel makes of the text. */
const kernelWords = (text: string) =>
  parseKernelArguments(text).map(({ name, value }) =>
    value === undefined ? name : `${name}=${value}`,
  );

const anyText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...' "\'\\$;|&<>{}#*?[]()=,.:%!`~@^a0_-é€😀'),
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 60,
});

test('GRUB reads the words that the kernel would have read, whatever the text', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const variable = grubVariables(network(text)).get('ignition_network_kcmdline') ?? '';
      expect(grubWords(variable)).toEqual(kernelWords(text));
    }),
    { numRuns: 1000 },
  );
});

describe.skipIf(lacks('grub-script-check'))('grub-script-check', () => {
  test('takes every script', () => {
    for (const text of [...hostile.map(([raw]) => raw), ...fc.sample(anyText, 20)].filter(
      network,
    )) {
      const checked = spawnSync('grub-script-check', { input: network(text), encoding: 'utf8' });
      expect({ text, status: checked.status, says: checked.stderr }).toEqual({
        text,
        status: 0,
        says: '',
      });
    }
  });
});

describe.skipIf(!hasGrubEmu)('GRUB itself', () => {
  test('gets the words, in a line made of the variable as blscfg makes it', () => {
    const texts = [
      ...hostile.map(([raw]) => raw),
      hostile.map(([raw]) => raw).join(' '),
      ...fc.sample(anyText, 100),
    ];
    expect(evaluate(texts.map(network))).toEqual(texts.map(kernelWords));
  });
});
