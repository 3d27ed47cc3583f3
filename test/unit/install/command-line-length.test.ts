import { expect, test } from 'vitest';
import { longerThanKernel, tooLongForKernel } from '../../../src/install/command-line-length.ts';

const nothing = { hasAppended: false };

/** An entry whose first boot gets so many bytes, with `ip=a` besides. */
function entryOf(sizeBytes: number): string {
  const own = 'BOOT_IMAGE=(hd0,gpt3)/vmlinuz ignition.firstboot ip=a root=/dev/x '.length;
  const padding = 'p'.repeat(sizeBytes - own);
  return `title x\nlinux /vmlinuz\noptions  $ignition_firstboot root=/dev/x ${padding}\t \noptions not read\n`;
}

test('a kernel command line is told of from the first byte that does not fit', () => {
  expect(tooLongForKernel([entryOf(300), entryOf(2047)], ['ip=a'], nothing)).toBeUndefined();
  const told = tooLongForKernel([entryOf(300), entryOf(2048)], ['ip=a'], nothing);
  expect(told).toMatch(/has 2048 bytes, and the kernel truncates it after 2047/);
});

test('what is lost, and what to shorten, is what was given', () => {
  const sentence = (firstBoot: string[], hasAppended: boolean) =>
    tooLongForKernel([entryOf(3000)], firstBoot, { hasAppended })?.replace(/^.*2047: /, '');
  expect(sentence(['ip=a'], false)).toBe(
    'the last of the image’s own arguments are lost, and it may not boot. Give fewer or shorter network arguments, and install again.',
  );
  expect(sentence([], true)).toBe(
    'the last ones of --append-karg are lost, and perhaps some of the image’s own, and it may not boot. Give fewer or shorter kernel arguments (--append-karg), and install again.',
  );
  expect(sentence(['ip=a'], true)).toMatch(
    /shorter network arguments or kernel arguments \(--append-karg\), and install again\.$/,
  );
  expect(sentence([], false)).toMatch(/may not boot\. Use another image\.$/);
});

test('one that GRUB does not show is not measured', () => {
  const hidden = entryOf(3000).replace('linux', '#linux');
  expect(tooLongForKernel([hidden], ['ip=a'], nothing)).toBeUndefined();
});

test('of every start it has nothing of the first boot', () => {
  const firstBootBytes = ' ignition.firstboot ip=a'.length;
  expect(longerThanKernel(entryOf(2047 + firstBootBytes))).toBeUndefined();
  expect(longerThanKernel(entryOf(2048 + firstBootBytes))).toMatch(/has 2048 bytes/);
});

test('without entries there is nothing to tell', () => {
  expect(tooLongForKernel([], ['ip=a'], nothing)).toBeUndefined();
  expect(tooLongForKernel([''], [], nothing)).toBeUndefined();
});
