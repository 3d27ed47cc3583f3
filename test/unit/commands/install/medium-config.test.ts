import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readMediumConfig } from '../../../../src/commands/install/medium-config.ts';
import { find, type Sources } from '../../../../src/parameters/find.ts';
import { parseKernelArguments } from '../../../../src/parameters/kernel-cmdline.ts';
import { lacksRoot } from '../../../support/needs.ts';

/** What a medium with these kernel arguments and config files has. */
async function read(text: string, ...configs: string[]): Promise<Sources> {
  const directory = mkdtempSync(join(tmpdir(), 'installer.d-'));
  try {
    for (const [index, config] of configs.entries())
      writeFileSync(join(directory, `${index}.yaml`), config);
    const kernel = parseKernelArguments(text);
    const configured = await readMediumConfig(directory, kernel);
    return { options: {}, files: { directory: '/tmp' }, kernel, configured };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** How long a medium retries with these kernel arguments and this config file, and what says so. */
async function retryFor(text: string, config: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'installer.d-'));
  try {
    writeFileSync(join(directory, 'a.yaml'), config);
    const kernel = parseKernelArguments(text);
    const configured = await readMediumConfig(directory, kernel);
    const files = { directory: '/tmp' };
    const found = find('retryFor', { options: {}, files, kernel, configured }, []);
    return `${found?.value} from ${found?.origin.name}`.replace(`${directory}/`, '');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

// Files of other users are refused.
describe.skipIf(lacksRoot())('a medium with config files', () => {
  test.each([
    ['', 'verify: true', '0 from the default'],
    ['', 'retry-for: 5m', '5m from a.yaml:1'],
    ['', '\ufeff{"verify": true,\r\n"retry-for": "5m"}', '5m from a.yaml:2'],
    ['coreos.inst.retry_for=1m', 'verify: true', '1m from coreos.inst.retry_for='],
    ['coreos.inst.retry_for=1m', 'retry-for: 5m', '1m from coreos.inst.retry_for='],
  ])('with %j and %j it retries for %s', async (kernel, config, answer) => {
    expect(await retryFor(kernel, config)).toBe(answer);
  });

  test('saves what its files and kernel arguments say together', async () => {
    const sources = await read(
      'coreos.inst.save_partlabel=logs',
      'verify: true\nsave-partlabel: [data, logs]',
      'save-partlabel: var',
    );
    const { value, origin, parts } = find('savePartlabel', sources, []) ?? {};
    expect(value).toBe('logs,data,var');
    expect(origin?.kind).toBe('kernel');
    expect(parts?.map((one) => [one.value, one.origin.name.replaceAll(/\S*\//g, '')])).toEqual([
      ['logs', 'coreos.inst.save_partlabel='],
      ['data,var', '0.yaml:2 and 1.yaml:1'],
    ]);
  });

  test('is none without any', async () => {
    expect(await readMediumConfig('/nonexistent', [])).toBeUndefined();
  });
});
