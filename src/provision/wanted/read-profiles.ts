import * as v from 'valibot';
import { InstallerError } from '../../lib/errors.ts';
import { checkDeviceOrRule } from '../../parameters/device-rule.ts';
import { type Asset, localBootMethods, type Profile } from '../model.ts';
import { findAsset } from './assets.ts';
import type { Faults, Spot } from './faults.ts';
import { type FleetFile, type Parsed, parseYaml } from './yaml-file.ts';

const digest = v.pipe(
  v.string(),
  v.regex(/^sha256:[0-9a-f]{64}$/, 'it must be sha256: and 64 hex digits, as image add prints it'),
  v.transform((text) => text.slice('sha256:'.length)),
);

/** Neither iPXE nor GRUB nor the kernel reads anything else into these characters. */
const karg = v.pipe(
  v.string(),
  v.regex(/^[\w.,:=@%+/~[\]*!?-]+$/, 'it must be one word of letters, digits and .,:=@%+/~[]*!?-_'),
  v.regex(
    /^[A-Za-z]/,
    'it must begin with a letter; in [ ] a comma separates, unless the argument is quoted',
  ),
  v.check((text) => !/^coreos\.inst\b/.test(text), 'the server gives the arguments coreos.inst'),
);

const text = v.pipe(v.string(), v.nonEmpty('it is empty'), v.maxLength(200, 'it is too long'));

const schema = v.strictObject({
  image: digest,
  kernel: digest,
  initramfs: digest,
  device: text,
  butane: v.pipe(v.string(), v.regex(/^[\w-][\w.-]*\.(bu|ya?ml)$/, 'it must be a file in butane/')),
  kargs: v.optional(v.array(karg), []),
  local_boot: v.optional(
    v.picklist(localBootMethods, `it must be one of ${localBootMethods.join(', ')}`),
    'exit',
  ),
  phone_home: v.optional(
    v.pipe(
      v.picklist(['true', 'false'], 'it must be true or false'),
      v.transform((word) => word === 'true'),
    ),
    'false',
  ),
});

type Described = Parsed<v.InferOutput<typeof schema>>;

/** A profile, and the name of its template. */
export interface ReadProfile {
  /** Undefined where its assets or its device cannot be used. */
  readonly profile: Omit<Profile, 'digest'> | undefined;
  readonly butane: string;
  /** Of that name. */
  readonly spot: Spot;
}

/** Of the kernel’s 2048 on x86, what the server's own arguments leave. */
const mostKargsBytes = 900;

/** `worker` of `profiles/worker.yaml`. */
export const profileNameOf = ({ name }: FleetFile) => name.replace(/^.*\/|\.yaml$/g, '');

/** Reads profiles/*.yaml. A file that has only comments is no profile yet. */
export async function readProfiles(
  directory: string,
  files: readonly FleetFile[],
  faults: Faults,
): Promise<Map<string, ReadProfile>> {
  const profiles = new Map<string, ReadProfile>();
  for (const file of files) {
    const name = profileNameOf(file);
    if (/^(\s*(#.*)?(\n|$))*$/.test(Buffer.from(file.bytes).toString())) {
      faults.warn({ file: file.name }, 'it has only comments, and is not used');
      continue;
    }
    const parsed = parseYaml(file, schema, faults);
    if (parsed === undefined) continue;
    const profile = await complete(directory, name, parsed, faults);
    profiles.set(name, {
      profile,
      butane: parsed.value.butane,
      spot: parsed.spot('butane'),
    });
  }
  return profiles;
}

async function complete(
  directory: string,
  name: string,
  { value, spot }: Described,
  faults: Faults,
): Promise<ReadProfile['profile']> {
  let sound = true;
  const wrong = (message: string, key: string, next?: string) => {
    sound = false;
    faults.error(spot(key), `${key}: ${message}`, next);
  };
  const assets: Partial<Record<string, Asset>> = {};
  for (const key of ['image', 'kernel', 'initramfs'] as const) {
    const found = await findAsset(directory, value[key]);
    if (typeof found === 'object') assets[key] = found;
    else wrong(found, key, `Add it: coreos-provision image add ${directory} FILE.`);
  }
  const { image, kernel, initramfs } = assets;
  try {
    const given = { value: value.device, origin: { kind: 'file', name: 'the profile' } } as const;
    checkDeviceOrRule(given, { fileExists: () => false, notes: [] });
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
    wrong(error.failure.why, 'device');
  }
  if (value.kargs.join(' ').length > mostKargsBytes)
    wrong(`together they are longer than ${mostKargsBytes} bytes`, 'kargs');
  if (!sound || image === undefined || kernel === undefined || initramfs === undefined)
    return undefined;
  const { device, kargs, local_boot: localBoot, phone_home: phoneHome } = value;
  return { name, image, kernel, initramfs, device, kargs, localBoot, phoneHome };
}
