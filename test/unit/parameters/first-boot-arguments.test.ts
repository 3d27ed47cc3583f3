import { expect, test } from 'vitest';
import { ParameterError } from '../../../src/lib/errors.ts';
import { withoutIgnored } from '../../../src/parameters/judge-arguments.ts';
import { parseKernelArguments } from '../../../src/parameters/kernel-cmdline.ts';
import { resolveParameters } from '../../../src/parameters/resolve.ts';
import { firstbootScript } from '../../../src/plan/firstboot.ts';
import { type Combination, disagreements, everyCombination } from '../../support/combinations.ts';
import { grubVariables, grubWords } from '../plan/grub-script.ts';

const forget = 'coreos.no_persist_ip';
const keep = 'coreos.force_persist_ip';

/** Of each, how it is written, and what it says; undefined: there is no such file. */
const places = {
  /** Arguments of the running system, and those of them that set up the network. */
  kernel: [
    ['quiet rd.neednet=1', []],
    ['quiet ip=k console=ttyS0', ['ip=k']],
    ['bond nameserver="k 1"', ['bond', 'nameserver=k 1']],
  ],
  forget: [
    ['', false],
    [forget, true],
    [`${forget}=1`, true],
    [`${forget}=0`, false],
    [`${forget}=1 ${forget}=0`, false],
  ],
  keep: [
    ['', false],
    [`${keep}=yes`, true],
    [`${keep}=off`, false],
  ],
  networkingOptions: [
    [undefined, undefined],
    ['', []],
    ['rd.neednet=1', ['rd.neednet=1']],
    ['ip=f rd.neednet=1 x="f 1"', ['ip=f', 'x=f 1']],
    [`ip=f ${forget}`, ['ip=f', forget]],
  ],
  additionalOptions: [
    [undefined, undefined],
    ['', []],
    ['a="b c"', ['a=b c']],
    [`${forget}=1`, [`${forget}=1`]],
    [`${forget}=0 ${keep}`, [`${forget}=0`, keep]],
    [`${forget} ${keep}=1`, 'contradiction'],
  ],
  ignoredArguments: [
    [undefined, []],
    ['ip bond=1', ['ip', 'bond']],
    [`${forget}=1`, [forget]],
  ],
} as const;

type Row = Combination<typeof places>;

/** The words that the first boot gets after those of the image, whose own are `own`. */
function model(row: Row): readonly string[] {
  const [, ignored] = row.ignoredArguments;
  const isLeft = (word: string) => !ignored.some((name) => name === word.replace(/=.*/, ''));
  const fromKernel = row.kernel[1].filter(isLeft);
  const network: readonly string[] = row.networkingOptions[1] ?? fromKernel;
  const [, additional] = row.additionalOptions;
  if (additional === 'contradiction') return ['refused'];
  const forgets = row.forget[1] && isLeft(forget);
  if (additional === undefined && forgets && row.keep[1]) return ['refused'];
  const words = additional ?? [
    ...(forgets ? [`${forget}=1`] : []),
    ...(row.keep[1] ? [`${keep}=1`] : []),
  ];
  const needed = network.filter((word) => word !== 'rd.neednet=1');
  return [...(network.length > 0 ? ['rd.neednet=1', ...needed] : ['own']), ...words];
}

function program(row: Row): readonly string[] {
  const files = {
    directory: '/tmp',
    networkingOptions: row.networkingOptions[0],
    additionalOptions: row.additionalOptions[0],
    ignoredArguments: row.ignoredArguments[0],
  };
  const cmdline = [row.kernel[0], row.forget[0], row.keep[0]].join(' ');
  try {
    const { networkArguments, extraKcmdline } = resolveParameters({
      options: { device: 'vda', imageUrl: 'http://h/x', ignitionUrl: 'skip' },
      files,
      kernel: withoutIgnored(parseKernelArguments(cmdline), files),
    });
    const script = firstbootScript({
      networkKcmdline: networkArguments.join(' '),
      extraKcmdline: extraKcmdline?.value ?? '',
    });
    const name = 'ignition_network_kcmdline';
    return grubWords(grubVariables(script, new Map([[name, 'own']])).get(name) ?? '');
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    return ['refused'];
  }
}

test('what the kernel command line and three files say together of the first boot', async () => {
  const rows = everyCombination(places);
  expect(rows).toHaveLength(4050);
  expect(rows.filter((row) => model(row)[0] === 'refused').length).toBeGreaterThan(100);
  expect(await disagreements(rows, model, program)).toEqual([]);
});

test('arguments of the medium’s keyfiles, which no system boots with, do not count as long ones', () => {
  const long = Array.from({ length: 200 }, (_, at) => `nameserver=192.0.2.${at}`).join(' ');
  const resolved = (ofKeyfiles: boolean) =>
    resolveParameters({
      options: { device: 'vda', imageUrl: 'http://h/x', ignitionUrl: 'skip' },
      files: { directory: '/tmp' },
      kernel: parseKernelArguments(long).map((one) => ({ ...one, ofKeyfiles })),
    }).networkArguments;
  expect(resolved(true)).toHaveLength(201);
  expect(() => resolved(false)).toThrow(ParameterError);
});
