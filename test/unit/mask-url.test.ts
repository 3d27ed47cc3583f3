import { expect, test } from 'vitest';
import { maskUrl, maskUrlsIn } from '../../src/mask-url.ts';

test.each([
  ['http://core:secret@192.0.2.100/x', 'http://core:***@192.0.2.100/x'],
  ['https://:secret@host:8443/x?y#z', 'https://:***@host:8443/x?y#z'],
  ['http://core:p@ss@host/a@b', 'http://core:***@host/a@b'],
  ['http://user:pa/ss@host/x', 'http://user:***@host/x'],
  ['http://core@host/x', 'http://core@host/x'],
  ['http://192.0.2.100:8080/a@b.ign', 'http://192.0.2.100:8080/a@b.ign'],
  ['/srv/images/a:b@c.raw', '/srv/images/a:b@c.raw'],
  ['file:///srv/a@b', 'file:///srv/a@b'],
])('%s is shown as %s', (url, shown) => {
  expect(maskUrl(url)).toBe(shown);
});

test.each([
  ['Cannot fetch http://core:secret@host/x: gone', 'Cannot fetch http://core:***@host/x: gone'],
  ['from:https://core:secret@host/a"b', 'from:https://core:***@host/a"b'],
  [
    'https://host/image?token=secret and http://h/y?secret',
    'https://host/image?*** and http://h/y?***',
  ],
  ['What now? At 12:30 /dev/sda: nothing', 'What now? At 12:30 /dev/sda: nothing'],
])('in a text: %s', (text, shown) => {
  expect(maskUrlsIn(text)).toBe(shown);
});
