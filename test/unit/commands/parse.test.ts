import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/commands/commands.ts';
import { legacyInstall } from '../../../src/commands/install/legacy-command.ts';
import { commanderOf, parseCommandLine } from '../../../src/commands/parse.ts';
import { ParameterError } from '../../../src/lib/errors.ts';

/** The command's word, and what it is asked or its help. */
function parse(...argv: string[]) {
  const { command, ...request } = parseCommandLine(argv, { version: '1.2.3' });
  return { word: command.word, ...request };
}

function help(...argv: string[]): string {
  const request = parse(...argv);
  if (!('help' in request)) throw new Error(`not help but ${request.word}`);
  return request.help;
}

const defaults = { progress: 'auto', prompt: true };

test('the published command line', () => {
  const image = 'http://192.0.2.100:8080/container/fedora-coreos-31.20191127.1-metal.x86_64.raw.xz';
  const config = 'http://192.0.2.100:8080/container/simple.json';
  expect(parse('-d', 'vda', '-i', config, '-b', image)).toEqual({
    word: '',
    asked: { ...defaults, device: 'vda', ignitionUrl: config, imageUrl: image },
  });
});

test('long options', () => {
  const argv = ['--device=vda', '--ignition-url', 'skip', '--image-url', 'a', '--platform', 'qemu'];
  expect(parse(...argv, '--jobs', '3', '--retry-for', '5m')).toEqual({
    word: '',
    asked: {
      ...defaults,
      device: 'vda',
      ignitionUrl: 'skip',
      imageUrl: 'a',
      platform: 'qemu',
      jobs: 3,
      retryFor: '5m',
    },
  });
});

test('without options everything comes from elsewhere', () => {
  expect(parse()).toEqual({ word: '', asked: defaults });
});

test('of an option given twice the last one is used', () => {
  expect(parse('-i', 'a', '--ignition-url', 'b')).toMatchObject({ asked: { ignitionUrl: 'b' } });
});

test('two devices are refused', () => {
  expect(() => parse('-d', 'vda', '--device', 'vdb')).toThrow(
    /'vdb' is invalid. vda was given before: give only one. Try/,
  );
  expect(parse('-d', 'vda', '-d', 'vda')).toMatchObject({ asked: { device: 'vda' } });
});

test('an empty value is refused, of every option of every command but --noproxy', () => {
  const refused = new Set<string>();
  for (const command of [legacyInstall, ...commands]) {
    const words = command.word === '' ? [] : command.word.split(' ');
    for (const { long, required } of commanderOf(command, command.word, '1').options) {
      if (!required || long === undefined || long === '--noproxy') continue;
      const parseIt = () => parse(...words, long, '');
      const name = [...words, long].join(' ');
      expect(parseIt, name).toThrow(/argument '' is invalid/);
      refused.add(name);
    }
  }
  expect(refused.size).toBeGreaterThan(100);
  expect(parse('--noproxy', '')).toMatchObject({ asked: { noproxy: '' } });
});

describe('commands', () => {
  test('are selected by their name; the legacy installation needs none', () => {
    expect(parse('devices')).toEqual({ word: 'devices', asked: { json: false } });
    expect(parse('devices', '--json')).toEqual({ word: 'devices', asked: { json: true } });
    expect(parse('install', 'vda')).toMatchObject({ word: 'install', asked: { device: 'vda' } });
  });

  test('have options and help of their own', () => {
    expect(help('devices', '-h')).toMatch(/^Usage: coreos-installer devices .*--json/s);
    expect(() => parse('devices', '-d', 'vda')).toThrow(
      "unknown option '-d'. Try coreos-installer devices --help.",
    );
    expect(() => parse('devices', 'vda')).toThrow("unexpected argument 'vda'");
  });

  test('of several words need all of them', () => {
    expect(() => parse('iso', 'kargs')).toThrow(
      "'iso kargs' must be followed by one of these words: modify, reset, show. Try coreos-installer iso kargs --help.",
    );
    expect(() => parse('iso', 'karg', 'show')).toThrow("these words, not by 'karg': ");
    expect(() => parse('iso', '-f')).toThrow("not by '-f': ");
    expect(help('iso', 'kargs', '--help')).toContain('\n  iso kargs show ');
    // A disk of that name, by the legacy installation's option.
    expect(parse('-d', 'iso')).toMatchObject({ word: '', asked: { device: 'iso' } });
  });

  test('are all named in the main help', () => {
    const lines = help('--help').split('\n');
    for (const { word, summary } of commands)
      expect(lines).toContain(`  ${word.padEnd(23)} ${summary}`);
  });
});

