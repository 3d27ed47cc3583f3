/** Files by their paths, without a slash at the beginning. */
export type Members = ReadonlyMap<string, Uint8Array>;

const directory = 0o040755;
/** Configs contain secrets. */
const file = 0o100600;

/**
 * An archive in the newc format with these files, sorted by path, each after its directories. All belong
 * to root, and have no time: the same files are the same bytes. In pieces: the content is not copied.
 */
export function makeCpio(members: Members): Uint8Array[] {
  const directories = [...members.keys()].flatMap((path) =>
    [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index)),
  );
  const paths = [...new Set([...directories, ...members.keys()])].toSorted();
  const entries = paths.flatMap((path, index) => {
    const content = members.get(path);
    return entry(path, index + 1, content === undefined ? directory : file, content);
  });
  return [...entries, ...entry('TRAILER!!!', 0, 0)];
}

function entry(
  name: string,
  inode: number,
  mode: number,
  content: Uint8Array = new Uint8Array(),
): Uint8Array[] {
  const nameBytes = Buffer.from(`${name}\0`);
  // inode, mode, uid, gid, links, time, size, device (4), length of the name, checksum
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, nameBytes.length, 0];
  const hex = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  const header = Buffer.from(`070701${hex}${nameBytes}`);
  return [header, padding(header), content, padding(content)];
}

const padding = (bytes: Uint8Array) => Buffer.alloc((4 - (bytes.length % 4)) % 4);
