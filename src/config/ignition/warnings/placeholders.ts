import { isPlaceholder } from '../../../lib/text.ts';
import type { Warning } from '../finding.ts';
import { resourcesOf } from '../resources.ts';
import type { Config } from '../schema/config.ts';
import { schemeOf } from '../schema/resource-url.ts';

const notFilledIn = 'it contains a placeholder that was not filled in';

/** URLs that would be requested with the placeholder in them. */
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
