/**
 * Estimates the time of an installation on machines that are not available for measurements: the stages
 * work in parallel, block by block, and the slowest determines the time. Pure; the input comes from
 * measurements.
 */
export interface Place {
  readonly cores: number;
  readonly networkBytesPerSecond: number;
  readonly diskBytesPerSecond: number;
}

export interface Image {
  readonly compressedBytes: number;
  readonly decodedBytes: number;
  /** The blocks can be decoded in parallel. */
  readonly blocks: number;
}

/** The cost of the work on one core. */
export interface Costs {
  /** Of the decoders and writers, for each decoded byte. */
  readonly decodeMsPerByte: number;
  /** Of the main thread (receiving, hashing, finding blocks), for each compressed byte. */
  readonly mainMsPerByte: number;
  /** Work that does not overlap with other stages: checks before, configuration and commit after. */
  readonly fixedMs: number;
}

export type Stage = 'network' | 'main thread' | 'cores' | 'disk' | 'last blocks';

export interface Prediction {
  readonly totalMs: number;
  /** The stage that limits the speed. */
  readonly bottleneck: Stage;
}

export function predict(image: Image, place: Place, costs: Costs): Prediction {
  const { compressedBytes, decodedBytes, blocks } = image;
  const mainMs = compressedBytes * costs.mainMsPerByte;
  const decodeMs = decodedBytes * costs.decodeMsPerByte;
  const stages: Record<Exclude<Stage, 'last blocks'>, number> = {
    network: (compressedBytes / place.networkBytesPerSecond) * 1000,
    'main thread': mainMs,
    cores: (decodeMs + mainMs) / place.cores,
    disk: (decodedBytes / place.diskBytesPerSecond) * 1000,
  };
  const [slowest, slowestMs] = Object.entries(stages).reduce((a, b) => (b[1] > a[1] ? b : a));

  // A block cannot end before its last byte has arrived, nor take less than one core needs for it.
  const arrivingMs = Math.max(stages.network, mainMs) / blocks;
  const lanes = Math.min(place.cores, blocks);
  const decodingMs = Math.max(decodeMs / blocks, (stages.cores / blocks) * lanes);
  const free = new Array<number>(lanes).fill(0);
  let endMs = 0;
  for (let block = 0; block < blocks; block += 1) {
    const lane = free.indexOf(Math.min(...free));
    const startMs = Math.max(free[lane] as number, block * arrivingMs);
    free[lane] = Math.max(startMs + decodingMs, (block + 1) * arrivingMs);
    endMs = Math.max(endMs, free[lane]);
  }
  // Waiting for the last blocks counts as the bottleneck once it is a fifth of the time.
  const waits = endMs > slowestMs * 1.25;
  return {
    totalMs: Math.max(endMs, slowestMs) + costs.fixedMs,
    bottleneck: waits ? 'last blocks' : (slowest as Stage),
  };
}
