import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Identity {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  /** PEM of the CA that signed all others. */
  readonly authority: string;
  /** For 127.0.0.1 and localhost. */
  readonly good: Identity;
  readonly expired: Identity;
  readonly notYetValid: Identity;
  /** For another name only. */
  readonly otherName: Identity;
  /** For 127.0.0.1, which is in the common name only. */
  readonly commonNameOnly: Identity;
  /** PEM of a CA that the first one signed. */
  readonly intermediate: string;
  /** For 127.0.0.1, signed by that one. */
  readonly belowIntermediate: Identity;
}

const longAgo = '20000101000000Z';
const daysFromNow = (days: number) =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\..*/g, '')}Z`;

let made: Promise<Certificates> | undefined;

/** A CA for tests and certificates with one fault each, made once: that takes fifteen processes. */
export function makeCertificates(): Promise<Certificates> {
  made ??= make();
  return made;
}

async function make(): Promise<Certificates> {
  const dir = await mkdtemp(join(tmpdir(), 'certificates-'));
  try {
    const file = (name: string) => join(dir, name);
    const openssl = (args: readonly string[]) => execa('openssl', args, { cwd: dir });
    await writeFile(file('index.txt'), '');
    await writeFile(file('serial'), '1000\n');
    await writeFile(file('ca.conf'), authorityConfig);
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    await openssl([
      ...['req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '3650'],
      ...['-subj', '/CN=Test authority', '-config', 'ca.conf'],
    ]);
    const issue = async (name: string, altNames: string, from: string, until: string) => {
      await openssl([
        ...['req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`],
        ...['-subj', `/CN=${name}`, '-config', 'ca.conf'],
      ]);
      await writeFile(file(`${name}.ext`), altNames === '' ? '' : `subjectAltName=${altNames}\n`);
      await openssl([
        ...['ca', '-batch', '-config', 'ca.conf', '-in', `${name}.csr`, '-out', `${name}.pem`],
        ...['-extfile', `${name}.ext`, '-startdate', from, '-enddate', until, '-notext'],
      ]);
      return {
        key: await readFile(file(`${name}.key`), 'utf8'),
        cert: await readFile(file(`${name}.pem`), 'utf8'),
      };
    };
    const local = 'IP:127.0.0.1,DNS:localhost';
    await writeFile(file('below.ext'), `subjectAltName=${local}\n`);
    for (const [name, extensions, issuer] of [
      ['intermediate', 'ca.conf', 'ca'],
      ['below', 'below.ext', 'intermediate'],
    ] as const) {
      await openssl([
        ...['req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`],
        ...['-subj', `/CN=${name}`, '-config', 'ca.conf'],
      ]);
      await openssl([
        ...['x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', '30'],
        ...['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial'],
        ...[
          '-extfile',
          extensions,
          ...(extensions === 'ca.conf' ? ['-extensions', 'authority'] : []),
        ],
      ]);
    }
    return {
      authority: await readFile(file('ca.pem'), 'utf8'),
      good: await issue('good', local, longAgo, daysFromNow(30)),
      expired: await issue('expired', local, longAgo, daysFromNow(-1)),
      notYetValid: await issue('not-yet-valid', local, daysFromNow(10), daysFromNow(30)),
      otherName: await issue('other-name', 'DNS:other.example', longAgo, daysFromNow(30)),
      commonNameOnly: await issue('127.0.0.1', '', longAgo, daysFromNow(30)),
      intermediate: await readFile(file('intermediate.pem'), 'utf8'),
      belowIntermediate: {
        key: await readFile(file('below.key'), 'utf8'),
        cert: await readFile(file('below.pem'), 'utf8'),
      },
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const authorityConfig = `
[req]
distinguished_name = subject
x509_extensions = authority
[subject]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[ca]
default_ca = test
[test]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
`;
