import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readMediumConfig } from '../../../../src/commands/install/medium-config.ts';
import { find } from '../../../../src/parameters/find.ts';
import { parseKernelArguments } from '../../../../src/parameters/kernel-cmdline.ts';
import { lacksRoot } from '../../../support/needs.ts';

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

  test('is none without any', async () => {
    expect(await readMediumConfig('/nonexistent', [])).toBeUndefined();
  });
});
