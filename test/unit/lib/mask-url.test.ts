import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskUrl, maskUrlsIn } from '../../../src/lib/mask-url.ts';
import { parseUrl } from '../../../src/lib/url.ts';

test.each([
  ['http://core:secret@192.0.2.100/x', 'http://***@192.0.2.100/x'],
  ['https://:secret@host:8443/x?y#z', 'https://***@host:8443/x?***'],
  ['http://core:p@ss@host/a@b', 'http://***@host/a@b'],
  ['http://user:pa/ss@host/x', 'http://***@host/x'],
  ['http://TOKEN@host/x', 'http://***@host/x'],
  ['HTTPS:\\\\TOKEN@host/x', 'HTTPS:\\\\***@host/x'],
  ['http://host:99999/x?secret', 'http://host:99999/x?***'],
  ['http://u:secret@host:99999/x?secret', 'http://***@host:99999/x?***'],
  ['http://host/x?X-Amz-Signature=secret&a=b#c', 'http://host/x?***'],
  ['http://host/x?', 'http://host/x?'],
  ['http://host/x?***secret', 'http://host/x?***'],
  ['http://host/x?***;secret', 'http://host/x?***'],
  ['http://host/x?a b secret', 'http://host/x?***'],
  ['socks5://me:secret@host:1', 'socks5://***@host:1'],
  ['//me:secret@host/x?secret', '//***@host/x?***'],
  ['me:secret@host/x?secret', '***@host/x?***'],
  ['me:sec/ret@proxy:3128', '***@proxy:3128'],
  ['me:sec ret@proxy:3128', '***@proxy:3128'],
  ['TOKEN@proxy:3128', '***@proxy:3128'],
  ['TOKEN@proxy:3128/', '***@proxy:3128/'],
  ['http:\t//me:secret@host', 'http:\t//***@host'],
  ['http://a/x,http://me:secret@b/y@z', 'http://a/x,http://***@b/y@z'],
  ['http:host/x?secret', 'http:host/x?***'],
  ['http//me:secret@host/x?secret', '***@host/x?***'],
  ['http;//me:secret@host/x', '***@host/x'],
  ['://me:secret@host/x', '***@host/x'],
  ['http://[fe80::1%25eth0]:8080/a@b?secret', 'http://[fe80::1%25eth0]:8080/a@b?***'],
  ['http://u:secret@[fe80::1%eth0]/a', 'http://***@[fe80::1%eth0]/a'],
  ['http://192.0.2.100:8080/a@b.ign', 'http://192.0.2.100:8080/a@b.ign'],
  ['/srv/images/a:b@c?d.raw', '/srv/images/a:b@c?d.raw'],
  ['images/a@b?.raw', 'images/a@b?.raw'],
  ['disk/by-id/usb-x@1:0', 'disk/by-id/usb-x@1:0'],
  ['disk/by-path/pci-0000:00:1d.0-usb@1', 'disk/by-path/pci-0000:00:1d.0-usb@1'],
  ['core@host.ign', 'core@host.ign'],
  ['file:///srv/a@b?c', 'file:///srv/a@b?c'],
  ['sha256:0123', 'sha256:0123'],
])('%s is shown as %s', (url, shown) => {
  expect(maskUrl(url)).toBe(shown);
  expect(maskUrl(shown)).toBe(shown);
});

test.each([
  ['Cannot fetch http://core:secret@host/x: gone', 'Cannot fetch http://***@host/x: gone'],
  ['from:https://core:secret@host/a"b', 'from:https://***@host/a"b'],
  [
    'https://host/image?token=secret and http://h/y?secret',
    'https://host/image?*** and http://h/y?***',
  ],
  ['coreos.inst.image_url=https://T@h/i?secret', 'coreos.inst.image_url=https://***@h/i?***'],
  ['What now? At 12:30 /dev/sda: nothing', 'What now? At 12:30 /dev/sda: nothing'],
  ['What (http://h/y?***)? http://h/y?***: no.', 'What (http://h/y?***)? http://h/y?***: no.'],
])('in a text: %s', (text, shown) => {
  expect(maskUrlsIn(text)).toBe(shown);
  expect(maskUrlsIn(shown)).toBe(shown);
});

test('what the parser of URLs takes for a user name, a password or a query is never shown', () => {
  const pieces = ['host', '[::1]', '8080', '%40', '***', '?***', ' ', '\t', 'é'];
  const marks = [...'/\\@:?#=&.;()"\'{}$-'];
  const words = fc.array(fc.constantFrom(...pieces, ...marks), { maxLength: 6 });
  const starts = ['http://', 'https://', 'HTTP:\\\\', 'http:/', 'http:'];
  let tried = 0;
  fc.assert(
    fc.property(fc.constantFrom(...starts), words, words, (start, before, after) => {
      const text = [start, ...before, 'SECRET', ...after].join('');
      if (!secretsOf(text).includes('SECRET')) return;
      tried += 1;
      expect(secretsOf(maskUrl(text)), text).not.toContain('SECRET');
    }),
    { numRuns: 20_000 },
  );
  expect(tried).toBeGreaterThan(1_000);
});

function secretsOf(text: string): string {
  const { username = '', password = '', search = '' } = parseUrl(text)?.url ?? {};
  return username + password + search;
}

test('a long text without an end takes no time', () => {
  const startMs = performance.now();
  expect(maskUrlsIn('a'.repeat(1_000_000))).toHaveLength(1_000_000);
  expect(performance.now() - startMs).toBeLessThan(3_000);
});
