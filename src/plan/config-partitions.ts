import type { GptPartition } from '../disk/gpt/gpt.ts';
import { memberOf, textOf } from './config-members.ts';
import { nameOfPartition } from './partition-fates.ts';
import type { Linked } from './partition-links.ts';

const mib = 1024 * 1024;

/** A saved partition as the new system has it: with its number there. */
export type KeptPartition = Linked & Pick<GptPartition, 'typeGuid' | 'offsetBytes' | 'sizeBytes'>;

/**
 * What a partition of a disk in the Ignition config means for saved ones. Ignition compares by number
 * only: it deletes or replaces an entry that differs where it may wipe it, and fails otherwise
 * (https://coreos.github.io/ignition/operator-notes/#partition-reuse-semantics).
 */
export function warnOfPartition(
  path: string,
  device: string,
  wanted: unknown,
  saved: readonly KeptPartition[],
): string[] {
  const number = Number(memberOf(wanted, 'number') ?? 0);
  const isUnwanted = memberOf(wanted, 'shouldExist') === false;
  const present = saved.find((one) => one.number === number);
  if (present === undefined)
    return isUnwanted
      ? []
      : [
          ...warnOfNamesake(path, device, wanted, saved),
          ...warnOfOverlap(path, device, wanted, saved),
        ];
  const name = `the saved partition ${nameOfPartition(present)}`;
  const differing = isUnwanted ? [] : differencesOf(wanted, present);
  if (!isUnwanted && differing.length === 0) return [];
  const what = `partition ${number} of ${device}`;
  const other = `another ${differing.join(' and ')}`;
  if (memberOf(wanted, 'wipePartitionEntry') === true)
    return [
      `The Ignition config ${isUnwanted ? `deletes ${what}` : `replaces ${what} by one with ${other}`} ` +
        `at the first boot (wipePartitionEntry). If that is ${path}, ${name} is lost then.`,
    ];
  return [
    `The Ignition config has ${isUnwanted ? `no ${what} (shouldExist)` : `${what} with ${other}`}. ` +
      `If that is ${path}, the first boot fails, because ${name} is there.`,
  ];
}

/** Of what the config says. A start or size of 0 means what is free, and is not known here. */
function differencesOf(wanted: unknown, present: KeptPartition): string[] {
  const label = memberOf(wanted, 'label');
  const start = memberOf(wanted, 'startMiB') || undefined;
  const size = memberOf(wanted, 'sizeMiB') || undefined;
  const mayGrow = memberOf(wanted, 'resize') === true;
  const isOther = (key: string, guid: string) =>
    (textOf(wanted, key)?.toUpperCase() ?? guid) !== guid;
  return [
    ...(typeof label === 'string' && label !== present.name ? ['label'] : []),
    ...(start !== undefined && start !== present.offsetBytes / mib ? ['start'] : []),
    ...(size !== undefined && size !== present.sizeBytes / mib && !mayGrow ? ['size'] : []),
    ...(isOther('typeGuid', present.typeGuid) ? ['type'] : []),
    ...(isOther('guid', present.uniqueGuid) ? ['GUID'] : []),
  ];
}

/** Without a start, Ignition takes what is free; without a size, what is free from there on. */
function warnOfOverlap(
  path: string,
  device: string,
  wanted: unknown,
  saved: readonly KeptPartition[],
): string[] {
  const [startMib, sizeMib] = [memberOf(wanted, 'startMiB'), memberOf(wanted, 'sizeMiB')];
  if (typeof startMib !== 'number' || startMib === 0) return [];
  const startBytes = startMib * mib;
  const endBytes = startBytes + Math.max(1, typeof sizeMib === 'number' ? sizeMib * mib : 0);
  return saved
    .filter((one) => startBytes < one.offsetBytes + one.sizeBytes && endBytes > one.offsetBytes)
    .map(
      (one) =>
        `The Ignition config makes a partition at ${startMib} MiB of ${device}. If that is ${path}, the ` +
        `first boot fails, because the saved partition ${nameOfPartition(one)} is there.`,
    );
}

/** Without the number of the saved one, Ignition makes a second partition of the same label. */
function warnOfNamesake(
  path: string,
  device: string,
  wanted: unknown,
  saved: readonly KeptPartition[],
): string[] {
  const label = textOf(wanted, 'label');
  const namesake = saved.find(({ name }) => label !== undefined && name === label);
  if (namesake === undefined) return [];
  return [
    `The Ignition config makes another partition with the label ${JSON.stringify(label)} on ${device} ` +
      `at the first boot. If that is ${path}, give it the number ${namesake.number}: it is then the saved one.`,
  ];
}
