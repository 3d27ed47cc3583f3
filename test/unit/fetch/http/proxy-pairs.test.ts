import { expect, test } from 'vitest';
import { proxyRule } from '../../../../src/fetch/http/proxy-rule.ts';
import {
  type Combination,
  disagreements,
  everyCombination,
} from '../../../support/combinations.ts';

const lists = ['', 'other.example', '.example', '*'] as const;

/** All that says through which proxy something is fetched; '' in the environment is as good as unset. */
const places = {
  url: ['http://host.example/x', 'https://host.example/x'],
  '--proxy': [undefined, 'http://option:1'],
  '--noproxy': [undefined, ...lists],
  http_proxy: ['', 'http://small-http:1'],
  HTTP_PROXY: ['', 'http://capital-http:1'],
  https_proxy: ['', 'http://small-https:1'],
  HTTPS_PROXY: ['', 'http://capital-https:1'],
  all_proxy: ['', 'small-all:1'],
  ALL_PROXY: ['', 'capital-all:1'],
  no_proxy: lists,
  NO_PROXY: ['', '*'],
} as const;

type Row = Combination<typeof places>;

function model(row: Row): string {
  const list = row['--noproxy'] ?? (row.no_proxy || row.NO_PROXY);
  if (list === '*' || list === '.example') return 'none';
  const inTurn = row.url.startsWith('https:')
    ? // HTTP_PROXY in capitals comes from whoever sends a CGI program a request.
      [row['--proxy'], row.https_proxy, row.HTTPS_PROXY, row.all_proxy, row.ALL_PROXY]
    : [row['--proxy'], row.http_proxy, row.all_proxy, row.ALL_PROXY];
  return inTurn.find(Boolean)?.replace('http://', '') ?? 'none';
}

function program(row: Row): string {
  const { url, '--proxy': proxy, '--noproxy': noProxy, ...env } = row;
  return proxyRule({ proxy, noProxy }, env)(new URL(url))?.host ?? 'none';
}

test('options, and eight variables of the environment: which proxy is asked', async () => {
  const rows = everyCombination(places);
  expect(new Set(rows.map(model)).size).toBe(7);
  expect(await disagreements(rows, model, program)).toEqual([]);
});
