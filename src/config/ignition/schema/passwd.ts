import * as v from 'valibot';
import { count, distinctTexts, flag, required, since, text, unique } from './rule.ts';

export function passwd(minor: number) {
  const user = v.object({
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
  });
  const group = v.object({
    name: required,
    gid: count,
    passwordHash: text,
    system: flag,
    ...since(minor, 2, { shouldExist: flag }),
  });
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
