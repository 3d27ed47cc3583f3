import { InputError } from '../lib/errors.ts';
import { goJson } from './butane/go-json.ts';
import { translate } from './butane/translate.ts';
import { described, type Translation } from './check-ignition.ts';

export interface TranslatedConfig {
  /** The Ignition config, and the version of the one in YAML. */
  readonly config: { readonly bytes: Uint8Array; readonly translatedFrom: string };
  readonly translation: Translation;
}

/** Makes an Ignition config of the YAML one called `name`; throws `InputError`. */
export function translateYaml(bytes: Uint8Array, name: string): TranslatedConfig {
  const { findings, result } = translate(bytes);
  if (result !== undefined) {
    const json = Buffer.from(goJson(result.config, false));
    return {
      config: { bytes: json, translatedFrom: `1.${result.minor}.0` },
      translation: { findings, places: result.places },
    };
  }
  const errors = findings.filter(({ severity }) => severity !== 'warning');
  const [first] = errors;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
  throw new InputError({
    code: first?.code ?? 'config-invalid',
    failed: `Cannot translate ${name} into an Ignition config`,
    why: `${first === undefined ? 'it is wrong' : described(first)}${more}`,
    next: 'Correct it; coreos-installer translate FILE lists everything that is wrong.',
  });
}
