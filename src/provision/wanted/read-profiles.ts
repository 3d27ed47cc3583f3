import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { InstallerError } from '../../lib/errors.ts';
import { suggestion } from '../../lib/suggestion.ts';
import { checkDeviceOrRule } from '../../parameters/device-rule.ts';
import type { Check } from '../../parameters/parameter-kinds.ts';
import { checkSavePartindex, checkSavePartlabel } from '../../parameters/partition-filter.ts';
import { findAsset } from './assets.ts';
import type { Faults, Spot } from './faults.ts';
import { localBootMethods, type Profile } from './fleet.ts';
import type { FleetFile } from './fleet-files.ts';
import type { Template } from './template.ts';
import { list, mapping, type Parsed, parseYaml, text } from './yaml-file.ts';

const sha256 = v.pipe(
  text,
  v.regex(/^sha256:[0-9a-f]{64}$/, 'it must be sha256: and 64 hex digits, as image add prints it'),
  v.transform((text) => text.slice('sha256:'.length)),
);

/** A value of a parameter of the installer, which the installer would refuse otherwise. */
const checkedBy = (check: Check<unknown>) =>
  v.pipe(
    text,
    v.rawCheck(({ dataset, addIssue }) => {
      try {
        const given = { value: `${dataset.value}`, origin: { kind: 'file', name: '' } } as const;
        check(given, { fileExists: () => false, notes: [] });
      } catch (error) {
        if (!(error instanceof InstallerError)) throw error;
        addIssue({ message: error.failure.why });
      }
    }),
  );

/** Of partitions to keep, as one value of the installer's parameter. */
const filtersOf = (check: Check<unknown>) =>
  v.optional(
    v.pipe(
      list(checkedBy(check)),
      v.minLength(1, 'it is empty, and no partition would be kept'),
      v.transform((all) => all.join(',')),
    ),
  );

/** Neither iPXE nor GRUB nor the kernel reads anything else into these characters. */
const karg = v.pipe(
  text,
  v.regex(/^[\w.,:=@%+/~[\]*!?-]+$/, 'it must be one word of letters, digits and .,:=@%+/~[]*!?-_'),
  v.regex(
    /^[A-Za-z]/,
    'it must begin with a letter; in [ ] a comma separates, unless the argument is quoted',
  ),
  v.check((text) => !/^coreos\.inst\b/.test(text), 'the server gives the arguments coreos.inst'),
);

/** Of the kernel’s 2048 on x86, what the server's own arguments leave. */
const mostKargsBytes = 900;
const kargs = v.pipe(
  list(karg),
  v.check(
    (all) => all.join(' ').length <= mostKargsBytes,
    `together they are longer than ${mostKargsBytes} bytes`,
  ),
);

const schema = mapping({
  image: sha256,
  kernel: sha256,
  initramfs: sha256,
  device: checkedBy(checkDeviceOrRule),
  save_partlabel: filtersOf(checkSavePartlabel),
  save_partindex: filtersOf(checkSavePartindex),
  butane: v.pipe(text, v.regex(/^[\w-][\w.-]*\.bu$/, 'it must be a file in butane/, NAME.bu')),
  kargs: v.optional(kargs, []),
  local_boot: v.optional(
    v.picklist(localBootMethods, `it must be one of ${localBootMethods.join(', ')}`),
    'exit',
  ),
  phone_home: v.optional(v.picklist(['true', 'false'], 'it must be true or false'), 'false'),
});

/** A profile, and its template; undefined where that cannot be used. */
export interface ReadProfile {
  readonly profile: Profile;
  readonly template: Template | undefined;
  /** Of the name of the template. */
  readonly spot: Spot;
}

/**
 * Reads profiles/*.yaml, by their names; undefined is one that cannot be used. A file that has only
 * comments is no profile yet.
 */
export async function readProfiles(
  directory: string,
  files: readonly FleetFile[],
  templates: ReadonlyMap<string, Template | undefined>,
  faults: Faults,
): Promise<Map<string, ReadProfile | undefined>> {
  const profiles = new Map<string, ReadProfile | undefined>();
  for (const file of files) {
    const name = file.name.replace(/^.*\/|\.yaml$/g, '');
    if (!/^[ \t]*[^\s#]/m.test(Buffer.from(file.bytes).toString())) {
      faults.warn({ file: file.name }, 'it has only comments, and is not used');
      continue;
    }
    const parsed = parseYaml(file, schema, faults);
    profiles.set(name, parsed && (await completed(directory, name, parsed, templates, faults)));
  }
  return profiles;
}

async function completed(
  directory: string,
  name: string,
  { value, spot }: Parsed<v.InferOutput<typeof schema>>,
  templates: ReadonlyMap<string, Template | undefined>,
  faults: Faults,
): Promise<ReadProfile> {
  const assetOf = async (key: 'image' | 'kernel' | 'initramfs') => {
    const found = await findAsset(directory, value[key]);
    if (typeof found === 'object') return found;
    const next = `Add it: coreos-provision image add ${directory} FILE.`;
    faults.error(spot(key), `${key}: ${found}`, next);
    // Nobody gets it, but what refers to the profile can be checked.
    return { sha256: value[key], fileName: '', sizeBytes: 0 };
  };
  const { save_partlabel, save_partindex } = value;
  const file = `butane/${value.butane}`;
  const template = templates.get(file);
  if (!templates.has(file)) {
    const near = suggestion(file, [...templates.keys()]);
    faults.error(spot('butane'), `butane: there is no file ${file}${near}`);
  }
  const installed = {
    name,
    image: await assetOf('image'),
    kernel: await assetOf('kernel'),
    initramfs: await assetOf('initramfs'),
    device: value.device,
    kargs: value.kargs,
    // Without them the digest stays what it was before there were any.
    ...(save_partlabel !== undefined && { savePartlabel: save_partlabel }),
    ...(save_partindex !== undefined && { savePartindex: save_partindex }),
  };
  const all = JSON.stringify([installed, template?.digest]);
  const digest = createHash('sha256').update(all).digest('hex');
  const { local_boot: localBoot, phone_home } = value;
  const profile = { ...installed, digest, localBoot, phoneHome: phone_home === 'true' };
  return { profile, template, spot: spot('butane') };
}
