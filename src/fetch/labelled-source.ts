import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../lib/errors.ts';
import { mediumLabel } from '../lib/medium-label.ts';
import { FileSource } from './file-source.ts';
import { mountedByLabel } from './mounted-label.ts';
import { budgetOf, TransientError } from './retry.ts';
import type { ByteSource, OpenSource, SourceOptions } from './source.ts';

/** A file on a file system that is found by its label. */
export interface LabelledPlace {
  readonly label: string;
  /** From the root of the file system, without a slash in front. */
  readonly path: string;
}

/** Reads `label:NAME/PATH`, or `medium:/PATH` for the installer's own; undefined for anything else. */
export function parseLabelled(location: string): LabelledPlace | undefined {
  const [, label = mediumLabel, path] = /^(?:label:([^/]+)|medium:)\/+(.+)$/.exec(location) ?? [];
  return path === undefined ? undefined : { label, path };
}

/**
 * A file on a disk or stick that is plugged in, found by the label of its file system. It is mounted
 * read-only where no other process sees it, until this process ends. Waits for it, as for a server.
 */
export class LabelledSource implements ByteSource {
  readonly name: string;
  readonly #place: LabelledPlace;
  readonly #options: SourceOptions;

  constructor(location: string, place: LabelledPlace, options: SourceOptions) {
    this.name = location;
    this.#place = place;
    this.#options = options;
  }

  async open(signal: AbortSignal): Promise<OpenSource> {
    const budget = budgetOf(this.name, this.#options);
    for (;;) {
      try {
        return await (await this.#file()).open(signal);
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        await budget.wait(error, signal);
      }
    }
  }

  async tail(
    lengthBytes: number,
    sizeBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    return await (await this.#file()).tail(lengthBytes, sizeBytes, signal);
  }

  async #file(): Promise<FileSource> {
    const { label, path } = this.#place;
    const root = await mountedByLabel(label);
    await this.#refuseLinks(root, path.split('/'));
    return new FileSource(join(root, path), this.#options.purpose, this.name);
  }

  /** A link could lead out of the file system. What is missing is reported when it is opened. */
  async #refuseLinks(root: string, names: readonly string[]): Promise<void> {
    for (const depth of names.keys()) {
      const path = join(root, ...names.slice(0, depth + 1));
      const stats = await lstat(path).catch(() => undefined);
      if (stats?.isSymbolicLink())
        throw new InputError({
          code: 'file-not-regular',
          failed: `Cannot read ${this.name}`,
          why: `${names.slice(0, depth + 1).join('/')} is a symbolic link`,
          next: 'Give the path that the link leads to.',
        });
    }
  }
}
