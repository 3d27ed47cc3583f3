import { resourcesOf } from '../resources.ts';
import type { Config } from '../schema/config.ts';
import { schemeOf } from '../schema/url.ts';
import type { Warning } from './warnings.ts';

/** What templates leave when nobody fills them in; no URL, key or hash holds such. */
const placeholder = /\$\{[^}]*\}|\{\{.*?\}\}|%\{[^}]*\}|\$\([^)]*\)|^<[^<>]*>$/;

/** Whether a short text is one that a template should have filled in, or holds such a place. */
export const isPlaceholder = (text: string) => placeholder.test(text.slice(0, 4096));

const notFilledIn = 'it holds a placeholder that was not filled in';

/** URLs that will be asked for as they stand. */
export function* warningsOfPlaceholders(config: Config): Generator<Warning> {
  for (const { path, resource } of resourcesOf(config)) {
    const { source = '' } = resource;
    if (schemeOf(source) !== 'data' && isPlaceholder(source))
      yield [[...path, 'source'], notFilledIn];
  }
  for (const [index, { clevis }] of (config.storage?.luks ?? []).entries())
    for (const [number, { url }] of (clevis?.tang ?? []).entries())
      if (isPlaceholder(url))
        yield [['storage', 'luks', index, 'clevis', 'tang', number, 'url'], notFilledIn];
  for (const key of ['httpProxy', 'httpsProxy'] as const)
    if (isPlaceholder(config.ignition.proxy?.[key] ?? ''))
      yield [['ignition', 'proxy', key], notFilledIn];
}
