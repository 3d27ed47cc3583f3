import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../../scripts/lib/paths.ts';
import { readPkgConfig, resolveTarget } from '../../../../scripts/lib/pkg-config.ts';
import { readPage } from '../../../../src/provision/page/page.ts';

const { html, headers } = readPage();
const policy = headers['content-security-policy'] ?? '';

test('nothing runs but the script of the page, and nothing is loaded', () => {
  const [, script = ''] = /<script>(.*)<\/script>/s.exec(html) ?? [];
  const digest = createHash('sha256').update(script).digest('base64');
  expect(policy).toContain(`default-src 'none'; script-src 'sha256-${digest}';`);
  expect(policy).toMatch(/; style-src 'sha256-[\w+/=]+'; connect-src 'self'; img-src data:;/);
  expect(policy).not.toContain('unsafe');
});

test('it has no inline handler and no style attribute, which the policy would refuse', () => {
  const markup = html.replaceAll(/<(script|style)>.*?<\/\1>/gs, '');
  expect(markup).toContain('<header>');
  expect(markup.match(/\s(on\w+|style)=/g)).toBeNull();
  expect(html.match(/<(script|style)[ >]/g)).toEqual(['<style>', '<script>']);
});

test('no browser is asked to keep the token, nor a service that corrects words', () => {
  const [field = ''] = /<input id="token"[^>]*>/.exec(html) ?? [];
  expect(field).toContain('autocomplete="off" spellcheck="false"');
  expect(field).not.toContain('type=');
  expect(html).toMatch(/#token \{[^}]*-webkit-text-security: disc/);
});

test('it names no other place', () => {
  expect(html.match(/https?:/g)).toBeNull();
});

test('the packaged program has it inside', async () => {
  const { assets } = await resolveTarget(
    await readPkgConfig('coreos-provision'),
    'node24-linux-x64',
  );
  expect(assets['page.html']).toBe(join(root, 'src/provision/page/page.html'));
});
