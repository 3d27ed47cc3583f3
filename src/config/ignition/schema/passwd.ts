import * as v from 'valibot';
import {
  count,
  distinctTexts,
  flag,
  type Objection,
  required,
  rules,
  since,
  text,
  unique,
} from './rule.ts';

export function passwd(minor: number) {
  const user = v.pipe(
    v.object({
      name: required,
      passwordHash: text,
      sshAuthorizedKeys: distinctTexts('key'),
      uid: count,
      gecos: text,
      homeDir: text,
      noCreateHome: flag,
      primaryGroup: text,
      groups: distinctTexts('group'),
      noUserGroup: flag,
      noLogInit: flag,
      shell: text,
      system: flag,
      ...since(minor, 2, { shouldExist: flag }),
    }),
    rules((account) => objectionsToAccount(account)),
  );
  const group = v.pipe(
    v.object({
      name: required,
      gid: count,
      passwordHash: text,
      system: flag,
      ...since(minor, 2, { shouldExist: flag }),
    }),
    rules((account) => objectionsToAccount(account)),
  );
  return v.object({
    users: v.optional(
      v.pipe(
        v.array(user),
        unique('user', ({ name }) => name),
      ),
    ),
    groups: v.optional(
      v.pipe(
        v.array(group),
        unique('group', ({ name }) => name),
      ),
    ),
  });
}

interface Account {
  readonly name: string;
  readonly passwordHash?: string | undefined;
  readonly gecos?: string | undefined;
  readonly homeDir?: string | undefined;
  readonly shell?: string | undefined;
  readonly shouldExist?: boolean | undefined;
}

/** What Fedora's useradd, usermod and groupadd refuse. */
function* objectionsToAccount(account: Account): Generator<Objection> {
  const { name, homeDir, shell, shouldExist } = account;
  if (shouldExist === false) return;
  if (name !== '' && !isName(name))
    yield [
      ['name'],
      'a name must consist of letters (a to z), digits, and . _ -, not begin with -, and not be a number',
    ];
  for (const key of ['passwordHash', 'gecos', 'homeDir', 'shell'] as const)
    if (/[:\n]/.test(account[key] ?? '')) yield [[key], 'it contains a colon or a line break'];
  if (homeDir && !homeDir.startsWith('/')) yield [['homeDir'], 'the path must begin with /'];
  if (shell && !/^[/*]/.test(shell)) yield [['shell'], 'the path must begin with /'];
}

const isName = (name: string) => /^[\w.][\w.-]*\$?$/.test(name) && !/^(\.{1,2}|\d+)$/.test(name);
