import type { GptPartition } from '../disk/gpt/gpt.ts';
import type { FileSystem } from '../disk/look/probe.ts';

/** What the links of a partition are made of, in the system that will be installed. */
export type Linked = Pick<GptPartition, 'number' | 'name' | 'uniqueGuid'> & {
  readonly fileSystem: FileSystem | undefined;
};

/** The links that udev makes for a partition, which do not depend on the disk's name. */
export function linksOf({ name, uniqueGuid, fileSystem }: Linked): Set<string> {
  const { label, uuid } = fileSystem ?? {};
  const links = [
    ['by-partlabel', name],
    ['by-partuuid', uniqueGuid.toLowerCase()],
    ['by-label', label],
    ['by-uuid', uuid],
  ] as const;
  return new Set(
    links.flatMap(([kind, value]) => (value ? [`/dev/disk/${kind}/${escaped(value)}`] : [])),
  );
}

/** As libblkid encodes a text for udev: `my data` is `my\x20data`. What is not ASCII stays. */
function escaped(text: string): string {
  return text.replaceAll(
    /[^\w#+\-.:=@\u0080-\u{10ffff}]/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Whether a path is that of the partition with this number, of a disk that is not known. */
export function isOfSomeDisk(path: string, number: number): boolean {
  const [, ofDisk, ofLink] =
    /^\/dev\/(?:(?:[shv]d[a-z]+|xvd[a-z]+|dasd[a-z]+|(?:nvme\d+n|mmcblk|md|loop)\d+p)(\d+)|disk\/by-(?:id|path)\/[^/]+-part(\d+))$/.exec(
      path,
    ) ?? [];
  return Number(ofDisk ?? ofLink) === number;
}
