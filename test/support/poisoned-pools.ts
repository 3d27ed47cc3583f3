import { Pieces } from '../../src/decode/pieces.ts';
import { chunkBytes } from '../../src/lib/bytes.ts';
import { ChunkPool } from '../../src/lib/chunk-pool.ts';

/**
 * Fills all pooled memory, new or reused, with a byte that is rare in images. That reveals zeros that
 * nothing has written, and code that still reads or writes memory after giving it back. Active in every
 * test (see poisoned-memory.ts): the decoders and the writer get all their memory from these two pools.
 * In a module of its own, since test files that share a process share the pools: they are changed once.
 */
const poison = 0xa5;
const poisoned = Buffer.alloc(chunkBytes, poison);

/** Faults since the last test; an error thrown in the pool might be ignored by the caller. */
const faults: string[] = [];

/** Memory that a pool has lent and not got back yet. */
const lent = new WeakMap<object, Set<object>>();
const spoilt = new WeakSet<object>();

function lentBy(pool: object): Set<object> {
  const set = lent.get(pool) ?? new Set();
  lent.set(pool, set);
  return set;
}

function isPoisoned(bytes: Uint8Array): boolean {
  return poisoned.compare(bytes, 0, bytes.length, 0, bytes.length) === 0;
}

/** `key` is the underlying memory of all views. */
function give(pool: object, key: object, bytes: Uint8Array): void {
  if (!spoilt.has(key)) bytes.fill(poison);
  else if (!isPoisoned(bytes)) faults.push('memory was written to after it had been given back');
  spoilt.add(key);
  lentBy(pool).add(key);
}

function takeBack(pool: object, key: object, bytes: Uint8Array): void {
  if (!lentBy(pool).delete(key)) faults.push('memory was given back that was not lent');
  bytes.fill(poison);
  spoilt.add(key);
}

const chunkPool = { take: ChunkPool.prototype.take, giveBack: ChunkPool.prototype.giveBack };

ChunkPool.prototype.take = function () {
  const chunk = chunkPool.take.call(this);
  if (chunk) give(this, chunk, chunk);
  return chunk;
};

ChunkPool.prototype.giveBack = function (chunk) {
  takeBack(this, chunk, chunk);
  chunkPool.giveBack.call(this, chunk);
};

const pieces = { take: Pieces.prototype.take, giveBack: Pieces.prototype.giveBack };

Pieces.prototype.take = function () {
  const piece = pieces.take.call(this);
  give(this, piece.buffer, piece);
  return piece;
};

Pieces.prototype.giveBack = function (piece) {
  const whole = new Uint8Array(piece.buffer);
  // A short piece has memory of its own size, which is not reused.
  if (this.keeps(piece.length) || lentBy(this).has(piece.buffer))
    takeBack(this, piece.buffer, whole);
  else whole.fill(poison);
  pieces.giveBack.call(this, piece);
};

/** The first fault since the last call. */
export function takeFault(): string | undefined {
  return faults.splice(0)[0];
}
