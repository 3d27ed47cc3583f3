import { exitCodes } from '../../lib/errors.ts';
import { type SurveyedDisk, surveyDisks } from '../../plan/list-disks.ts';
import { describeContents, describeDisk } from '../../ui/describe-disk.ts';
import { say, sayJson, warn } from '../../ui/output.ts';

export interface DevicesOptions {
  readonly json: boolean;
}

/** Lists the disks; returns the exit code. */
export async function runDevices({ json }: DevicesOptions): Promise<number> {
  const disks = await surveyDisks();
  if (json) {
    sayJson({ schemaVersion: 1, devices: disks.map(asJson) }, 2);
    return exitCodes.installed;
  }
  for (const line of disks.flatMap(describe)) say(line);
  if (disks.length === 0) warn('No disk was found; a driver may be missing.');
  if (process.geteuid?.() !== 0) {
    warn('Run this as root to see the contents of the disks, and what uses them.');
  }
  return exitCodes.installed;
}

function describe(disk: SurveyedDisk): string[] {
  const { path, stableNames, contents, refusal } = disk;
  return [
    `${path}: ${describeDisk(disk)}`,
    `  holds: ${describeContents(contents)}`,
    ...stableNames.map((name) => `  also:  ${name}`),
    refusal === undefined
      ? `  can be a target: -d ${path.replace(/^\/dev\//, '')}`
      : `  cannot be a target: ${refusal.why}`,
  ];
}

function asJson({ refusal, logicalSectorSizeBytes, ...disk }: SurveyedDisk) {
  return {
    ...disk,
    sectorSizeBytes: logicalSectorSizeBytes,
    possibleTarget: refusal === undefined,
    ...(refusal && { refusal: { code: refusal.code, why: refusal.why, next: refusal.next } }),
  };
}
