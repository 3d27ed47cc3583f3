import { Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { ParameterError } from '../../lib/errors.ts';
import type { OptionForm } from '../../parameters/config-file.ts';
import { parameterList } from '../../parameters/parameter-list.ts';
import {
  optionNames,
  type ParameterOptions,
  valueKeys,
  valueParameters,
} from '../../parameters/parameters.ts';
import { addParameterOptions, each, text } from '../option-values.ts';
import { retries } from '../stream-options.ts';
import { addRunOptions, checkRunOptions, type RunOptions } from './run-options.ts';

/** What was typed after `coreos-installer install`, under the names of the options there. */
export type TodaysOptions = RunOptions &
  Omit<ParameterOptions, 'device'> & {
    readonly configFile?: readonly string[];
    readonly imageFile?: string;
    readonly ignitionFile?: string;
    readonly insecureIgnition?: true;
    readonly fetchRetries?: number;
    readonly firstbootArgs?: string;
    readonly preserveOnError?: true;
  };

/** Options that would have to change what is installed, and cannot: each with its reason. */
export const refusedOptions: Readonly<Record<string, string>> = {
  '--offline': 'there is no image on this medium to install without a network',
  '--secure-ipl': 'IBM Z is not supported',
};

/** The parameters whose options mean the same in both dialects. */
const sameInBoth = [
  ...(['stream', 'streamBaseUrl', 'architecture', 'platformId', 'ignitionHash'] as const),
  ...(['appendKarg', 'deleteKarg', 'console'] as const),
  ...(['imageHash', 'checksumUrl', 'checkIgnition', 'keyring', 'requireSignature'] as const),
  ...(['verify', 'retryFor', 'proxy', 'noProxy', 'caFile', 'certFile', 'keyFile'] as const),
  ...(['headerFile', 'installId', 'notifyUrl', 'progressUrl', 'networkDir', 'bootOrder'] as const),
  ...(['savePartlabel', 'savePartindex'] as const),
];

/** A command line after `coreos-installer install`. */
export interface Todays {
  readonly device: string | undefined;
  readonly options: TodaysOptions;
  /** The words themselves: options of config files are put before them. */
  readonly words: readonly string[];
}

/** Reads what commander has parsed; `commander.error` refuses a combination. */
export function readTodays(commander: Commander, words: readonly string[]): Todays {
  const options = commander.opts<TodaysOptions & Record<string, unknown>>();
  for (const [name, why] of Object.entries(refusedOptions)) {
    const option = commander.options.find(({ long }) => long === name);
    if (option && options[option.attributeName()] !== undefined)
      commander.error(`${name} is not supported: ${why}`);
  }
  checkRunOptions(commander, options);
  const [device, ...others] = commander.args;
  const second = others.find((other) => other !== device);
  if (second !== undefined)
    commander.error(`there are two devices, ${device} and ${second}: give only one`);
  // A URL would be fetched, without what is asked of one.
  if (isUrl(options.ignitionFile))
    commander.error('--ignition-file is a path: give a URL with --ignition-url');
  if (isUrl(options.imageFile))
    commander.error('--image-file is a path: give a URL with --image-url');
  if (options.insecure && options.requireSignature)
    commander.error('--insecure and --require-signature exclude each other');
  if (options.imageUrl !== undefined && options.imageFile !== undefined)
    commander.error('--image-url and --image-file exclude each other');
  if (options.ignitionUrl !== undefined && options.ignitionFile !== undefined)
    commander.error('--ignition-url and --ignition-file exclude each other');
  return { device, options, words };
}

const isUrl = (text: string | undefined) => /^https?:/i.test(text ?? '');

export function addTodaysOptions(commander: Commander): void {
  commander
    .argument('[device...]', 'disk to install to: /dev/vda, or a rule: largest,bus=nvme')
    .option('-c, --config-file <file>', 'YAML file with options (may be repeated)', each)
    .option('-u, --image-url <url>', 'disk image', text)
    .option('-f, --image-file <path>', 'disk image in a file', text)
    .option('-I, --ignition-url <url>', 'Ignition config', text)
    .addOption(
      new Option('-i, --ignition-file <path>', 'Ignition config in a file').argParser(text),
    )
    .addOption(new Option('--ignition <path>').argParser(text).hideHelp())
    // Its other name; of both the last one is used.
    .on('option:ignition', (path: string) => commander.setOptionValue('ignitionFile', text(path)))
    .option('--insecure-ignition', 'accept a config by http:// without a digest')
    .option('--insecure', 'accept an image without a signature');
  addParameterOptions(commander, sameInBoth);
  const { option, help } = parameterList.copyNetwork;
  commander.addOption(new Option(`-n, ${option}`, help));
  commander
    .option('--firstboot-args <args>', 'kernel arguments for the first boot', words)
    .option('--fetch-retries <n>', 'number of retries, or infinite, instead of a time', retries)
    .option('--preserve-on-error', 'no effect: after an error the disk does not boot');
  for (const name of Object.keys(refusedOptions)) {
    const takesValue = !['--offline', '--secure-ipl'].includes(name);
    commander.addOption(new Option(takesValue ? `${name} <value>` : name).hideHelp());
  }
  addRunOptions(commander);
}

/** Not for config files: they would form a loop, or concern the program that runs this one. */
const notInFiles = new Set(['config-file', 'firstboot-args', 'after-stdin', 'status-fd']);

/** They concern one run of the program, or what starts it. */
export const notOnMedium: ReadonlySet<string> = new Set([
  ...['jobs', 'no-prompt', 'dry-run', 'json', 'progress', 'quiet', 'log-file', 'debug'],
]);

/** The options as config files of an installation medium have them. */
export const formsOnMedium = (): OptionForm[] =>
  formsOfOptions().filter(({ name }) => !notOnMedium.has(name));

/** The options as config files have them, and the device. */
export function formsOfOptions(): OptionForm[] {
  const commander = new Commander();
  addTodaysOptions(commander);
  const options = commander.options.flatMap(({ long, required }) =>
    long === undefined ? [] : [{ name: long.slice(2), takesValue: required }],
  );
  return [
    { name: 'dest-device', takesValue: true, repeats: false },
    ...options
      .filter(({ name }) => !notInFiles.has(name))
      .map(({ name, takesValue }) => ({ name, takesValue, repeats: repeated.has(name) })),
  ];
}

const repeated = new Set(
  valueKeys
    .filter((key) => valueParameters[key].repeated)
    .map((key) => optionNames(key)?.long.slice(2)),
);

/**
 * Parses the options of config files, and those that were typed. Throws what `refuse` makes of the reason
 * where something is wrong.
 */
export function parseTodays(
  words: readonly string[],
  refuse: (why: string) => ParameterError,
): Todays {
  const commander = new Commander('coreos-installer install')
    .configureOutput({ writeErr: () => undefined })
    .exitOverride();
  addTodaysOptions(commander);
  try {
    commander.parse(words, { from: 'user' });
    return readTodays(commander, words);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw refuse(error.message.replace(/^error: /, '').replace(/\.$/, ''));
  }
}

/** They may begin with anything. */
function words(value: string): string {
  if (value === '') throw new InvalidArgumentError('It is empty.');
  return value;
}
