import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { findTool, type Tool } from '../../../src/system/tools.ts';
import { lacks } from '../../support/needs.ts';
import { readPage } from '../../support/pages.ts';

interface Options {
  /** Its column in docs/live.md; undefined for a tool that an installation can do without. */
  readonly from: 'util-linux' | 'systemd' | 'gdisk' | 'GnuPG' | undefined;
  /** How it lists its options. */
  readonly help: readonly string[];
  /** A version that has the option, by its manual page: the first, or an old one. */
  readonly known: Readonly<Record<string, string>>;
}

const anyVersion = (...options: readonly string[]) =>
  Object.fromEntries(options.map((option) => [option, '0']));

/** Every option that the program gives to a tool. */
const used: Readonly<Partial<Record<Tool, Options>>> = {
  blkid: {
    from: 'util-linux',
    help: ['--help'],
    // Up to 2.27 there were one-letter options alone.
    known: {
      '--probe': '2.31.1',
      '--output': '2.31.1',
      '--usages': '2.31.1',
      '--offset': '2.31.1',
      '--size': '2.31.1',
      '--cache-file': '2.31.1',
      '--match-token': '2.31.1',
    },
  },
  efibootmgr: {
    from: undefined,
    help: ['--help'],
    known: anyVersion(
      ...['--verbose', '--quiet', '--bootnum', '--delete-bootnum', '--create-only', '--disk'],
      ...['--part', '--loader', '--label', '--active', '--bootorder', '--bootnext'],
    ),
  },
  ip: { from: undefined, help: ['help'], known: anyVersion('-json', '-details') },
  gpgv: {
    from: 'GnuPG',
    help: ['--dump-options'],
    known: {
      '--homedir': '2.0.22',
      '--keyring': '2.0.22',
      '--status-fd': '2.0.22',
      '--ignore-time-conflict': '2.0.22',
      '--verbose': '2.0.22',
      '--weak-digest': '2.1.11',
    },
  },
  sgdisk: { from: 'gdisk', help: ['--help'], known: { '--verify': '0.6.14' } },
  'systemd-notify': { from: 'systemd', help: ['--help'], known: { '--status': '204' } },
  udevadm: { from: 'systemd', help: ['settle', '--help'], known: { '--timeout': '204' } },
};

const src = join(import.meta.dirname, '../../../src');

/** What stands in quotes and begins with `-`, in the files that run a tool: the tools and all that. */
function passedBySources(): Map<string, Set<string>> {
  const passed = new Map<string, Set<string>>();
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' });
  for (const name of files.filter((file) => file.endsWith('.ts'))) {
    const text = readFileSync(join(src, name), 'utf8');
    if (!/import \{[^}]*\b(run|feed)\b[^}]*\} from '[^']*\/run-command\.ts'/.test(text)) continue;
    const tools = [...text.matchAll(/\b(?:run|feed)\(\s*'([^']+)'/g)].map(([, tool = '']) => tool);
    const options = [...text.matchAll(/['`](--?[a-z][a-z-]*)/g)].map(([, option = '']) => option);
    expect(new Set(tools).size, `${name} runs one tool`).toBe(1);
    const known = passed.get(tools[0] ?? '') ?? new Set();
    passed.set(tools[0] ?? '', new Set([...known, ...options]));
  }
  return passed;
}

/** The table of docs/live.md: version by column, by distribution. */
function distributions(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const rows = [...readPage('live.md').matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) =>
    row.split('|').map((cell) => cell.trim()),
  );
  const [heads = [], ...others] = rows.slice(rows.findIndex((row) => row.includes('util-linux')));
  const named = others.filter(([name = '']) => /^[A-Z]/.test(name));
  return new Map(
    named.map(([name = '', ...cells]) => [
      name,
      new Map(cells.map((cell, index) => [heads[index + 1] ?? '', cell])),
    ]),
  );
}

function isAtLeast(version: string, minimum: string): boolean {
  const [own, other] = [version, minimum].map((one) => one.split('.').map(Number));
  for (const [index, part] of (other ?? []).entries()) {
    const difference = (own?.[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

describe('the options of tools', () => {
  test('are all in the table, and the table has no others', () => {
    const table = Object.entries(used).map(([tool, { known }]) => [tool, Object.keys(known)]);
    const passed = [...passedBySources()].filter(([, options]) => options.size > 0);
    const sorted = (pairs: readonly (readonly [string, Iterable<string>])[]) =>
      Object.fromEntries(pairs.map(([tool, options]) => [tool, [...options].toSorted()]));
    expect(sorted(passed)).toEqual(sorted(table as [string, string[]][]));
  });

  test.each([...distributions()])('are in %s', (_, versions) => {
    for (const { from, known } of Object.values(used)) {
      for (const [option, version] of from === undefined ? [] : Object.entries(known))
        expect(isAtLeast(versions.get(from ?? '') ?? '', version), `${from}: ${option}`).toBe(true);
    }
    expect(isAtLeast(versions.get('glibc') ?? '', '2.28')).toBe(true);
  });

  test('that is, in the oldest of all: RHEL 8', () => {
    expect(distributions().size).toBe(8);
    const oldest = distributions().get('RHEL 8');
    for (const versions of distributions().values())
      for (const name of ['glibc', 'util-linux', 'systemd', 'gdisk', 'GnuPG', 'Linux'])
        expect(isAtLeast(versions.get(name) ?? '', oldest?.get(name) ?? '9999'), name).toBe(true);
  });

  test('stand in the docs, tool by tool', () => {
    for (const [tool, { known }] of Object.entries(used)) {
      const row = readPage('live.md').match(new RegExp(`^\\| \`${tool}\` \\| (.*?) \\|`, 'm'))?.[1];
      expect(row?.match(/--?[a-z][a-z-]*/g)?.toSorted(), tool).toEqual(
        Object.keys(known).toSorted(),
      );
    }
  });

  for (const [tool, options] of Object.entries(used))
    test.skipIf(lacks(tool))(`are known to this system’s ${tool}`, async () => {
      const path = findTool(tool as Tool);
      if (path === undefined) throw new Error(`there is no ${tool}`);
      const { all } = await execa(path, options.help, { all: true, reject: false });
      // ip writes -j[son].
      const listed = new Set(all.replaceAll(/[[\]]/g, '').match(/--?[a-z][a-z-]*/g));
      for (const option of Object.keys(options.known)) expect(listed).toContain(option);
    });
});
