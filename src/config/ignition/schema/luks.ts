import * as v from 'valibot';
import { resource } from './resource.ts';
import { schemeOf, urlFault } from './resource-url.ts';
import {
  absolutePath,
  count,
  flag,
  type Objection,
  required,
  rule,
  rules,
  since,
  text,
  texts,
  unique,
} from './rule.ts';

/** An encrypted volume (since 3.2). */
export function luks(minor: number) {
  const tang = v.object({
    url: v.pipe(required, rule(objectionToTang)),
    thumbprint: required,
    ...since(minor, 4, { advertisement: v.optional(v.pipe(v.string(), rule(objectionToJson))) }),
  });
  const clevis = v.pipe(
    v.object({
      tang: v.optional(
        v.pipe(
          v.array(tang),
          unique('server', ({ url }) => url),
        ),
      ),
      tpm2: flag,
      threshold: count,
      custom: v.optional(v.object({ pin: text, config: text, needsNetwork: flag })),
    }),
    rules((clevis) => objectionsToClevis(clevis, minor)),
  );
  return v.pipe(
    v.object({
      name: v.pipe(
        required,
        rule((name) => (name.includes('/') ? 'a name must not contain a slash' : undefined)),
      ),
      device: absolutePath,
      keyFile: v.optional(resource(minor)),
      label: v.optional(
        v.pipe(
          v.string(),
          rule((label) =>
            Buffer.byteLength(label) > 47 ? 'a label must not be longer than 47 bytes' : undefined,
          ),
        ),
      ),
      uuid: text,
      options: texts,
      wipeVolume: flag,
      clevis: v.optional(clevis),
      ...since(minor, 4, { discard: flag, openOptions: texts }),
      ...since(minor, 5, { cex: v.optional(v.object({ enabled: flag })) }),
    }),
    rules((volume) => objectionsToKeys(volume)),
  );
}

function objectionToTang(url: string): string | undefined {
  if (!['http', 'https'].includes(schemeOf(url))) return 'it must begin with http: or https:';
  return urlFault(url);
}

function objectionToJson(advertisement: string): string | undefined {
  if (advertisement === '') return undefined;
  try {
    JSON.parse(advertisement);
    return undefined;
  } catch {
    return 'it is not JSON';
  }
}

interface Clevis {
  readonly tang?: readonly unknown[] | undefined;
  readonly tpm2?: boolean | undefined;
  readonly threshold?: number | undefined;
  readonly custom?:
    | {
        readonly pin?: string | undefined;
        readonly config?: string | undefined;
        readonly needsNetwork?: boolean | undefined;
      }
    | undefined;
}

const pins = ['tpm2', 'tang', 'sss'];
/** Since 3.6 any pin is allowed: clevis may have others. */
const anyPinSince = 6;

function* objectionsToClevis(
  { tang, tpm2, threshold, custom }: Clevis,
  minor: number,
): Generator<Objection> {
  if (!custom?.pin && !custom?.config && !custom?.needsNetwork) {
    // Clevis refuses it, after the volume was formatted.
    const most = (tang?.length ?? 0) + (tpm2 ? 1 : 0);
    if (most === 0 && threshold) yield [['threshold'], 'there is neither tang nor tpm2 for it'];
    if (most > 0 && threshold !== undefined && (threshold === 0 || threshold > most))
      yield [['threshold'], `it must be from 1 to ${most}, the number of tang and tpm2 together`];
    return;
  }
  if (tpm2 || tang?.length || threshold)
    yield [['custom'], 'it cannot be combined with tang, tpm2 or threshold'];
  if (minor >= anyPinSince ? !custom.pin : !pins.includes(custom.pin ?? ''))
    yield [
      ['custom', 'pin'],
      minor >= anyPinSince ? 'it is missing' : 'it must be tpm2, tang or sss',
    ];
  if (!custom.config) yield [['custom', 'config'], 'it is missing'];
}

interface Keys {
  readonly keyFile?: { readonly source?: string | undefined } | undefined;
  readonly clevis?: Clevis | undefined;
  readonly cex?: { readonly enabled?: boolean | undefined } | undefined;
}

function* objectionsToKeys({ keyFile, clevis, cex }: Keys): Generator<Objection> {
  if (!cex?.enabled) return;
  const { tang, tpm2, custom } = clevis ?? {};
  if (tpm2 || tang?.length || custom?.pin || keyFile?.source)
    yield [['cex'], 'it cannot be combined with clevis or a key file'];
}
