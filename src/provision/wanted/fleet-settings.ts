import * as v from 'valibot';
import { parseUrl } from '../../lib/url.ts';
import type { FleetSettings } from '../model.ts';
import { Faults } from './faults.ts';
import { readFleetFile } from './fleet-files.ts';
import { type FleetFile, parseYaml } from './yaml-file.ts';

const whole = (least: number, most: number, fallback: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,6}$/, 'it must be a whole number'),
      v.transform(Number),
      v.minValue(least, `it must be ${least} or more`),
      v.maxValue(most, `it must be ${most} or less`),
    ),
    fallback,
  );

const url = v.pipe(
  v.string(),
  v.check(isBaseUrl, 'it must be a URL such as http://192.0.2.1:8080, without a password or query'),
  v.transform((text) => text.replace(/\/+$/, '')),
  v.check((text) => (parseUrl(text)?.url.pathname ?? '/') === '/', 'it must have no path'),
);

const schema = v.strictObject({
  url,
  tls_url: v.optional(v.pipe(url, v.startsWith('https://', 'it must begin with https://'))),
  concurrency: whole(1, 10_000, '4'),
  canary: whole(0, 1000, '1'),
  stop_when: v.optional(
    v.strictObject({ failures: whole(1, 10_000, '3'), percent: whole(1, 100, '5') }),
    {},
  ),
  edges: v.optional(v.record(v.string(), url), {}),
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

function isBaseUrl(text: string): boolean {
  const url = parseUrl(text)?.url;
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username + url.password + url.search + url.hash === '' &&
    !/[\s?#]/.test(text)
  );
}
