import type { FileHandle } from 'node:fs/promises';
import { hasBytes } from '../lib/bytes.ts';
import { type FileRange, type NamedFile, piecesOf, readRange } from '../lib/file-range.ts';
import { damaged, unrecognized } from './medium-error.ts';

/** ECMA-119, as far as media of Fedora CoreOS use it: no extensions, names in capitals. */

export interface IsoFile extends FileRange {
  /** In capitals: `IGNINFO.JSO`. */
  readonly name: string;
  readonly isDirectory: boolean;
}

export const sectorBytes = 2048;
const firstDescriptor = 16;
/** Images have three or four. */
const mostDescriptors = 64;
const directoryLimitBytes = 1024 * 1024;
const mostDirectories = 1000;
const mostFiles = 100_000;
/** How many parts a path has; ECMA-119, 6.8.2.1. */
const deepestPath = 8;

/** The file system of an ISO image; reads only what is asked for. */
export class IsoFileSystem {
  readonly volumeId: string;
  /** As the image says; the file has at least as many. */
  readonly sizeBytes: number;
  readonly #image: NamedFile;
  readonly #root: IsoFile;

  private constructor(image: NamedFile, primary: Buffer) {
    this.volumeId = primary.toString('latin1', 40, 72).trimEnd();
    this.sizeBytes = primary.readUInt32LE(80) * sectorBytes;
    this.#image = image;
    this.#root = { ...parseRecord(primary.subarray(156, 190)), name: '', isDirectory: true };
  }

  /** Opens an image of this many bytes. Throws `InputError` where it is none, or is incomplete. */
  static async open(file: FileHandle, name: string, fileBytes: number): Promise<IsoFileSystem> {
    for (let index = 0; index < mostDescriptors; index += 1) {
      const startBytes = (firstDescriptor + index) * sectorBytes;
      const descriptor = await readRange({ file, name }, { startBytes, sizeBytes: sectorBytes });
      const isSound = descriptor.length === sectorBytes && hasBytes(descriptor, 1, 'CD001\x01');
      if (!isSound || descriptor[0] === 255) break;
      if (descriptor[0] !== 1) continue;
      const found = new IsoFileSystem({ file, name }, descriptor);
      if (fileBytes >= found.sizeBytes) return found;
      const bytes = `${fileBytes} of ${found.sizeBytes} bytes`;
      throw damaged(name, `ISO image is incomplete: the file has ${bytes}`);
    }
    throw unrecognized(name, 'it is not an ISO image');
  }

  /** The file with this path, in any letters, such as `images/ignition.img`; undefined for none. */
  async find(path: string): Promise<IsoFile | undefined> {
    let found: IsoFile | undefined = this.#root;
    const parts = path.toUpperCase().split('/');
    // A damaged directory may contain itself.
    if (parts.length > deepestPath) return undefined;
    for (const part of parts) {
      if (!found.isDirectory) return undefined;
      found = (await this.list(found)).find(({ name }) => name === part);
      if (found === undefined) return undefined;
    }
    return found;
  }

  /** The records of the root directory. Throws `InputError` where it is not within the image. */
  rootRange(): FileRange {
    this.check(this.#root, directoryLimitBytes);
    return this.#root;
  }

  /** What is in a directory. Throws `InputError` where that is damaged. */
  async list(directory: IsoFile): Promise<IsoFile[]> {
    this.check(directory, directoryLimitBytes);
    const bytes = await readRange(this.#image, directory);
    const files: IsoFile[] = [];
    for (let at = 0; at < bytes.length; ) {
      const lengthBytes = bytes[at] as number;
      if (lengthBytes === 0) {
        at = (Math.floor(at / sectorBytes) + 1) * sectorBytes;
        continue;
      }
      const record = bytes.subarray(at, at + lengthBytes);
      const nameBytes = record[32] ?? 0;
      if (record.length < 34 || 33 + nameBytes > record.length)
        throw damaged(this.#image.name, `the directory ${directory.name || '/'} is damaged`);
      // The directory itself and its parent.
      const isOwn = nameBytes === 1 && (record[33] as number) <= 1;
      if (!isOwn) files.push(parseRecord(record));
      at += lengthBytes;
    }
    return files;
  }

  /** All files by their paths, directories left out. Throws `InputError`. */
  async walk(): Promise<Map<string, IsoFile>> {
    const files = new Map<string, IsoFile>();
    const waiting = [{ prefix: '', directory: this.#root, parts: 1 }];
    for (let read = 0; ; read += 1) {
      const next = waiting.shift();
      if (next === undefined) return files;
      const { prefix, directory, parts } = next;
      // A damaged directory may contain itself.
      if (parts > deepestPath)
        throw damaged(this.#image.name, 'it has directories at too many levels');
      if (read === mostDirectories) throw damaged(this.#image.name, 'it has too many directories');
      const inside = await this.list(directory);
      if (files.size + waiting.length + inside.length > mostFiles)
        throw damaged(this.#image.name, 'it has too many files');
      for (const file of inside) {
        const path = `${prefix}${file.name}`;
        if (file.isDirectory)
          waiting.push({ prefix: `${path}/`, directory: file, parts: parts + 1 });
        else files.set(path, file);
      }
    }
  }

  /** A small file's content. Throws `InputError` where it is larger, or not within the image. */
  async read(file: IsoFile, limitBytes: number): Promise<Buffer> {
    this.check(file, limitBytes);
    return await readRange(this.#image, file);
  }

  /** A file's content, in pieces. Throws `InputError` where it is not within the image. */
  async *pieces(file: IsoFile, signal: AbortSignal): AsyncGenerator<Buffer> {
    this.check(file);
    yield* piecesOf(this.#image, file, signal);
  }

  /** Throws `InputError` for a file that is larger, or not within the image. */
  check({ name, startBytes, sizeBytes }: IsoFile, limitBytes = Infinity): void {
    if (sizeBytes > limitBytes)
      throw damaged(this.#image.name, `${name} in it has ${sizeBytes} bytes`);
    if (startBytes + sizeBytes > this.sizeBytes)
      throw damaged(this.#image.name, `${name || 'its directory'} is beyond its end`);
  }
}

function parseRecord(record: Buffer): IsoFile {
  const name = record.toString('latin1', 33, 33 + (record[32] as number));
  return {
    name: name.replace(/;1$/, '').replace(/\.$/, ''),
    startBytes: record.readUInt32LE(2) * sectorBytes,
    sizeBytes: record.readUInt32LE(10),
    isDirectory: ((record[25] as number) & 2) !== 0,
  };
}
