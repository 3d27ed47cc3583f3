import { expect, test } from 'vitest';
import { tooLongForKernel } from '../../../src/install/command-line-length.ts';

/** An entry whose first boot gets so many bytes, with `ip=a` besides. */
function entryOf(sizeBytes: number): string {
  const own = 'BOOT_IMAGE=(hd0,gpt3)/vmlinuz ignition.firstboot ip=a root=/dev/x  ro '.length - 1;
  const padding = 'p'.repeat(sizeBytes - own);
  return `title x\nlinux /vmlinuz\noptions $ignition_firstboot root=/dev/x ${padding}\noptions  ro\t\n`;
}

test('a kernel command line is told of from the first byte that does not fit', () => {
  expect(tooLongForKernel([entryOf(300), entryOf(2047)], ['ip=a'])).toBeUndefined();
  const told = tooLongForKernel([entryOf(300), entryOf(2048)], ['ip=a']);
  expect(told).toMatch(/has 2048 bytes, and the kernel truncates it after 2047/);
});

test('without entries there is nothing to tell', () => {
  expect(tooLongForKernel([], ['ip=a'])).toBeUndefined();
  expect(tooLongForKernel([''], [])).toBeUndefined();
});
