import { InputError } from '../errors.ts';
import { jsonFault } from './json-fault.ts';

/**
 * Checks that `bytes` are an Ignition config that this installer's systems can read: JSON in
 * UTF-8 with an `ignition.version` of 3.x (specification: "Configuration Specification v3.x").
 * Throws `InputError` saying what they are instead. Never tells anything of the content, which
 * holds passwords and keys.
 */
export function checkIgnitionConfig(bytes: Uint8Array, name: string): { readonly version: string } {
  const refuse = (why: string, next: string) =>
    new InputError({ failed: `Cannot use ${name} as Ignition config`, why, next });
  const stranger = whatElse(bytes);
  if (stranger !== undefined) {
    throw refuse(...stranger);
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    throw refuse('it is not text in UTF-8', 'Check that it is the right file.');
  }
  const fault = jsonFault(text);
  if (fault !== undefined) {
    throw refuse(
      `it is not valid JSON: ${fault.what} in line ${fault.line}, column ${fault.column}`,
      'Correct it there, or create it anew with butane, which writes valid JSON.',
    );
  }
  return { version: checkVersion(JSON.parse(text), refuse) };
}

type Refuse = (why: string, next: string) => InputError;

/** What users serve by mistake, told by name. */
function whatElse(bytes: Uint8Array): [why: string, next: string] | undefined {
  // Four times the characters looked at below, so that no multi-byte character matters.
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 4096)).trimStart();
  if (bytes.length === 0) {
    return ['it is empty', 'Check the file on the server.'];
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return ['it is compressed with gzip', 'Serve it uncompressed.'];
  }
  if (/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/.test(start)) {
    return [
      'it begins with a byte order mark, which Ignition does not accept',
      'Save it as UTF-8 without byte order mark.',
    ];
  }
  if (start === '' && bytes.length <= 4096) {
    return ['there is nothing but white space in it', 'Check the file on the server.'];
  }
  if (/^<(!doctype|!--|html|head|\?xml)/i.test(start)) {
    return [
      'it is a web page',
      'Check the URL: the server may have answered with an error page or a login.',
    ];
  }
  if (start.startsWith('#cloud-config')) {
    return [
      'it is a cloud-config file, which belongs to cloud-init',
      'Write a Butane config instead, and translate it with butane.',
    ];
  }
  if (/^[a-z_]+:(\s|$)/im.test(start) && !/^[{["]/.test(start)) {
    return [
      'it is YAML',
      'That is the source of an Ignition config; translate it first: butane --strict x.bu > x.ign (formerly fcct).',
    ];
  }
  return undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function checkVersion(config: unknown, refuse: Refuse): string {
  const create = 'Create it with butane from a Butane config.';
  if (!isObject(config)) {
    throw refuse('it is JSON, but not an object', create);
  }
  if (!isObject(config['ignition'])) {
    throw 'variant' in config
      ? refuse('it is a Butane config', 'Translate it first: butane --strict x.bu > x.ign')
      : refuse('it is JSON, but it has no "ignition" object', create);
  }
  const version = config['ignition']['version'];
  if (typeof version !== 'string') {
    throw refuse('its ignition.version is missing or not a string', create);
  }
  const parts = /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-experimental)?$/.exec(
    version,
  );
  if (parts === null) {
    throw refuse('its ignition.version is not of the form 3.0.0', create);
  }
  if (parts[1] !== '3') {
    throw refuse(
      `its version is ${version}, and Fedora CoreOS needs 3.x`,
      'Create it anew with butane; configs of 2.x can be translated with ign-converter.',
    );
  }
  return version;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
