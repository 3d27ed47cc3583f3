import { measuredCosts, medianOf } from './measured-costs.ts';
import { type Costs, type Image, type Place, predict } from './model.ts';
import type { Results } from './report.ts';

const gigabit = 125e6;
const networks = { '1 Gbit/s': gigabit, '10 Gbit/s': 10 * gigabit, '25 Gbit/s': 25 * gigabit };
const disks = { SATA: 500e6, NVMe: 3e9 };

/** In Markdown: the model compared with the measurements, and its predictions for other machines. */
export function modelTables(results: Results): string {
  const measured = measuredCosts(results);
  if (measured === undefined) return 'Not all cases that the model needs were run.';
  const { image, costs } = measured;
  return [
    figures(image, costs),
    '',
    '| on this machine | measured: s | model: s |',
    '|---|---|---|',
    ...comparisons(results, image, costs),
    '',
    `| cores | disk | ${Object.keys(networks).join(' | ')} |`,
    `|---|---|${'---|'.repeat(Object.keys(networks).length)}`,
    ...[4, 16, 64].flatMap((cores) =>
      Object.entries(disks).map(([disk, diskBytesPerSecond]) => {
        const cells = Object.values(networks).map((networkBytesPerSecond) => {
          const place = { cores, networkBytesPerSecond, diskBytesPerSecond };
          const { totalMs, bottleneck } = predict(image, place, costs);
          return `${(totalMs / 1000).toFixed(1)} s, ${bottleneck}`;
        });
        return `| ${cores} | ${disk} | ${cells.join(' | ')} |`;
      }),
    ),
  ].join('\n');
}

function figures(image: Image, { decodeMsPerByte, mainMsPerByte, fixedMs }: Costs): string {
  const megabytesPerSecond = (msPerByte: number) => (1 / msPerByte / 1000).toFixed(0);
  return (
    `Input: ${(image.compressedBytes / 1e6).toFixed(0)} MB that decode to ` +
    `${(image.decodedBytes / 1e6).toFixed(0)} MB in ${image.blocks} blocks; one core decodes and ` +
    `writes ${megabytesPerSecond(decodeMsPerByte)} MB/s of decoded data, the main thread receives ` +
    `${megabytesPerSecond(mainMsPerByte)} MB/s of compressed data, and nothing overlaps with ` +
    `${(fixedMs / 1000).toFixed(1)} s of start and end.`
  );
}

function comparisons({ machine, cases }: Results, image: Image, costs: Costs): string[] {
  const shaped = {
    'xz, blocks': Number.POSITIVE_INFINITY,
    'network of 1 Gbit/s': gigabit,
    'network of 20 MB/s': 20e6,
  };
  return cases.flatMap((one) => {
    const networkBytesPerSecond = shaped[one.name as keyof typeof shaped];
    if (networkBytesPerSecond === undefined) return [];
    const disk = { diskBytesPerSecond: Number.POSITIVE_INFINITY };
    const place: Place = { cores: machine.cores, networkBytesPerSecond, ...disk };
    const wallMs = medianOf(one, 'coreos-installer', 'wallMs');
    const { totalMs } = predict(image, place, costs);
    return [`| ${one.name} | ${(wallMs / 1000).toFixed(1)} | ${(totalMs / 1000).toFixed(1)} |`];
  });
}
