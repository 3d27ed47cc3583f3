import { ParameterError } from '../lib/errors.ts';
import { FileSource } from './file-source.ts';
import { HttpSource } from './http-source.ts';
import { LabelledSource, parseLabelled } from './labelled-source.ts';
import type { ByteSource, SourceOptions } from './source.ts';

/**
 * The source for what a user gave as image or config: `http://`, `https://`, `file://`,
 * `label:NAME/PATH`, `medium:/PATH` or a path.
 * Touches neither network nor disk. Throws `ParameterError` for any other kind of URL.
 */
export function openSource(location: string, options: SourceOptions = {}): ByteSource {
  const labelled = parseLabelled(location);
  if (labelled !== undefined) return new LabelledSource(location, labelled, options);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(location)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return new FileSource(location, options.purpose);
    case 'file':
      return FileSource.fromUrl(location, options.purpose);
    case 'http':
    case 'https':
      return new HttpSource(location, options);
    default:
      throw new ParameterError({
        code: 'invalid-url',
        failed: `Cannot fetch from a ${scheme}:// URL`,
        why: 'only http://, https://, file:// and plain paths are supported',
        next: 'Serve the file by HTTP, or give its path.',
      });
  }
}
