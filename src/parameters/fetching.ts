import { resolve as absolutePath } from 'node:path';
import { parseDuration } from '../lib/duration.ts';
import { ParameterError } from '../lib/errors.ts';
import { find, type Sources } from './find.ts';
import { describeOrigin, type Fetching, type FetchingKey, type Resolved } from './parameters.ts';
import { parseProxy } from './proxy.ts';

/** How things are to be fetched, checked as far as text can be checked. */
export function findFetching(sources: Sources, notes: string[]): Fetching {
  const value = (key: FetchingKey) => find(key, sources, notes);
  const path = (key: FetchingKey) => absolute(value(key));
  const proxy = value('proxy');
  if (proxy) parseProxy(proxy.value, describeOrigin(proxy.origin));
  return {
    retryFor: checkDuration(value('retryFor')),
    proxy,
    noProxy: value('noProxy'),
    caFile: path('caFile'),
    certFile: path('certFile'),
    keyFile: path('keyFile'),
    headerFile: path('headerFile'),
  };
}

type Given = Resolved<string> | undefined;

/** What is kept for a second run must mean the same in another directory. */
function absolute(given: Given): Given {
  return given && { ...given, value: absolutePath(given.value) };
}

function checkDuration(given: Given): Given {
  if (given === undefined || parseDuration(given.value) !== undefined) return given;
  throw new ParameterError({
    code: 'invalid-duration',
    failed: `Cannot use ${JSON.stringify(given.value)} from ${describeOrigin(given.origin)} as a time`,
    why: 'it is not a number of seconds, minutes or hours',
    next: 'Write it as 90s, 5m or 2h, or 0 for ever.',
  });
}
