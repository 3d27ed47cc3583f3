import { expect, test } from 'vitest';
import { commands } from '../../../src/commands/commands.ts';
import { refusedOptions } from '../../../src/commands/install/todays-options.ts';
import { commanderOf } from '../../../src/commands/parse.ts';
import { readPage } from '../../support/pages.ts';

/** Of coreos-installer 0.26, by command. */
const theirs = {
  install: `-c --config-file -s --stream -u --image-url -f --image-file -i --ignition-file --ignition -I
    --ignition-url --ignition-hash -a --architecture -p --platform --console --firstboot-args
    --append-karg --delete-karg -n --copy-network --network-dir --save-partlabel --save-partindex
    --offline --insecure --insecure-ignition --stream-base-url --preserve-on-error --fetch-retries
    --secure-ipl`,
  download: `-s --stream -a --architecture -p --platform -f --format -u --image-url -C --directory
    -d --decompress --insecure --stream-base-url --fetch-retries`,
  'list-stream': '-s --stream --stream-base-url',
};

test.each(Object.entries(theirs))(
  '%s has all options that it has today, or refuses them',
  (word, text) => {
    const command = commands.find((one) => one.word === word);
    if (command === undefined) throw new Error(`no command ${word}`);
    const { options } = commanderOf(command, word, '0');
    const known = new Set(options.flatMap(({ short, long }) => [short, long]));
    expect(text.split(/\s+/).filter((name) => !known.has(name))).toEqual([]);
  },
);

/** What the page says of each option of a command. */
function documented(word: string): Map<string, string> {
  const [, table = ''] = readPage('dialects.md').split(`| \`${word}\` | |\n|---|---|\n`);
  const [rows = ''] = table.split('\n\n');
  return new Map(
    rows
      .trimEnd()
      .split('\n')
      .flatMap((row) => {
        const [, names = '', says = ''] = /^\| (.*?) \| (.*) \|$/.exec(row) ?? [];
        return [...names.matchAll(/`(.*?)`/g)].map(([, name = '']) => [name, says] as const);
      }),
  );
}

test.each(Object.entries(theirs))(
  'the page says of each option of %s what it does',
  (word, text) => {
    const page = documented(word);
    expect([...page.keys()].toSorted()).toEqual(text.split(/\s+/).toSorted());
    const refused = word === 'install' ? refusedOptions : {};
    for (const [name, says] of page) {
      const short = name === '-n' ? '--copy-network' : name;
      const why = Object.hasOwn(refused, short) ? refused[short] : undefined;
      if (why !== undefined) expect([name, says]).toEqual([name, `refused: ${why}`]);
      else expect([name, says]).toEqual([name, expect.stringMatching(/^(yes|no effect: .+)/)]);
    }
  },
);

test('the page names what differs', () => {
  const page = readPage('dialects.md');
  for (const name of ['-u', '-f', '-I', '-i', '-c', '--insecure', '--insecure-ignition'])
    expect(page).toMatch(new RegExp(`\`${name}\\b`));
});
