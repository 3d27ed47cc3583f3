import { expect, test } from 'vitest';
import { Faults } from '../../../../src/provision/wanted/faults.ts';
import { readMachines } from '../../../../src/provision/wanted/machine-table.ts';

function read(content: string | Uint8Array) {
  const faults = new Faults();
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const machines = readMachines({ name: 'machines.csv', bytes }, faults);
  const { warnings } = faults;
  const errors = faults.failed ? (faults.toError('x').failure.reasons ?? []) : [];
  return { machines, faults: errors, warnings };
}

const one = [
  {
    name: 'n1',
    rack: 'r 1',
    profile: 'worker',
    generation: 1,
    identity: { macs: ['52:54:00:00:00:01'] },
    values: { name: 'n1', note: 'a;b, "c"', generation: '1' },
    spot: { file: 'machines.csv', line: 2 },
  },
];

test.each([
  ['commas', 'name,mac,rack,profile,note\nn1,52:54:00:00:00:01,r 1,worker,"a;b, ""c"""\n'],
  ['semicolons', 'name;mac;rack;profile;note\nn1;52:54:00:00:00:01;r 1;worker;"a;b, ""c"""\n'],
  ['tabs', 'name\tmac\track\tprofile\tnote\nn1\t525400000001\tr 1\tworker\t"a;b, ""c"""'],
  [
    'a byte order mark, CRLF and names in capitals',
    '\ufeffName,MAC,Rack,Profile,Note\r\nn1,52-54-00-00-00-01,r 1,worker,"a;b, ""c"""\r\n',
  ],
  [
    'spaces around values, and columns without a name',
    'name , mac,rack,profile, note,,\nn1 , 5254.0000.0001,r 1 ,worker,"a;b, ""c""",,\n,,,,,,\n',
  ],
  ['old line ends', 'name,mac,rack,profile,note\rn1,52:54:00:00:00:01,r 1,worker,"a;b, ""c"""\r'],
])('%s', (_, text) => {
  const { machines, faults } = read(text);
  expect(faults).toEqual([]);
  expect(machines).toMatchObject(one);
});

test.each([
  ['empty lines and comments', '# a,b\n\nname,profile,mac\n\n# x "\nn1,worker,525400000001\n', 6],
  ['Excel’s line with the separator', 'sep=;\r\nname;profile;mac\r\nn1;worker;525400000001\r\n', 3],
])('lines are counted with %s', (_, text, line) => {
  const { machines, faults } = read(text);
  expect(faults).toEqual([]);
  expect(machines.map(({ spot }) => spot.line)).toEqual([line]);
});

test.each(['\n', '\r\n', '\r'])('a value with %j in it is two lines', (end) => {
  const { machines, faults } = read(
    ['name,profile,mac,note', 'n1,w,525400000001,"a', 'b"', 'n2,w,525400000002,', ''].join(end),
  );
  expect(faults).toEqual([expect.stringMatching(/^machines\.csv:3: error: note: .*line break/)]);
  expect(machines.map(({ spot }) => spot.line)).toEqual([4]);
});

test('a # within a line is no comment', () => {
  const { machines } = read('name,profile,mac,note\nn1,w,525400000001,room #3\n');
  expect(machines[0]?.values).toMatchObject({ note: 'room #3' });
});

test('several MAC addresses, in any usual spelling', () => {
  const { machines } = read(
    'name,profile,mac\nn1,w,"52:54:00:00:00:01, 52-54-00-00-00-0A | 5254.0000.000b+52540000000C"\n',
  );
  expect(machines[0]?.identity.macs).toEqual(
    ['01', '0a', '0b', '0c'].map((last) => `52:54:00:00:00:${last}`),
  );
});

test('a generation counts from 1', () => {
  const generations = ['', '1', '7', '0', '-1', '1.5', 'x'];
  const rows = generations.map((text, n) => `n${n},w,52540000000${n},${text}\n`);
  const { machines, faults } = read(`name,profile,mac,generation\n${rows.join('')}`);
  expect(machines.map(({ generation }) => generation)).toEqual([1, 1, 7]);
  expect(faults).toEqual(
    [5, 6, 7, 8].map(
      (line) => `machines.csv:${line}: error: generation: it must be a whole number from 1.`,
    ),
  );
});

const filler = 'is a placeholder that many machines have in common; leave it empty';

