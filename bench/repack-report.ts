import { durationsOf, usualPayload } from './distribution-model.ts';
import { type Costs, type Image, predict } from './model.ts';

/** One form of the same image, and the medians of its installations. */
export interface Form {
  readonly name: string;
  readonly sizeBytes: number;
  /** The parts that are decoded at the same time, each on a core. */
  readonly blocks: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly mainThreadMs: number;
  readonly peakBytes: number;
}

/** What `make bench-repack` measures. */
export interface RepackResults {
  readonly machine: {
    readonly cores: number;
    readonly processor: string;
    readonly loadAverage: number;
  };
  readonly decodedBytes: number;
  readonly forms: readonly Form[];
}

const manyCores = 16;
/** An NVMe disk. */
const diskBytesPerSecond = 3e9;

/** What a machine of so many cores needs for a form by itself, without waiting for the network. */
export function machineSeconds(form: Form, results: RepackResults, cores: number): number {
  const { sizeBytes: compressedBytes, blocks, cpuMs, mainThreadMs, wallMs } = form;
  const image: Image = { compressedBytes, blocks, decodedBytes: results.decodedBytes };
  const variable: Costs = {
    mainMsPerByte: mainThreadMs / compressedBytes,
    decodeMsPerByte: (cpuMs - mainThreadMs) / image.decodedBytes,
    fixedMs: 0,
  };
  const totalMs = (on: number) => {
    const place = {
      cores: on,
      networkBytesPerSecond: Number.POSITIVE_INFINITY,
      diskBytesPerSecond,
    };
    return predict(image, place, variable).totalMs;
  };
  // What was measured here in addition is work that does not overlap.
  const fixedMs = Math.max(0, wallMs - totalMs(results.machine.cores));
  return (totalMs(cores) + fixedMs) / 1000;
}

/** In Markdown, as docs/fleet/scale.md shows it. */
export function repackTables(results: RepackResults): string {
  const { machine, decodedBytes, forms } = results;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  const seconds = (value: number) => `${value.toFixed(value < 9.95 ? 1 : 0)} s`;
  const names = forms.map(({ name }) => name);
  return [
    `An image of ${megabytes(decodedBytes)}, installed by the packaged program from a local server; ${machine.cores} cores ` +
      `(${machine.processor}), load before: ${machine.loadAverage.toFixed(1)}:`,
    '',
    '| form | size | blocks | time | CPU | memory |',
    '|---|---|---|---|---|---|',
    ...forms.map(
      ({ name, sizeBytes, blocks, wallMs, cpuMs, peakBytes }) =>
        `| ${name} | ${megabytes(sizeBytes)} | ${blocks} | ${seconds(wallMs / 1000)} | ${seconds(cpuMs / 1000)} | ${megabytes(peakBytes)} |`,
    ),
    '',
    'Computed from that, with the model above: the time until the last machine has installed. The shortest is in bold.',
    '',
    `| machines | server | cores | ${names.join(' | ')} |`,
    `|---|---|---|${'---|'.repeat(names.length)}`,
    ...[1, 40, 1000].flatMap((machines) =>
      [1, 10, 25].flatMap((serverGbits) =>
        [machine.cores, manyCores].map((cores) => {
          const site = { machines, serverGbits, cacheGbits: 10 };
          const times = forms.map((form) => {
            const own = {
              imageBytes: form.sizeBytes,
              machineSeconds: machineSeconds(form, results, cores),
            };
            const { plain, rackCaches } = durationsOf(site, { ...usualPayload, ...own });
            return seconds(rackCaches ?? plain);
          });
          const least = Math.min(...times.map(Number.parseFloat));
          const cells = times.map((time) =>
            Number.parseFloat(time) === least ? `**${time}**` : time,
          );
          const where = machines > 40 ? `${machines}, with rack caches 10G` : `${machines}`;
          return `| ${where} | ${serverGbits}G | ${cores} | ${cells.join(' | ')} |`;
        }),
      ),
    ),
  ].join('\n');
}
