/** Looks into a config that may be anything: `--check-ignition off` accepts all. */

/** Undefined for what is not JSON. */
export function parsedConfig(config: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(config).toString('utf8'));
  } catch {
    return undefined;
  }
}

export function memberOf(value: unknown, name: string): unknown {
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Record<string, unknown>)[name] : undefined;
}

/** Empty where there is no list. */
export function listOf(value: unknown, name: string): unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}

/** Undefined where there is none, or an empty one. */
export function textOf(value: unknown, name: string): string | undefined {
  const text = memberOf(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