test('ignition validate', () => {
  expect(parse('ignition', 'validate', 'a.ign', '-')).toEqual({
    word: 'ignition validate',
    asked: { files: ['a.ign', '-'], strict: false },
  });
  expect(parse('ignition', 'validate', '--strict', 'a')).toMatchObject({ asked: { strict: true } });
  expect(() => parse('ignition', 'validate')).toThrow(ParameterError);
  expect(() => parse('--check-ignition', 'no')).toThrow(ParameterError);
});

test('the version', () => {
  expect(parse('--version')).toEqual({
    word: '',
    asked: { version: true, verbose: false },
  });
  expect(parse('--version', '--verbose')).toMatchObject({ asked: { verbose: true } });
});

describe('the help', () => {
  test('fits any console: 80 columns of ASCII', () => {
    expect(
      Math.max(
        ...help('-h')
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
    expect(help('-h')).toMatch(/^[\n -~]*[^\n]\n$/);
  });

  test.each(commands.map((command) => [command.word, command] as const))(
    'of %s, too',
    (word, command) => {
      const text = help(...word.split(' '), '--help');
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
      // Lines that were broken where they are written are not broken again.
      expect(text).toContain(commanderOf(command, word, '1.2.3').description());
    },
  );

  test('names version, options, files, kernel arguments, examples and exit codes', () => {
    const words = ['1.2.3', '--image-url', 'selected_dev', 'coreos.inst.install_dev=', 'Examples:'];
    for (const word of [...words, 'Exit codes:']) expect(help('--help')).toContain(word);
  });

  test('is printed also if other options are wrong', () => {
    expect(help('-h', '--nonsense', 'x')).toBe(help('--help'));
  });
});

describe('a wrong command line is refused with what is wrong', () => {
  test.each([
    [['--devcie', 'vda'], "unknown option '--devcie' (Did you mean --device?)"],
    [['-x'], "unknown option '-x'"],
    [['-d', 'vda', 'vdb'], "unexpected argument 'vdb'"],
    [['vda'], "unexpected argument 'vda'"],
    [['--', '-d'], "unexpected argument '-d'"],
    [['--version', 'x'], "unexpected argument 'x'"],
    [['-d'], "option '-d, --device <device>' argument missing"],
    [['-d', '-i', 'x'], "argument '-i' is invalid. It looks like another option"],
    [['-d=vda'], `argument '=vda' is invalid. Use a space instead of "="`],
    [['--jobs', '0'], 'It must be a whole number from 1 to 256'],
    [['--jobs', '257'], 'It must be a whole number from 1 to 256'],
    [['--jobs', '-1'], 'It must be a whole number from 1 to 256'],
    [['--jobs', '1e99'], 'It must be a whole number from 1 to 256'],
    [['--jobs', '99999999999999999999'], 'It must be a whole number from 1 to 256'],
    [['--jobs', 'all'], 'It must be a whole number from 1 to 256'],
    [['--jobs', '1.5'], 'It must be a whole number from 1 to 256'],
    [['--jobs', '0x2'], 'It must be a whole number from 1 to 256'],
    [['--progress', 'loud'], 'Allowed choices are auto, bar, lines, json, none'],
    [['--retry-for', 'soon'], 'It must be a time such as 90s, 5m or 2h, or 0'],
    [['--append-karg', 'a="b', '--append-karg', 'c'], 'Its last double quote is not closed'],
    [['--append-karg', '--delete-karg', 'x'], 'It looks like another option'],
    [['--retry-for', '-1'], 'It must be a time such as 90s, 5m or 2h, or 0'],
  ])('%j', (argv, why) => {
    expect(() => parse(...argv)).toThrow(ParameterError);
    expect(() => parse(...argv)).toThrow(
      expect.objectContaining({
        exitCode: 2,
        failure: {
          code: 'invalid-command-line',
          failed: 'Cannot understand the command line',
          why: expect.stringContaining(why),
          next: 'Try coreos-installer --help.',
        },
      }),
    );
  });
});
