import type { Costs, Image } from './model.ts';
import type { CaseResult, Results } from './report.ts';
import { median } from './statistics.ts';

const blockBytes = 192 * 1024 * 1024;

/** The model's input, derived from the measurements; undefined if a case is missing. */
export function measuredCosts({ cases }: Results): { image: Image; costs: Costs } | undefined {
  const find = (name: string) => cases.find((one) => one.name === name);
  const [blocks, raw, slow] = [find('xz, blocks'), find('raw'), find('network of 20 MB/s')];
  if (!blocks || !raw || !slow) return undefined;
  const image = {
    compressedBytes: blocks.imageSizeBytes,
    decodedBytes: raw.imageSizeBytes,
    blocks: Math.ceil(raw.imageSizeBytes / blockBytes),
  };
  const mainMs = medianOf(blocks, 'coreos-installer', 'mainThreadMs');
  const costs = {
    mainMsPerByte: mainMs / image.compressedBytes,
    decodeMsPerByte: (medianOf(blocks, 'coreos-installer', 'cpuMs') - mainMs) / image.decodedBytes,
    // On a slow network, this is the only work left after the last byte has been received.
    fixedMs: medianOf(slow, 'coreos-installer', 'wallMs') - medianOf(slow, 'curl alone', 'wallMs'),
  };
  return { image, costs };
}

/** The median of one figure over the runs of a program. */
export function medianOf(
  { runs }: CaseResult,
  program: string,
  of: 'wallMs' | 'cpuMs' | 'mainThreadMs',
): number {
  return median((runs[program] ?? []).map((run) => run[of]));
}
