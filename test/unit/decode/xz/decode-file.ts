/** Decodes FILE with JOBS into nothing and prints the peak of resident memory in MiB. */
import { createReadStream, readFileSync } from 'node:fs';
import { decoderFor } from '../../../../src/decode/decoders.ts';
import type { ImageFormat } from '../../../../src/decode/format.ts';

const [file, jobs, format] = process.argv.slice(2) as [string, string, ImageFormat];
const { sizeBytes } = await decoderFor(format)(createReadStream(file), async () => {}, {
  jobs: Number(jobs),
  memoryLimitBytes: 256 * 1024 * 1024,
  signal: new AbortController().signal,
  name: file,
});
// Not resourceUsage().maxRSS, which starts from the parent's.
const peak = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
const peakMebibytes = Math.round(Number(peak?.[1]) / 1024);
console.log(JSON.stringify({ sizeBytes, peakMebibytes }));
