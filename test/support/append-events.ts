import { writeSync } from 'node:fs';
import { EventDatabase } from '../../src/provision/happened/database.ts';

/** Adds events for ever, a few in each turn, and prints the number of each that is settled. */
const [, , path = ''] = process.argv;
const database = new EventDatabase(path);
for (let turn = 0; ; turn += 1) {
  const seqs = Array.from({ length: 1 + (turn % 5) }, (_, index) =>
    database.append({
      atMs: Date.now(),
      machine: `node-${index}`,
      kind: 'permitted',
      actor: 'machine',
      data: { filler: 'x'.repeat((turn % 50) * 40) },
      tokenSha256: Buffer.alloc(32, index),
    }),
  );
  await database.settled();
  writeSync(1, `${seqs.join('\n')}\n`);
}
