import { globSync, readFileSync } from 'node:fs';

/** The text of a page of docs/. */
export function readPage(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
}

/** Every page, by its path from the root. */
export const pages: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...globSync('docs/{,fleet/}*.md', { cwd: new URL('../..', import.meta.url) }).toSorted(),
];

/** The blocks of one kind in a page, such as `sh`, without their indentation. */
export function blocksOf(page: string, kind: string): string[] {
  const fences = page.matchAll(new RegExp(`^( *)\`\`\`${kind}\\n(.*?)^ *\`\`\``, 'gms'));
  return [...fences].map(([, indent = '', block = '']) =>
    block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** The block that contains a certain text; fails without one. */
export function blockWith(page: string, kind: string, text: string): string {
  const block = blocksOf(page, kind).find((candidate) => candidate.includes(text));
  if (block === undefined) throw new Error(`no ${kind} block has ${text}`);
  return block;
}

/** The text of a page's first heading. */
export function titleOf(page: string): string | undefined {
  return /^# (.*)$/m.exec(page)?.[1];
}

/** The anchors of a page: each heading in the form that GitHub gives it. */
export function anchorsOf(page: string): Set<string> {
  const headings = page.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
