import { expect, test } from 'vitest';
import {
  chooseArtifact,
  formatForSectors,
  ownArchitecture,
} from '../../../src/streams/choose-artifact.ts';
import type { Stream } from '../../../src/streams/stream-metadata.ts';
import { failure } from '../../support/failure.ts';

const artifact = (architecture: string, platform: string, format: string) => ({
  ...{ architecture, platform, format },
  release: '1',
  files: [
    {
      kind: 'disk',
      url: `https://h/${format}`,
      signatureUrl: undefined,
      isElsewhere: false,
      sha256: undefined,
    },
  ],
});
const stream: Stream = {
  name: 'stable',
  artifacts: [
    artifact('aarch64', 'metal', 'iso'),
    artifact('x86_64', 'aws', 'vmdk.xz'),
    artifact('x86_64', 'metal', '4k.raw.xz'),
    artifact('x86_64', 'metal', 'raw.xz'),
  ],
};

test('what is there is found', () => {
  const wanted = { architecture: 'x86_64', platform: 'metal', format: 'raw.xz' };
  expect(chooseArtifact(stream, wanted, '')).toMatchObject(wanted);
});

test.each([
  ['s390x', 'metal', 'raw.xz', 'there are: aarch64, x86_64'],
  ['x86_64', 'azure', 'raw.xz', 'there are: aws, metal'],
  ['aarch64', 'metal', 'raw.xz', 'no format raw.xz for metal on aarch64; there are: iso'],
  ['x86_64', 'metal', 'qcow2.xz', 'there are: 4k.raw.xz, raw.xz'],
])(
  'what is missing is told with what is there: %s %s %s',
  (architecture, platform, format, words) => {
    const choose = () => chooseArtifact(stream, { architecture, platform, format }, 'choose so');
    expect(choose).toThrow(failure('stream-lacks-image'));
    expect(choose).toThrow(words);
    expect(choose).toThrow('list-stream lists everything; choose so.');
  },
);

test('an empty stream has nothing', () => {
  const empty = { name: 'stable', artifacts: [] };
  const wanted = { architecture: 'x86_64', platform: 'metal', format: 'raw.xz' };
  expect(() => chooseArtifact(empty, wanted, '')).toThrow('there are: none');
});

test('architectures by the names that streams have', () => {
  expect(ownArchitecture('x64')).toBe('x86_64');
  expect(ownArchitecture('arm64')).toBe('aarch64');
  expect(ownArchitecture('riscv64')).toBe('riscv64');
});

test('the format follows from the size of the sectors', () => {
  expect(formatForSectors(512)).toBe('raw.xz');
  expect(formatForSectors(4096)).toBe('4k.raw.xz');
});
