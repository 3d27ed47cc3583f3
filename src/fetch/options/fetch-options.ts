import { parseDuration } from '../../lib/quantities.ts';
import type { Fetching } from '../../parameters/parameters.ts';
import { proxyRule } from '../http/proxy-rule.ts';
import type { SourceOptions } from '../source.ts';
import { readCaCertificates } from './ca-file.ts';
import { readIdentity } from './client-identity.ts';
import { readHeaderFile } from './header-file.ts';

export interface FetchOptions {
  readonly source: SourceOptions;
  /** What the user should know, a sentence or two each. */
  readonly warnings: readonly string[];
}

/**
 * How everything is fetched: the one place where parameters and the environment become the options
 * of a source. Reads the files that are named. `ParameterError` for what cannot be used.
 */
export async function fetchOptions(
  fetching: Fetching,
  env: Readonly<Record<string, string | undefined>>,
): Promise<FetchOptions> {
  const { retryFor, proxy, noProxy, caFile, headerFile } = fetching;
  const identity = await readIdentity(fetching);
  const header = headerFile && (await readHeaderFile(headerFile));
  const retryForMs = parseDuration(retryFor?.value ?? '');
  return {
    source: {
      ...(retryForMs !== undefined && { retryForMs }),
      proxyFor: proxyRule({ proxy: proxy?.value, noProxy: noProxy?.value }, env),
      extraCaPems: caFile ? await readCaCertificates(caFile) : [],
      identity: identity?.identity,
      headers: header?.headers ?? {},
    },
    warnings: [...(identity?.warnings ?? []), ...(header?.warnings ?? [])],
  };
}
