import * as v from 'valibot';
import { objectionsToUnitPaths } from './conflicts.ts';
import { luks } from './luks.ts';
import { directory, file, link, objectionsToNodes } from './nodes.ts';
import { disk } from './partitions.ts';
import { passwd } from './passwd.ts';
import { resource } from './resource.ts';
import { schemeOf, urlFault } from './resource-url.ts';
import { count, distinctTexts, type Objection, rule, rules, since, unique } from './rule.ts';
import { systemd } from './unit-rules.ts';
import { filesystem, raid } from './volumes.ts';

/** The newest stable version known here is 3.`newestMinor`.0. */
export const newestMinor = 6;

/**
 * The Ignition configuration specification v3.`minor`.0: structure, types and rules. It describes
 * a config from which null was removed; unknown fields are not checked here.
 */
export function configSchema(minor: number): ReturnType<typeof makeSchema> {
  const schema = made.get(minor) ?? makeSchema(minor);
  made.set(minor, schema);
  return schema;
}

/** By minor version; thousands of configs may be validated. */
const made = new Map<number, ReturnType<typeof makeSchema>>();

function makeSchema(minor: number) {
  return v.pipe(
    v.object({
      ignition: ignition(minor),
      storage: v.optional(storage(minor)),
      passwd: v.optional(passwd(minor)),
      systemd: v.optional(systemd),
      ...since(minor, 3, { kernelArguments: v.optional(kernelArguments) }),
    }),
    rules(({ systemd = {}, storage = {} }) => objectionsToUnitPaths(systemd, storage)),
  );
}

export type Config = v.InferOutput<ReturnType<typeof configSchema>>;

const proxy = v.optional(
  v.pipe(
    v.string(),
    rule((url) =>
      ['http', 'https'].includes(schemeOf(url))
        ? urlFault(url)
        : 'it must begin with http: or https:',
    ),
  ),
);

function ignition(minor: number) {
  const further = resource(minor, { compressedSince: 1 });
  const needed = resource(minor, { compressedSince: 1, needed: true });
  const sources = v.pipe(
    v.array(needed),
    unique('source', ({ source }) => source),
  );
  return v.object({
    version: v.string(),
    config: v.optional(v.object({ merge: v.optional(sources), replace: v.optional(further) })),
    timeouts: v.optional(v.object({ httpResponseHeaders: count, httpTotal: count })),
    security: v.optional(
      v.object({ tls: v.optional(v.object({ certificateAuthorities: v.optional(sources) })) }),
    ),
    ...since(minor, 1, {
      proxy: v.optional(
        v.object({
          httpProxy: proxy,
          httpsProxy: proxy,
          noProxy: distinctTexts('host'),
        }),
      ),
    }),
  });
}

function storage(minor: number) {
  return v.pipe(
    v.object({
      disks: v.optional(
        v.pipe(
          v.array(disk(minor)),
          unique('device', ({ device }) => device),
        ),
      ),
      raid: v.optional(
        v.pipe(
          v.array(raid),
          unique('name', ({ name }) => name),
        ),
      ),
      filesystems: v.optional(
        v.pipe(
          v.array(filesystem(minor)),
          unique('device', ({ device }) => device),
        ),
      ),
      files: v.optional(v.array(file(minor))),
      directories: v.optional(v.array(directory)),
      links: v.optional(v.array(link)),
      ...since(minor, 2, {
        luks: v.optional(
          v.pipe(
            v.array(luks(minor)),
            unique('name', ({ name }) => name),
          ),
        ),
      }),
    }),
    rules((nodes) => objectionsToNodes(nodes)),
  );
}

const kernelArguments = v.pipe(
  v.object({
    shouldExist: distinctTexts('argument'),
    shouldNotExist: distinctTexts('argument'),
  }),
  rules(function* ({ shouldExist = [], shouldNotExist = [] }): Generator<Objection> {
    for (const [index, argument] of shouldNotExist.entries()) {
      if (shouldExist.includes(argument))
        yield [['shouldNotExist', index], 'the same argument is in shouldExist'];
    }
  }),
);
