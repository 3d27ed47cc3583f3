import { expect, test } from 'vitest';
import { checkIgnitionConfig } from '../../../src/config/check-ignition.ts';
import type { Installed } from '../../../src/install/install.ts';
import { notificationBody } from '../../../src/notify/notification.ts';
import type { FailureReport } from '../../../src/ui/display/events.ts';
import { blockWith, readPage } from '../../support/pages.ts';

const page = readPage('notify.md');
const example = JSON.parse(blockWith(page, 'json', '"installed"'));
const { machine, target, image, config } = example;
const about = {
  startedAt: new Date(example.startedAt),
  finishedAt: new Date(example.finishedAt),
  installId: example.installId,
};

const ignition = {
  ignition: { version: config.version },
  passwd: { users: [{ name: 'core' }] },
  systemd: { units: [{ name: 'httpd.service' }] },
  storage: { files: [{ path: '/etc/hostname' }] },
};
const configBytes = Buffer.from(JSON.stringify(ignition).padEnd(config.sizeBytes));

/** What the example tells of, with more than is sent. */
const installed = {
  plan: {
    parameters: { installId: { value: example.installId } },
    target: { ...target, majMin: '8:0', partitions: [] },
    image: { name: image.source, format: 'xz' },
    ignition: {
      name: config.source,
      bytes: configBytes,
      translatedFrom: undefined,
      ...checkIgnitionConfig(configBytes, config.source, 'warn'),
    },
  },
  image: {
    compressedSizeBytes: image.servedSizeBytes,
    sizeBytes: image.sizeBytes,
    verified: { sha256: image.sha256, digests: [], signers: [] },
  },
} as unknown as Installed;

test('the example is what is sent after a success', () => {
  const body = notificationBody({ result: 'installed', installed }, about, machine);
  expect({ ...body, installer: example.installer }).toEqual(example);
});

test('the page names what is sent after a failure', () => {
  const failure: FailureReport = {
    code: 'target-missing',
    reason: 'Cannot use /dev/sda: …',
    exitCode: 3,
    command: 'x',
    disk: { path: '/dev/sda', state: 'untouched', saved: [] },
  };
  const body = notificationBody({ result: 'failed', failure }, about, machine);
  const added = Object.keys(body).filter((name) => !(name in example));
  const [told = ''] = /^After a failure, `result` is `failed`\..*?\n\n/ms.exec(page) ?? [];
  for (const name of added) expect(told).toContain(`\`${name}\``);
  expect(added.toSorted()).toEqual(['code', 'diskState', 'exitCode', 'reason']);
  const absent = Object.keys(example).filter((name) => !(name in body));
  expect(absent.toSorted()).toEqual(['config', 'image']);
  expect(body).toMatchObject({ result: 'failed', target: { path: '/dev/sda' } });
});

test('the page names what is sent if the installation was there already', () => {
  const found = {
    ...{ target: installed.plan.target, installId: example.installId },
    ...{ madeAt: new Date(), bootOrder: undefined },
  };
  const outcome = { result: 'installed', installed: { found, warnings: [] } } as const;
  const body = notificationBody(outcome, about, machine);
  const added = Object.keys(body).filter((name) => !(name in example));
  const [told = ''] = /^If the installation with this .*?\n\n/ms.exec(page) ?? [];
  for (const name of added) expect(told).toContain(`\`${name}\``);
  expect(added.toSorted()).toEqual(['alreadyInstalled', 'installedAt']);
  const absent = Object.keys(example).filter((name) => !(name in body));
  expect(absent.toSorted()).toEqual(['config', 'image']);
  expect(body).toMatchObject({ result: 'installed', installId: example.installId });
});
