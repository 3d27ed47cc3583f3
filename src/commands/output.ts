/** A line for the person at the console. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A line that matters even when nobody looks at the rest. */
export function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}
