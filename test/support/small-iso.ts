/** An ISO image made without a tool: small, and each byte of it is known. */

const sectorBytes = 2048;

/** Files by paths of one or two parts, in capitals: `COREOS/KARGS.JSO`. */
export function makeSmallIso(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const directories = [
    '',
    ...new Set(
      Object.keys(files)
        .map((path) => path.replace(/\/?[^/]*$/, ''))
        .filter(Boolean),
    ),
  ];
  const extents = new Map<string, { sector: number; content: Buffer }>();
  // The system area, the primary descriptor, the terminator.
  let sector = 18;
  const place = (path: string, content: Buffer) => {
    extents.set(path, { sector, content });
    sector += Math.max(1, Math.ceil(content.length / sectorBytes));
  };
  for (const path of directories) place(path, Buffer.alloc(sectorBytes));
  for (const [path, content] of Object.entries(files)) place(path, Buffer.from(content));
  const entry = (path: string) => extents.get(path) as { sector: number; content: Buffer };
  const inside = (directory: string) =>
    [...extents.keys()].filter(
      (path) => path !== '' && path.replace(/\/?[^/]*$/, '') === directory,
    );
  for (const directory of directories) {
    const names = inside(directory).map((path) => {
      const isDirectory = directories.includes(path);
      const name = path.split('/').at(-1) ?? '';
      return record(isDirectory ? name : `${name};1`, entry(path), isDirectory);
    });
    const own = record('\0', entry(directory), true);
    Buffer.concat([own, record('\x01', entry(''), true), ...names]).copy(entry(directory).content);
  }
  const iso = Buffer.alloc(sector * sectorBytes);
  const primary = iso.subarray(16 * sectorBytes, 17 * sectorBytes);
  primary.write('\x01CD001\x01\0', 'latin1');
  primary.write('SMALL'.padEnd(32), 40);
  primary.writeUInt32LE(sector, 80);
  record('\0', entry(''), true).copy(primary, 156);
  iso.write('\xffCD001\x01', 17 * sectorBytes, 'latin1');
  for (const { sector, content } of extents.values()) content.copy(iso, sector * sectorBytes);
  return iso;
}

function record(
  name: string,
  at: { sector: number; content: Buffer },
  isDirectory: boolean,
): Buffer {
  const bytes = Buffer.alloc((33 + name.length + 1) & ~1);
  bytes[0] = bytes.length;
  bytes.writeUInt32LE(at.sector, 2);
  bytes.writeUInt32LE(at.content.length, 10);
  bytes[25] = isDirectory ? 2 : 0;
  bytes[32] = name.length;
  bytes.write(name, 33, 'latin1');
  return bytes;
}
