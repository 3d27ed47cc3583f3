import type { PartitionContents } from '../../disk/look/contents.ts';
import { exitCodes } from '../../lib/errors.ts';
import { type DeviceRule, parseDeviceRule } from '../../parameters/device-rule.ts';
import { chooseDisk } from '../../plan/choose-disk.ts';
import { type SurveyedDisk, surveyDisks } from '../../plan/list-disks.ts';
import { matchRule } from '../../plan/match-rule.ts';
import { nameOfPartition, optionToSave } from '../../plan/partition-fates.ts';
import { describeContents, describeDisk } from '../../ui/describe-disk.ts';
import { say, sayJson, warn } from '../../ui/output.ts';
import { fromOption } from '../stream-options.ts';

export interface DevicesOptions {
  readonly json: boolean;
  /** A rule to try on the disks. */
  readonly match: string | undefined;
}

/** Lists the disks; returns the exit code. Throws `TargetError` where a rule does not choose one. */
export async function runDevices({ json, match }: DevicesOptions): Promise<number> {
  const rule = match === undefined ? undefined : parseDeviceRule(fromOption(match, '--match'));
  const disks = await surveyDisks();
  const rows: Row[] = rule ? matchRule(rule, disks) : disks.map((disk) => ({ disk }));
  if (json) {
    sayJson({ schemaVersion: 1, devices: rows.map((row) => asJson(row, rule !== undefined)) }, 2);
  } else {
    for (const row of rows) for (const line of describe(row, rule)) say(line);
    if (disks.length === 0) warn('No disk was found; a driver may be missing.');
    if (process.geteuid?.() !== 0)
      warn('Run this as root to see the contents of the disks, and what uses them.');
  }
  if (rule !== undefined) chooseDisk(rule, disks);
  return exitCodes.installed;
}

/** A disk, and why a rule does not choose it. */
interface Row {
  readonly disk: SurveyedDisk;
  readonly leftOut?: string | undefined;
}

function describe({ disk, leftOut }: Row, rule: DeviceRule | undefined): string[] {
  const { path, stableNames, contents, refusal } = disk;
  const match = leftOut === undefined ? 'matches the rule' : `does not match: ${leftOut}`;
  return [
    `${path}: ${describeDisk(disk)}`,
    `  holds: ${describeContents(contents)}`,
    ...stableNames.map((name) => `  also:  ${name}`),
    ...contents.partitions.filter(({ beyondSystem }) => beyondSystem).map(describeData),
    ...(rule === undefined
      ? [
          refusal === undefined
            ? `  can be a target: -d ${path.replace(/^\/dev\//, '')}`
            : `  cannot be a target: ${refusal.why}`,
        ]
      : [`  ${match}`]),
  ];
}

/** A partition that a reinstallation can keep. */
function describeData({ number, label: name = '' }: PartitionContents): string {
  const partition = { number, name };
  return `  data:  ${nameOfPartition(partition)} – to keep it: ${optionToSave(partition)}`;
}

function asJson({ disk, leftOut }: Row, isMatched: boolean) {
  const { refusal, logicalSectorSizeBytes, isVirtual: _, majMin: __, diskseq: ___, ...rest } = disk;
  return {
    ...rest,
    sectorSizeBytes: logicalSectorSizeBytes,
    possibleTarget: refusal === undefined,
    ...(refusal && { refusal: { code: refusal.code, why: refusal.why, next: refusal.next } }),
    ...(isMatched && { matches: leftOut === undefined, leftOut }),
  };
}
