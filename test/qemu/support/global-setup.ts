import { buildMiniCoreos } from '../mini-coreos/build.ts';
import { beginSummary, readSummary } from './scenario.ts';

/** Builds the test operating system once; prints at the end what each scenario took. */
export default async function setup(): Promise<() => void> {
  await buildMiniCoreos();
  beginSummary();
  return () => {
    for (const [name, { passed, seconds, peakMemoryMib }] of Object.entries(readSummary())) {
      const time = `${seconds.toFixed(1)} s`.padStart(8);
      console.log(
        `${passed ? 'ok  ' : 'FAIL'} ${time} ${String(peakMemoryMib).padStart(5)} MiB  ${name}`,
      );
    }
  };
}
