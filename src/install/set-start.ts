import type { KernelArgument } from '../parameters/kernel-cmdline.ts';
import type { SystemStart } from '../plan/system-start.ts';
import type { BootDirectory } from './boot-directory.ts';
import { type BootEntry, nameOfEntry, readEntries } from './boot-entries.ts';
import {
  argumentsOf,
  consolePort,
  editArguments,
  hasPlatformId,
  isMenuEntry,
  withPlatformId,
} from './boot-entry.ts';
import { bootWords } from './boot-words.ts';
import { longerThanKernel } from './command-line-length.ts';
import { withConsoleCommands } from './grub-console.ts';
import { noPlatforms, type PlatformTable, readPlatformTable } from './platform-table.ts';
import { asReceived, type StartEdits, startEdits } from './start-edits.ts';
import { type Refuse, refusalOf, wishesIn } from './start-wishes.ts';

const fileLimitBytes = 64 * 1024;
/**
 * Sets the platform, consoles and kernel arguments on the boot partition: in every entry that GRUB
 * shows, so that whichever is booted has them. Everything is read and decided before the first file is
 * changed. Returns warnings, a sentence or two each; throws a `WriteError` that names entry and line
 * where an entry cannot be edited safely.
 */
export async function setStart(boot: BootDirectory, start: SystemStart): Promise<string[]> {
  const wishes = wishesIn(start);
  if (wishes.length === 0) return [];
  const refuse = refusalOf(start);
  const edits = startEdits(start, await platformsOf(boot, start, refuse));
  const entries = await readEntries(boot).catch((error: Error) => {
    throw refuse(wishes, error.message, { cause: error });
  });
  const { changed, removed } = editEntries(entries, start, edits, refuse);
  const console =
    edits.grubCommands && (await editConsole(boot, start, edits.grubCommands, refuse));
  if (console !== undefined) changed.set(...console);
  for (const [path, text] of changed)
    await boot.replace(path, Buffer.from(text, 'latin1'), await boot.modeOf(path));
  return [
    ...start.remove
      .filter((argument) => !removed.has(asReceived(argument)))
      .map((argument) => notThere(argument, entries)),
    ...warnOfConsoles(start, [...changed.values()]),
  ];
}

async function platformsOf(
  boot: BootDirectory,
  { platformId, consoles }: SystemStart,
  refuse: Refuse,
): Promise<PlatformTable> {
  const path = 'coreos/platforms.json';
  const isNeeded = (platformId ?? 'metal') !== 'metal' || consoles.length > 0;
  if (!isNeeded || !(await boot.has(path))) return noPlatforms;
  try {
    return readPlatformTable(await boot.read(path, fileLimitBytes));
  } catch (error) {
    const why = `${path} on the boot partition: ${(error as Error).message}`;
    throw refuse(['console', 'platform'], why, { cause: error });
  }
}

function editEntries(
  entries: readonly BootEntry[],
  start: SystemStart,
  { edits }: StartEdits,
  refuse: Refuse,
) {
  const { platformId, append } = start;
  const changed = new Map<string, string>();
  const removed = new Set<string>();
  for (const { path, text: before } of entries) {
    let text = before;
    const isShown = isMenuEntry(before);
    if (edits.length > 0 && isShown) {
      const edited = editArguments(before, edits);
      if ('why' in edited)
        throw refuse(
          edits.map(({ by }) => by),
          placed(path, edited.line, edited.why),
        );
      text = edited.text;
      for (const word of edited.removed) removed.add(word);
    }
    if (platformId !== undefined) text = withPlatformId(text, platformId);
    if (platformId !== undefined && isShown && !hasPlatformId(text, platformId))
      throw refuse(['platform'], placed(path, undefined, 'GRUB does not read its options line'));
    const tooLong = append.length > 0 && isShown ? longerThanKernel(text) : undefined;
    if (tooLong !== undefined) {
      const next = 'Give fewer or shorter kernel arguments, and install again.';
      throw refuse(['arguments'], placed(path, undefined, tooLong), { next });
    }
    if (text !== before) changed.set(path, text);
  }
  if (edits.length > 0 && !entries.some(({ text }) => isMenuEntry(text)))
    throw refuse(wishesIn(start), 'no entry in loader/entries has a kernel that GRUB can start');
  return { changed, removed };
}

const placed = (path: string, line: number | undefined, why: string) =>
  `${nameOfEntry(path)}${line === undefined ? '' : `, line ${line}`}: ${why}`;

/** Images have the console in a file of its own, or in GRUB's configuration. */
async function editConsole(
  boot: BootDirectory,
  { consoles }: SystemStart,
  commands: readonly string[],
  refuse: Refuse,
): Promise<readonly [path: string, text: string] | undefined> {
  const by = consoles.length > 0 ? 'console' : 'platform';
  const own = 'grub2/console.cfg';
  const path = (await boot.has(own)) ? own : 'grub2/grub.cfg';
  const script = await boot.read(path, fileLimitBytes).catch((error: Error) => {
    throw refuse([by], `${path} on the boot partition: ${error.message}`, { cause: error });
  });
  const before = script.toString('latin1');
  const lines = commands.map((line) => Buffer.from(line).toString('latin1'));
  const text = withConsoleCommands(before, lines);
  if (text === undefined) {
    const why = `${path} on the boot partition does not mark the place of the console, once`;
    const next =
      'Set the console of the kernel only, with --append-karg console=…, or use another image.';
    throw refuse([by], why, by === 'console' ? { next } : {});
  }
  return text === before ? undefined : [path, text];
}

function notThere({ name, raw }: KernelArgument, entries: readonly BootEntry[]): string {
  const [similar] = entries.flatMap(({ text }) => similarWords(text, name));
  return (
    `The kernel arguments of the image do not include ${raw}: nothing was removed.` +
    (similar === undefined ? '' : ` Give the whole argument, such as ${similar}.`)
  );
}

/** The kernel takes the options of a port from the first `console=` for it (kernel/printk/printk.c). */
function warnOfConsoles({ append }: SystemStart, entries: readonly string[]): string[] {
  return append.flatMap((argument) => {
    const word = asReceived(argument);
    const port = consolePort(word);
    const first = entries
      .map((entry) => wordsOf(entry).find((text) => consolePort(text) === port))
      .find((text) => port !== undefined && text !== word);
    return first === undefined
      ? []
      : [
          `The kernel uses the options of the first console= for a port: ${first} stays before ` +
            `${argument.raw}, which changes nothing but the order. Remove the first one with --delete-karg ${first}.`,
        ];
  });
}

/** Of the same name, in an entry. */
function similarWords(entry: string, name: string): string[] {
  return wordsOf(entry).filter((text) => text.startsWith(`${name}=`) && text.length <= 200);
}

function wordsOf(entry: string): string[] {
  return bootWords(argumentsOf(entry)).map(({ text }) => text);
}
