import assert from 'node:assert/strict';
import { noLocalFiles } from '../../../src/config/butane/local-files.ts';
import { Faults } from '../../../src/provision/wanted/faults.ts';
import { readSettings } from '../../../src/provision/wanted/fleet-settings.ts';
import { readMachines } from '../../../src/provision/wanted/machine-table.ts';
import { readProfiles } from '../../../src/provision/wanted/read-profiles.ts';
import { readSecrets } from '../../../src/provision/wanted/read-secrets.ts';
import { readTemplate, type Values } from '../../../src/provision/wanted/template.ts';
import type { Target } from './targets.ts';

const texts = (...all: string[]) => all.map((text) => Buffer.from(text));

/** What is wrong is a bounded list of lines, each with the name of its file. */
function checkFaults(faults: Faults, file: string): void {
  const lines = faults.failed ? (faults.toError('d').failure.reasons ?? []) : [];
  for (const line of [...lines, ...faults.warnings])
    assert.ok(line.startsWith(file) || /^\d+ more errors$/.test(line), line);
  assert.ok(lines.length <= 51 && faults.warnings.length <= 50);
  assert.equal(lines.length > 0, faults.failed);
}

const digest = `sha256:${'ab'.repeat(32)}`;
const profile = `image: ${digest}\nkernel: ${digest}\ninitramfs: ${digest}\ndevice: smallest,bus=nvme
butane: w.bu\nkargs: [quiet, "console=ttyS0,115200n8"]\n`;

const values: Values = new Map([
  ['hostname', 'n1'],
  ['mode', '0644'],
  ['odd', 'a: *b\n- "c'],
]);

export const fleetTargets: readonly Target[] = [
  {
    name: 'machines-table',
    corpus: texts(
      'name,mac,uuid,serial,rack,profile,generation\nn1,52:54:00:00:00:01 5254.0000.0002,,S1,r1,w,2\n',
      '\ufeffname;profile;mac;note\r\n# x\r\nn1;w;52-54-00-00-00-01;"a;""b"\r\n;;;\r\n',
      'sep=\t\nname\tprofile\tuuid\nn1\tw\t4c4c4544-0042-3510-8051-b4c04f4a3132\n',
    ),
    check(bytes) {
      const faults = new Faults();
      const machines = readMachines({ name: 'machines.csv', bytes }, faults);
      checkFaults(faults, 'machines.csv');
      for (const { name, identity, generation, values: own, spot } of machines) {
        assert.match(name, /^[\w.-]{1,63}$/);
        assert.ok(identity.macs.every((mac) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)));
        assert.ok(identity.macs.length > 0 || identity.uuid || identity.serial);
        assert.ok(Number.isSafeInteger(generation) && generation >= 1);
        assert.ok(Object.values(own).every((value) => !/\p{Cc}/u.test(value)));
        const lines = bytes.toString().split(/\r\n|\r|\n/).length;
        assert.ok((spot.line ?? 0) >= 2 && (spot.line ?? 0) <= lines);
      }
    },
  },
  {
    name: 'fleet-files',
    corpus: texts(
      'url: http://192.0.2.1:8080/\nconcurrency: 4\nstop_when: {failures: 3}\nedges:\n  r1: &e http://e\n  r2: *e\n',
      profile,
      'token: "s3cret"\nown:\n  n1: a\n  n2: |\n    b\n',
      'a: &a [*a]\n? b\n',
    ),
    async check(bytes) {
      const file = { name: 'f.yaml', bytes };
      for (const read of [
        (faults: Faults) => readSettings(file, faults),
        (faults: Faults) => readSecrets([file], faults),
        (faults: Faults) => readProfiles('.', [file], new Map(), faults),
      ]) {
        const faults = new Faults();
        await read(faults);
        checkFaults(faults, 'f.yaml');
      }
    },
  },
  {
    name: 'butane-template',
    corpus: texts(
      `variant: fcos\nversion: 1.5.0\nstorage:\n  files:\n    - path: /etc/x\n      mode: \${mode}\n      contents: {inline: "\${hostname} $\${x}"}\n`,
      `variant: fcos\nversion: 1.4.0\nsystemd:\n  units:\n    - name: a.service\n      contents: |\n        [Service]\n        ExecStart=/bin/a \${odd}\n`,
      `variant: fcos\nversion: 1.5.0\npasswd:\n  users:\n    - &u {name: core, gecos: "\${odd}"}\n    - {<<: *u, name: x}\n`,
    ),
    check(bytes) {
      const faults = new Faults();
      const template = readTemplate({ name: 't.bu', bytes }, noLocalFiles, faults);
      const rendered = template?.render(values, 'n1', faults);
      checkFaults(faults, 't.bu');
      assert.equal(template === undefined || rendered === undefined, faults.failed);
      if (rendered === undefined) return;
      assert.deepEqual(template?.translate(values), rendered);
      JSON.parse(rendered.toString());
    },
  },
];
