import { run } from './run-command.ts';

/** A boot entry of the firmware: one of the variables `Boot0000` to `BootFFFF`. */
export interface FirmwareEntry {
  /** Four hexadecimal digits. */
  readonly number: string;
  readonly label: string;
  readonly isActive: boolean;
  /** What it boots, if that is a file on a partition of a GPT disk. */
  readonly file: FirmwareFile | undefined;
}

export interface FirmwareFile {
  /** Lower case. */
  readonly partitionGuid: string;
  readonly firstLba: number;
  /** `\EFI\fedora\shimx64.efi` */
  readonly loader: string;
}

/** The state of the firmware's boot manager. */
export interface FirmwareBoot {
  readonly entries: readonly FirmwareEntry[];
  /** The entries in the order in which they are tried. */
  readonly order: readonly string[];
  /** The entry of the next boot alone. */
  readonly next: string | undefined;
}

/** The label of the entries that this program makes, and by which it finds them again. */
export const ownLabel = 'CoreOS (coreos-installer)';

/**
 * What `efibootmgr --verbose` prints. The form of a file's path depends on the version of its library:
 * `File(\EFI\…)`, or the path alone; version 18 adds lines of raw bytes, which are indented.
 */
export function parseEfibootmgr(text: string): FirmwareBoot {
  const lines = text.split('\n');
  const fieldOf = (name: string) =>
    lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const entries = lines.flatMap((line) => {
    const [, number, star, label, path = ''] =
      /^Boot([0-9A-F]{4})([* ]) ([^\t]*)(?:\t(.*))?$/i.exec(line) ?? [];
    if (number === undefined) return [];
    return [
      {
        number: number.toUpperCase(),
        label: label ?? '',
        isActive: star === '*',
        file: fileOf(path.trimEnd()),
      },
    ];
  });
  const order = fieldOf('BootOrder')?.split(',').filter(Boolean) ?? [];
  return { entries, order: order.map((one) => one.toUpperCase()), next: fieldOf('BootNext') };
}

function fileOf(path: string): FirmwareFile | undefined {
  const [, guid, start, inWords, plain] =
    /^HD\(\d+,GPT,([0-9a-f-]{36}),(0x[0-9a-f]+),0x[0-9a-f]+\)\/(?:File\((.*?)\)|(\\.*))/i.exec(
      path,
    ) ?? [];
  if (guid === undefined || start === undefined) return undefined;
  return {
    partitionGuid: guid.toLowerCase(),
    firstLba: Number(start),
    loader: inWords ?? plain ?? '',
  };
}

/** What has to be done about our own entries. */
export interface EntryChanges {
  /** The one that boots the file already; undefined if it has to be made. */
  readonly reuse: FirmwareEntry | undefined;
  /** Duplicates, and those that boot nothing any more. */
  readonly remove: readonly string[];
}

/**
 * Finds our entry for a file among those of the firmware. `presentGuids` are the partitions of all
 * disks, undefined where they are not known: an entry for another disk of ours stays. Entries of others are never changed.
 */
export function planEntries(
  { entries, order }: FirmwareBoot,
  file: FirmwareFile,
  presentGuids: ReadonlySet<string> | undefined,
): EntryChanges {
  const own = entries.filter(({ label }) => label === ownLabel);
  const rank = ({ number }: FirmwareEntry) =>
    order.includes(number) ? order.indexOf(number) : order.length;
  const [reuse, ...duplicates] = own
    .filter((entry) => entry.file !== undefined && isSame(entry.file, file))
    .toSorted((a, b) => rank(a) - rank(b));
  const stale = own.filter(
    (entry) =>
      entry.file === undefined ||
      presentGuids?.has(entry.file.partitionGuid) === false ||
      (entry.file.partitionGuid === file.partitionGuid && !isSame(entry.file, file)),
  );
  const remove = new Set([...duplicates, ...stale.filter((entry) => entry !== reuse)]);
  return { reuse, remove: [...remove].map(({ number }) => number) };
}

/** Some firmware changes the case of a path. */
function isSame(one: FirmwareFile, other: FirmwareFile): boolean {
  return (
    one.partitionGuid === other.partitionGuid &&
    one.firstLba === other.firstLba &&
    one.loader.toLowerCase() === other.loader.toLowerCase()
  );
}

/** The commands, each with its arguments; all print the state afterwards. Throw `CommandError`. */
export const efibootmgr = {
  async read(): Promise<FirmwareBoot> {
    return parseEfibootmgr((await run('efibootmgr', ['--verbose'])).stdout);
  },
  async remove(number: string): Promise<void> {
    await run('efibootmgr', ['--quiet', '--bootnum', number, '--delete-bootnum']);
  },
  /** Makes an entry that is not in the order yet. */
  async create(disk: string, partition: number, loader: string): Promise<void> {
    const place = ['--disk', disk, '--part', String(partition), '--loader', loader];
    await run('efibootmgr', ['--quiet', '--create-only', ...place, '--label', ownLabel]);
  },
  async activate(number: string): Promise<void> {
    await run('efibootmgr', ['--quiet', '--bootnum', number, '--active']);
  },
  async setOrder(order: readonly string[]): Promise<void> {
    await run('efibootmgr', ['--quiet', '--bootorder', order.join(',')]);
  },
  async setNext(number: string): Promise<void> {
    await run('efibootmgr', ['--quiet', '--bootnext', number]);
  },
};
