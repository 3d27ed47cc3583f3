import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stepTitles } from '../../../src/ui/report.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('every event and every step is documented', () => {
  const declared = read('src/ui/display/events.ts').matchAll(/readonly event: ([^;]+);/g);
  const events = [...declared].flatMap(([, names = '']) =>
    [...names.matchAll(/'([\w-]+)'/g)].map(([, name]) => name),
  );
  expect(events).toContain('progress');
  const page = read('docs/progress.md');
  const rows = [...page.matchAll(/^\| (`[\w-]+`(?:, `[\w-]+`)*) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`([\w-]+)`/g)].map(([, name]) => name),
  );
  expect(events.filter((name) => !rows.includes(name))).toEqual([]);
  for (const step of Object.keys(stepTitles)) expect(page).toContain(`\`${step}\``);
});