test.each([
  ['mac', '52:54:00:00:00', 'is not a MAC address of 12 hex digits'],
  ['mac', '52:54:00:00:00:01:02', 'is not a MAC address'],
  ['mac', '5:2540:000:0000:1', 'is not a MAC address'],
  ['mac', '00:00:00:00:00:00', 'no network card has a MAC address of zeros'],
  ['mac', 'ff:ff:ff:ff:ff:ff', 'is a group address'],
  ['mac', '01:00:5e:00:00:01', 'is a group address'],
  ['uuid', '4c4c4544-0042-3510-8051', 'is not a UUID'],
  ['uuid', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', filler],
  ['uuid', '03000200-0400-0500-0006-000700080009', filler],
  ['serial', 'To be filled by O.E.M.', filler],
  ['serial', 'Default string', filler],
  ['serial', '1.23457E+11', 'a spreadsheet has made a number of it'],
  ['serial', '5E+12', 'a spreadsheet has made a number of it'],
  ['name', 'n_1', 'a name has 1 to 63 letters, digits, - and .'],
  ['name', '../x', 'a name has'],
  ['name', 'n'.repeat(64), 'a name has'],
  ['profile', '', 'it is empty'],
  ['note', '"a\nb"', 'it contains a line break'],
  ['note', '#REF!', 'it is #REF!, an error of the spreadsheet'],
  ['note', 'x'.repeat(4097), 'more than 4096'],
])('the %s %j', (column, value, message) => {
  const good = { name: 'n1', profile: 'w', mac: '525400000001', uuid: '', serial: '', note: '' };
  const cells = { ...good, [column]: value };
  const { machines, faults } = read(
    `${Object.keys(cells).join(',')}\n${Object.values(cells).join(',')}\n`,
  );
  expect(machines).toEqual([]);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(new RegExp(`^machines\\.csv:\\d: error: ${column}: `));
  expect(faults[0]).toContain(message);
});

test('a comment in quotes is one; an error of a spreadsheet is none', () => {
  const header = 'name,profile,mac\n';
  const one = 'n1,w,525400000001\n';
  expect(read(`${header}"# a, b",,\n#,,\n${one}`)).toMatchObject({
    faults: [],
    machines: [{ name: 'n1' }],
  });
  expect(read(`${header}${one}#N/A,w,525400000002\n`)).toMatchObject({
    faults: ['machines.csv:3: error: name: it is #N/A, an error of the spreadsheet.'],
  });
});

test.each(['mac1', 'mac_2', 'macs', 'mac_address'])('a column %s gives a warning', (name) => {
  const { faults, warnings } = read(`name,profile,serial,${name}\nn1,w,S7,525400000001\n`);
  expect(faults).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining(`${name} identifies no machine`)]);
});

test('what two lines have in common is told with both', () => {
  const { faults } = read(
    'name,profile,mac,uuid,serial\n' +
      'n1,w,525400000001,4c4c4544-0042-3510-8051-b4c04f4a3132,A7\n' +
      'N1,w,525400000002,,\n' +
      'n3,w,52-54-00-00-00-01,,\n' +
      'n4,w,,4C4C4544-0042-3510-8051-B4C04F4A3132,\n' +
      'n5,w,,,a7\n' +
      'n6,w,525400000006 525400000006,,\n',
  );
  expect(faults).toEqual([
    'machines.csv:3: error: name n1 is already in line 2.',
    'machines.csv:4: error: mac 52:54:00:00:00:01 is already in line 2.',
    'machines.csv:5: error: uuid 4c4c4544-0042-3510-8051-b4c04f4a3132 is already in line 2.',
    'machines.csv:6: error: serial a7 is already in line 2.',
    'machines.csv:7: error: mac 52:54:00:00:00:06 is already in line 7.',
  ]);
});

test.each([
  ['', 'machines.csv: error: it is empty. The first line names the columns: name,mac,'],
  ['# x\n', 'machines.csv: error: it is empty.'],
  ['name,mac\n', 'machines.csv:1: error: there is no column profile.'],
  ['name,profile,name\n', 'machines.csv:1: error: column 3: there are two columns name.'],
  [
    'name,profile,generatoin\n',
    'machines.csv:1: error: column 3: generatoin has no meaning; the nearest is generation.',
  ],
  ['name,profile,secret\n', 'machines.csv:1: error: column 3: secret has another meaning.'],
  ['name,profile,a b\n', 'machines.csv:1: error: column 3: "a b" is no name of letters'],
  ['name,profile,__proto__\n', 'machines.csv:1: error: column 3: "__proto__" is no name'],
  ['name,profile\nn1,w\n', 'machines.csv:2: error: mac, uuid and serial are empty'],
  ['name,profile,mac\nn1,w,525400000001,x\n', 'machines.csv:2: error: column 4 has a value'],
  [
    'name,profile,mac\nn1,"w,525400000001\nn2,w,\n',
    'machines.csv:2: error: a quoted value does not end.',
  ],
  ['name,profile,mac\nn1,w"x",525400000001\n', 'machines.csv:2: error: a quote is inside a value'],
])('%j is refused', (text, message) => {
  const { machines, faults } = read(text);
  expect(machines).toEqual([]);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(message);
});

test.each([
  ['UTF-16', Buffer.from('\ufeffname,profile\n', 'utf16le')],
  ['Latin 1', Buffer.from('name,profile,mac,note\nn1,w,525400000001,Größe\n', 'latin1')],
])('%s is not read as something else', (_, bytes) => {
  expect(read(bytes).faults).toEqual([
    'machines.csv: error: it is not text in UTF-8. Export it as “CSV UTF-8”.',
  ]);
});

test('more machines than a server serves', () => {
  const rows = Array.from({ length: 50_001 }, (_, n) => `n${n},w\n`).join('');
  expect(read(`name,profile\n${rows}`).faults).toEqual([
    'machines.csv: error: it has 50001 machines; at most 50000 are possible.',
  ]);
});
