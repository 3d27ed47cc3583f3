import assert from 'node:assert/strict';
import { parse } from 'node:querystring';
import type { Decision } from '../../../src/provision/rule/control-interface.ts';
import { bearerOf, permitOf } from '../../../src/provision/serve/credentials.ts';
import { grubConfig } from '../../../src/provision/serve/grub-config.ts';
import { ipxeScript } from '../../../src/provision/serve/ipxe-script.ts';
import { queryText, readQuery } from '../../../src/provision/serve/read-query.ts';
import { readNotice, readReports } from '../../../src/provision/serve/read-reports.ts';
import { machine, worker } from '../../support/small-fleet.ts';
import type { Target } from './targets.ts';

const texts = (...all: readonly string[]) => all.map((text) => Buffer.from(text));
const settings = { url: 'http://192.0.2.1:8080' };
const install: Decision = {
  kind: 'install',
  machine: machine(1),
  profile: worker,
  install: { id: 'b3a1f0c4-1111-5222-8333-444455556666', token: 'token' },
  assetsUrl: settings.url,
};
/** Without what is the machine's own: a MAC address and a UUID in their only forms, an encoded serial number. */
const common = (script: string) =>
  script
    .replace(/ '?BOOTIF=01(-[0-9a-f]{2}){6}'?/, '')
    .replace(
      /\?(mac=[0-9a-f:]{17})?&?(uuid=[0-9a-f-]{36})?&?(serial=[\w.%+*-]+)?&again/,
      '?&again',
    );
const scripts = (query: ReturnType<typeof readQuery>) => [
  common(ipxeScript(install, settings, query)),
  common(grubConfig(install, settings, { query, again: false })),
];
const expected = scripts({});

/** What the provisioning server reads from the network. */
export const provisionTargets: readonly Target[] = [
  {
    name: 'machine-query',
    corpus: texts(
      'mac=52-54-00-00-00-01&uuid=4c4c4544-0042-3510-8052-b4c04f4e3432&serial=CZ1234&platform=efi',
      'mac=52:54:00:00:00:01&manufacturer=Dell%20Inc.&product=PowerEdge%20R640&asset=&serial=',
      'mac=%0a&serial=a%0Aboot&serial=b&vendor=$%7Bmac%7D&__proto__=x&again=1',
    ),
    check(input) {
      const query = readQuery({ ...parse(input.toString('latin1')) });
      for (const value of Object.values(query))
        assert.match(value, /^[\x21-\x7e][\x20-\x7e]{0,127}$/);
      assert.doesNotMatch(queryText(query), /[^\w.%+*=&-]/);
      assert.deepEqual(scripts(query), expected);
    },
  },
  {
    name: 'progress-events',
    corpus: texts(
      '{"time":"2026-11-24T10:00:00.000Z","event":"begin","schemaVersion":1,"installer":"0.1.0"}\n{"event":"step-begins","step":"write"}\n',
      '{"event":"progress","receivedBytes":5,"onDeviceBytes":12,"toWriteBytes":100,"percent":12.5,"onDeviceBytesPerS":1e6}\n\n',
      '{"event":"failed","code":"target-mounted","exitCode":3,"reason":"x","diskState":"untouched"}',
    ),
    check(input) {
      const reports = readReports(input.toString()) ?? [];
      assert.ok(reports.length <= 1000);
      for (const { event, step = '', ...numbers } of reports) {
        assert.ok(event.length <= 64 && step.length <= 64);
        for (const value of Object.values(numbers))
          assert.ok(value === undefined || (Number.isFinite(value) && value >= 0));
      }
    },
  },
  {
    name: 'installation-notice',
    corpus: texts(
      '{"result":"installed","installId":"b3a1f0c4-1111-5222-8333-444455556666","alreadyInstalled":true,"machine":{"macs":["3c:ec:ef:00:00:01"],"serial":"CZ1234","uuid":"4c4c4544-0042-3510-8052-b4c04f4e3432"}}',
      '{"result":"failed","exitCode":3,"code":"target-mounted","reason":"It is mounted.","diskState":"untouched"}',
    ),
    check(input) {
      const { result = 'failed', reason = '' } = readNotice(input.toString()) ?? {};
      assert.ok(result === 'installed' || result === 'failed');
      assert.ok(reason.length <= 2000);
    },
  },
  {
    name: 'authorization',
    corpus: texts('Basic YTpi', 'Basic YjNhMWYwYzQ6dG86a2Vu', 'Bearer abc-_~+/.1==', 'basic  ='),
    check(input) {
      const text = input.toString('latin1');
      const { id = '' } = permitOf(text) ?? {};
      assert.ok(!id.includes(':'));
      assert.match(bearerOf(text) ?? 'x', /^[\w.~+/-]{1,200}=*$/);
    },
  },
];
