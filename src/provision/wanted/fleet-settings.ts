import * as v from 'valibot';
import { Faults } from './faults.ts';
import type { FleetSettings } from './fleet.ts';
import { type FleetFile, readFleetFile } from './fleet-files.ts';
import { mapping, parseYaml, record, text } from './yaml-file.ts';

const whole = (least: number, most: number, fallback: string) =>
  v.optional(
    v.pipe(
      text,
      v.regex(/^\d{1,6}$/, 'it must be a whole number'),
      v.transform(Number),
      v.minValue(least, `it must be ${least} or more`),
      v.maxValue(most, `it must be ${most} or less`),
    ),
    fallback,
  );

const url = v.pipe(
  text,
  v.check(isOrigin, 'it must be such as http://192.0.2.1:8080, without a path, password or query'),
  v.transform((text) => new URL(text).origin),
);

const schema = mapping({
  url,
  tls_url: v.optional(v.pipe(url, v.startsWith('https://', 'it must begin with https://'))),
  concurrency: whole(1, 10_000, '4'),
  canary: whole(0, 1000, '1'),
  stop_when: v.optional(
    mapping({ failures: whole(1, 10_000, '3'), percent: whole(1, 100, '5') }),
    {},
  ),
  edges: v.optional(record(url), {}),
});

/** Reads fleet.yaml; undefined where it cannot be used. */
export function readSettings(file: FleetFile, faults: Faults): FleetSettings | undefined {
  const parsed = parseYaml(file, schema, faults);
  if (parsed === undefined) return undefined;
  const { tls_url: tlsUrl, stop_when: stopWhen, edges, ...rest } = parsed.value;
  return {
    ...rest,
    ...(tlsUrl !== undefined && { tlsUrl }),
    stopWhen,
    edges: new Map(Object.entries(edges)),
  };
}

/** The same of a directory whose other files may still be wrong. Throws an `InputError` with `reasons`. */
export async function loadSettings(directory: string): Promise<FleetSettings> {
  const faults = new Faults();
  const file = await readFleetFile(directory, 'fleet.yaml', faults);
  const settings = file && readSettings(file, faults);
  if (settings === undefined) throw faults.toError(directory);
  return settings;
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}
