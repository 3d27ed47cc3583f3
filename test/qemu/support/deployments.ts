/** A line of `ostree admin status`. */
export interface Deployment {
  commit: string;
  booted: boolean;
  /** `pending`, `rollback`, `staged`. */
  role: string;
}

/** Reads what `ostree admin status` prints: the first one is what boots next. */
export function parseStatus(text: string): Deployment[] {
  const line = /^([* ]) mini-coreos ([0-9a-f]{64})\.\d+(?: \((\w+)\))?$/gm;
  return [...text.matchAll(line)].map(([, mark, commit = '', role = '']) => ({
    commit,
    booted: mark === '*',
    role,
  }));
}
