import { fetchOptions } from '../fetch/options/fetch-options.ts';
import type { SourceOptions } from '../fetch/source.ts';
import type { FetchingOptions as ParametersOfFetching } from '../parameters/parameters.ts';
import { findFetching } from '../parameters/resolve.ts';
import { warn } from '../ui/output.ts';
import { describeRereading, tellWaiting } from '../ui/waiting.ts';

/** The options of `addFetchOptions`, as they were typed. */
export type FetchingOptions = ParametersOfFetching & { readonly fetchRetries?: number };

/** How a command fetches: by its options and the environment. */
export async function fetchingGiven(options: FetchingOptions): Promise<SourceOptions> {
  const { fetchRetries } = options;
  const fetching = findFetching({ options, files: { directory: '' }, kernel: [] });
  const { source, warnings } = await fetchOptions(fetching, process.env);
  for (const text of warnings) warn(text);
  return {
    ...source,
    // A number of retries replaces the time.
    ...(fetchRetries !== undefined && {
      retryForMs: Number.POSITIVE_INFINITY,
      retries: fetchRetries,
    }),
    onWait: tellWaiting(warn),
    onReread: (again) => warn(describeRereading(again)),
  };
}
