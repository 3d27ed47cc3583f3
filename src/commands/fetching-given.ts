import { fetchOptions } from '../fetch/options/fetch-options.ts';
import type { SourceOptions } from '../fetch/source.ts';
import { findFetching } from '../parameters/fetching.ts';
import type { ParameterOptions } from '../parameters/parameters.ts';
import { warn } from '../ui/output.ts';
import { describeRereading, tellWaiting } from '../ui/waiting.ts';

/** The options of `addFetchOptions`, as they were typed. */
export type FetchingOptions = Pick<
  ParameterOptions,
  'retryFor' | 'proxy' | 'noproxy' | 'caFile' | 'cert' | 'key' | 'headerFile'
> & { readonly fetchRetries?: number };

/** How a command fetches: as it was asked on the command line, and as the environment says. */
export async function fetchingGiven(options: FetchingOptions): Promise<SourceOptions> {
  const { fetchRetries } = options;
  const fetching = findFetching({ options, files: { directory: '' }, kernel: [] }, []);
  const { source, warnings } = await fetchOptions(fetching, process.env);
  for (const text of warnings) warn(text);
  return {
    ...source,
    // A number of retries is asked for in place of a time.
    ...(fetchRetries !== undefined && {
      retryForMs: Number.POSITIVE_INFINITY,
      retries: fetchRetries,
    }),
    onWait: tellWaiting(warn),
    onReread: (again) => warn(describeRereading(again)),
  };
}
