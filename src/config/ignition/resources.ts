import type { PathStep } from './finding.ts';
import type { Config } from './schema/config.ts';
import type { Resource } from './schema/resource.ts';

/** What a resource is for, as part of a sentence. */
export type Purpose = 'config' | 'certificates' | 'contents';

export interface PlacedResource {
  readonly path: readonly PathStep[];
  readonly purpose: Purpose;
  readonly resource: Resource;
}

/** Everything in a config that Ignition fetches, or that is in it as a `data:` URL. */
export function* resourcesOf({ ignition, storage = {} }: Config): Generator<PlacedResource> {
  const { merge = [], replace } = ignition.config ?? {};
  const further = ['ignition', 'config'];
  for (const [index, resource] of merge.entries())
    yield { path: [...further, 'merge', index], purpose: 'config', resource };
  if (replace !== undefined)
    yield { path: [...further, 'replace'], purpose: 'config', resource: replace };
  const caCertificates = ignition.security?.tls?.certificateAuthorities ?? [];
  const place = ['ignition', 'security', 'tls', 'certificateAuthorities'];
  for (const [index, resource] of caCertificates.entries())
    yield { path: [...place, index], purpose: 'certificates', resource };
  for (const [index, { contents, append = [] }] of (storage.files ?? []).entries()) {
    const path = ['storage', 'files', index];
    if (contents !== undefined)
      yield { path: [...path, 'contents'], purpose: 'contents', resource: contents };
    for (const [number, resource] of append.entries())
      yield { path: [...path, 'append', number], purpose: 'contents', resource };
  }
  for (const [index, { keyFile }] of (storage.luks ?? []).entries())
    if (keyFile !== undefined)
      yield {
        path: ['storage', 'luks', index, 'keyFile'],
        purpose: 'contents',
        resource: keyFile,
      };
}
