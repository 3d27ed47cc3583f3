import * as v from 'valibot';
import { absolutePath, count, flag, type Objection, repeated, rule, rules, since } from './rule.ts';

const guid = v.optional(
  v.pipe(
    v.string(),
    rule((value) =>
      value === '' || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
        ? undefined
        : 'it is not of the form 01234567-89AB-CDEF-EDCB-A98765432101',
    ),
  ),
);

export function disk(minor: number) {
  const partition = v.pipe(
    v.object({
      label: v.optional(v.pipe(v.string(), rule(objectionToLabel))),
      number: count,
      sizeMiB: count,
      startMiB: count,
      typeGuid: guid,
      guid,
      wipePartitionEntry: flag,
      shouldExist: flag,
      ...since(minor, 2, { resize: flag }),
    }),
    rule((given) => objectionToPartition(given)),
  );
  const partitions = v.pipe(
    v.array(partition),
    rules((list) => objectionsToPartitions(list)),
  );
  return v.object({
    device: absolutePath,
    wipeTable: flag,
    partitions: v.optional(partitions),
  });
}

interface Partition {
  readonly label?: string | undefined;
  readonly number?: number | undefined;
  readonly sizeMiB?: number | undefined;
  readonly startMiB?: number | undefined;
  readonly typeGuid?: string | undefined;
  readonly guid?: string | undefined;
  readonly shouldExist?: boolean | undefined;
}

function objectionToLabel(label: string): string | undefined {
  if (Buffer.byteLength(label) > 36) return 'a partition label must not be longer than 36 bytes';
  return label.includes(':') ? 'a partition label must not contain a colon' : undefined;
}

function objectionToPartition(partition: Partition): string | undefined {
  const { label, number, sizeMiB, startMiB, typeGuid, guid, shouldExist } = partition;
  if ((number ?? 0) === 0 && label === undefined) return 'it has neither a number nor a label';
  if (shouldExist !== false) return undefined;
  if ((number ?? 0) === 0) return 'a partition that should not exist needs a number';
  return [label, sizeMiB, startMiB, typeGuid, guid].some((given) => given !== undefined)
    ? 'a partition that should not exist must have only a number'
    : undefined;
}

function* objectionsToPartitions(partitions: readonly Partition[]): Generator<Objection> {
  yield* repeated(partitions, 'partition number', ({ number }) =>
    number ? `${number}` : undefined,
  );
  yield* repeated(partitions, 'partition label', ({ label }) => label);
  const placed = partitions.flatMap((partition, index) => {
    const { startMiB, sizeMiB } = partition;
    return startMiB && sizeMiB !== undefined ? [{ startMiB, sizeMiB, index }] : [];
  });
  placed.sort((a, b) => a.startMiB - b.startMiB);
  let endMiB = 0;
  let last = 0;
  for (const { startMiB, sizeMiB, index } of placed) {
    if (startMiB < endMiB || startMiB === last)
      yield [[index, 'startMiB'], 'the partition overlaps another'];
    endMiB = Math.max(endMiB, startMiB + sizeMiB);
    last = startMiB;
  }
  // Number 0 means “the next free one”. Before release 2.27, Ignition could not handle that
  // together with a partition to delete.
  if (!partitions.some(({ shouldExist }) => shouldExist === false)) return;
  for (const [index, { number, shouldExist }] of partitions.entries()) {
    if ((number ?? 0) === 0 && shouldExist !== false)
      yield [
        [index],
        'before Ignition 2.27, all partitions need a number where one of them should not exist',
        true,
      ];
  }
}
