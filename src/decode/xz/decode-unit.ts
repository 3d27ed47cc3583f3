import { abortable } from '../../lib/promises.ts';
import type { ChunkWriter } from '../chunk-writer.ts';
import { DecodeFault } from '../fault.ts';
import { NativeDecoder } from '../native-decoder.ts';
import type { KnownZeros } from './known-zeros.ts';
import type { Unit } from './unit.ts';
import { streamHeaderBytes } from './xz-headers.ts';

/** What decoding a unit needs. */
export interface Workplace {
  readonly writer: ChunkWriter;
  readonly zeros: KnownZeros;
  readonly signal: AbortSignal;
  /** Called when the piece's memory is free again. */
  readonly release: (piece: Uint8Array<ArrayBuffer>) => void;
}

/** Decodes a unit as its pieces arrive. Throws `DecodeFault` with the place in the file. */
export async function decodeUnit(unit: Unit, work: Workplace): Promise<void> {
  const { writer, zeros, signal, release } = work;
  const { taken, same } = await zeros.compare(unit, signal);
  if (same) {
    for (const piece of taken) release(piece);
    return await writer.putZeros(unit.outputOffsetBytes, unit.outputBytes, signal);
  }
  const recording = zeros.recording();
  using decoder = new NativeDecoder('xz');
  let outputBytes = 0;
  let ended = false;
  for (;;) {
    const piece = taken.shift() ?? (await abortable(unit.take(), signal));
    if (!piece) break;
    for (let used = 0; used < piece.length; ) {
      if (ended) throw disagreement(unit);
      await abortable(writer.ready(), signal);
      const atBytes = unit.outputOffsetBytes + outputBytes;
      const places = writer.places(atBytes, unit.outputBytes - outputBytes);
      const decoded = await decoder.decode(piece.subarray(used), places).catch((error: unknown) => {
        throw located(error, unit);
      });
      if (decoded.usedBytes + decoded.madeBytes === 0) throw disagreement(unit);
      recording.decoded(places, decoded.madeBytes);
      writer.filled(atBytes, decoded.madeBytes);
      ({ ended } = decoded);
      used += decoded.usedBytes;
      outputBytes += decoded.madeBytes;
    }
    recording.usedUp(piece);
    release(piece);
  }
  if (!ended || outputBytes !== unit.outputBytes) throw disagreement(unit);
  recording.succeeded();
}

/** liblzma disagrees with the walker about a block's size: never seen, but not to be trusted. */
function disagreement(unit: Unit): DecodeFault {
  return new DecodeFault(
    'damaged',
    'a block decodes to a different size than its headers say',
    unit.inputOffsetBytes,
  );
}

/** The fault with its place in the file instead of in the unit's own stream. */
function located(error: unknown, unit: Unit): unknown {
  if (!(error instanceof DecodeFault) || error.offsetBytes === undefined) return error;
  const within = Math.max(0, error.offsetBytes - streamHeaderBytes);
  return new DecodeFault(error.kind, error.message, unit.inputOffsetBytes + within);
}
