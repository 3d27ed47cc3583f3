import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { originConfig } from '../../../src/provision/scale/nginx-config.ts';
import { readPage } from '../../support/pages.ts';

const page = readPage('fleet/scale.md');
const unit = readFileSync(
  join(import.meta.dirname, '../../../packaging/coreos-provision.service'),
  'utf8',
);

test('nginx beside the packaged service reads the assets where systemd shows them', () => {
  const [, shown = '', at = ''] =
    /^ {4}BindReadOnlyPaths=(.*)\/assets:(.*)\/assets$/m.exec(page) ?? [];
  // A service with DynamicUser has its state there; the path without `private` is a link.
  expect(unit).toMatch(/^DynamicUser=yes$/m);
  const [, state] = /^StateDirectory=(.*)$/m.exec(unit) ?? [];
  expect(shown).toBe(`/var/lib/private/${state}`);
  const [, script = ''] = /emit nginx \S+ \| sed '([^']+)'/.exec(page) ?? [];
  const urls = { url: 'http://192.0.2.1', upstreamUrl: 'http://127.0.0.1:8081' };
  const config = originConfig({ directory: `/var/lib/${state}`, ...urls });
  const emitted = execFileSync('sed', [script], { input: config, encoding: 'utf8' });
  expect(emitted).toContain(`root ${at};`);
  expect(emitted).not.toContain('/var/lib');
});

test('the packaged service takes further options of serve from a file', () => {
  expect(unit).toMatch(/^EnvironmentFile=-\/etc\/default\/coreos-provision$/m);
  expect(unit).toMatch(/^ExecStart=.* \$OPTIONS$/m);
  expect(page).toMatch(
    /^ {4}# \/etc\/default\/coreos-provision\n {4}OPTIONS=--listen 127.0.0.1:8081$/m,
  );
});
