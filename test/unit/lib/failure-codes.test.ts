import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type FailureKind, failureCodes } from '../../../src/lib/failure-codes.ts';
import { readPage } from '../../support/pages.ts';

const sources = join(import.meta.dirname, '../../../src');
const page = readPage('exit-codes.md');
const all: readonly string[] = Object.values(failureCodes).flat();

/** The exit code as the page has it in the heading above a code. */
const headings: Readonly<Record<FailureKind, string>> = {
  internal: '1 and 128+n',
  parameters: '2',
  target: '3',
  input: '4',
  write: '5',
  signal: '1 and 128+n',
};

test('a code belongs to one exit code, and says so in lower case', () => {
  expect(new Set(all).size).toBe(all.length);
  for (const code of all) expect(code).toMatch(/^[a-z]+(-[a-z]+)+$|^interrupted$/);
});

test('docs/exit-codes.md explains every code below its exit code, and no other', () => {
  const sections = page.split(/^### Exit codes? /m).slice(1);
  const explained = sections.flatMap((section) => {
    const [heading = ''] = section.split(/:|\n/);
    const rows = section.matchAll(/^\| \[?`([a-z-]+)`(?:\]\(.*?\))? \| ([^|]+) \| ([^|]+) \|$/gm);
    return [...rows].map(([, code]) => `${heading}: ${code}`);
  });
  const expected = (Object.keys(failureCodes) as FailureKind[]).flatMap((kind) =>
    failureCodes[kind].map((code) => `${headings[kind]}: ${code}`),
  );
  expect(explained.toSorted()).toEqual(expected.toSorted());
});

test('a code leads to its section in docs/troubleshooting.md, and each section has a code', () => {
  const linked = [...page.matchAll(/\[`([a-z-]+)`\]\(troubleshooting\.md#([a-z-]+)\)/g)];
  for (const [, code, anchor] of linked) expect(anchor).toBe(code);
  const sections = readPage('troubleshooting.md').matchAll(/^### `([a-z]+(?:-[a-z]+)+)`$/gm);
  expect(linked.map(([, code]) => code).toSorted()).toEqual(
    [...sections].map(([, code]) => code).toSorted(),
  );
});

test('no code is left over: each is thrown somewhere', () => {
  const text = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'failure-codes.ts')
    .map((name) => readFileSync(join(sources, name), 'utf8'))
    .join('\n');
  // These are put together: from what a file is for, and from what is wrong with it.
  const parts = [
    ...['image', 'config', 'file'].map((purpose) => `${purpose}-not-found`),
    ...['untrusted', 'invalid', 'unreadable', 'unwritable'].map((kind) => `parameter-file-${kind}`),
  ];
  const left = all.filter((code) => !text.includes(`'${code}'`) && !parts.includes(code));
  expect(left).toEqual([]);
});
