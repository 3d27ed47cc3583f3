import type { Warning } from '../finding.ts';
import type { Config } from '../schema/config.ts';
import { schemeOf } from '../schema/resource-url.ts';
import { warningsOfLogins } from './logins.ts';
import { warningsOfPaths } from './paths.ts';
import { warningsOfPlaceholders } from './placeholders.ts';
import { warningsOfStorage } from './storage.ts';
import { warningsOfUnits } from './units.ts';
import { warningsOfUuids } from './uuids.ts';

/** What is allowed, but hardly ever intended. */
export function* warningsOf(config: Config, minor: number): Generator<Warning> {
  yield* warningsOfStorage(config, minor);
  yield* warningsOfUuids(config);
  yield* warningsOfPaths(config);
  yield* warningsOfUnits(config);
  if (schemeOf(config.ignition.proxy?.httpsProxy ?? '') === 'http')
    yield [['ignition', 'proxy', 'httpsProxy'], 'https: downloads go through an unencrypted proxy'];
  yield* warningsOfPlaceholders(config);
  yield* warningsOfLogins(config);
}
