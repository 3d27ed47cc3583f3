import { TargetError } from '../lib/errors.ts';
import { formatBytes } from '../lib/quantities.ts';
import type { DeviceRule } from '../parameters/device-rule.ts';
import type { SurveyedDisk } from './list-disks.ts';
import { matchRule, type RuleVerdict } from './match-rule.ts';

/** The one disk that meets a rule. Throws `TargetError`, which says of each disk why it is not the one. */
export function chooseDisk(rule: DeviceRule, disks: readonly SurveyedDisk[]): SurveyedDisk {
  const verdicts = matchRule(rule, disks);
  const matching = verdicts.filter(({ leftOut }) => leftOut === undefined);
  const [only] = matching;
  if (only !== undefined && matching.length === 1) return only.disk;
  const failed = `Cannot choose a disk by the rule ${rule.text}`;
  if (only !== undefined) {
    throw new TargetError({
      code: 'several-disks-match',
      failed,
      why: `${matching.length} disks match: ${matching.map(({ disk }) => nameDisk(disk)).join('; ')}`,
      next: adviceOn(matching.map(({ disk }) => disk)),
    });
  }
  throw new TargetError({
    code: 'no-disk-matches',
    failed,
    why:
      disks.length === 0
        ? 'this machine shows no disk'
        : `no disk matches: ${verdicts.map(describeVerdict).join('; ')}`,
    next: 'Correct the rule, or give its name. coreos-installer devices --match RULE tries a rule.',
  });
}

/** No condition tells the paths of one disk apart. */
function adviceOn(disks: readonly SurveyedDisk[]): string {
  const [first] = disks;
  const isOne = first?.wwn !== undefined && disks.every(({ wwn }) => wwn === first.wwn);
  return isOne
    ? 'They have the same WWN: they are paths to one disk. Give the name of one of them, such as disk/by-path/…, or start multipathd and give the multipath device.'
    : 'Add a condition such as serial=…, or give its name.';
}

function describeVerdict({ disk, leftOut }: RuleVerdict): string {
  return `${nameDisk(disk)}: ${leftOut}`;
}

/** `/dev/sda (931 GiB, Samsung SSD 870, serial S5Y1, disk/by-path/pci-0000:00:17.0-ata-1)` */
function nameDisk({ path, sizeBytes, model, serial, stableNames }: SurveyedDisk): string {
  const byPath = stableNames.find((name) => name.startsWith('disk/by-path/'));
  const facts = [formatBytes(sizeBytes), model, serial && `serial ${serial}`, byPath];
  return `${path} (${facts.filter(Boolean).join(', ')})`;
}
