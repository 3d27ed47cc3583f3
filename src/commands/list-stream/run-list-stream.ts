import { exitCodes } from '../../lib/errors.ts';
import { fetchStream } from '../../streams/stream-metadata.ts';
import { say } from '../../ui/output.ts';
import { inColumns } from '../../ui/rows.ts';
import { type FetchingOptions, fetchingGiven } from '../fetching-given.ts';
import { placeOf, type StreamOptions } from '../stream-options.ts';
import { untilInterrupted } from '../until-interrupted.ts';

export type ListStreamOptions = StreamOptions & FetchingOptions;

/** Prints the table; returns the exit code. */
export async function runListStream(options: ListStreamOptions): Promise<number> {
  return await untilInterrupted(async (signal) => {
    const place = placeOf(options);
    const { artifacts } = await fetchStream(place, await fetchingGiven(options), signal);
    const rows = artifacts.map(({ architecture, platform, format }) => [
      architecture,
      platform,
      format,
    ]);
    for (const line of inColumns([['Architecture', 'Platform', 'Format'], ...rows])) say(line);
    return exitCodes.installed;
  });
}
