import { createInterface } from 'node:readline';
import { presentable, say } from '../output.ts';
import type { Asker } from './asker.ts';
import { unanswered } from './leave.ts';

/** Asks line by line, for terminals that cannot move the cursor. */
export function plainAsker(signal: AbortSignal): Asker {
  const ask: Asker['ask'] = async (question, check) => {
    for (;;) {
      const answer = (await readLine(`${presentable(question)} `, signal)).trim();
      const wrong = await check(answer);
      if (wrong === undefined) return answer;
      say(wrong);
    }
  };
  return {
    ask,
    async choose(question, choices) {
      for (const [index, { name, disabled }] of choices.entries()) {
        say(disabled === undefined ? `${index + 1}) ${name}` : `-) ${name} (${disabled})`);
      }
      const chosen = (answer: string) => {
        const choice = /^\d{1,3}$/.test(answer) ? choices[Number(answer) - 1] : undefined;
        return choice?.disabled === undefined ? choice : undefined;
      };
      const check = (answer: string) =>
        chosen(answer) ? undefined : 'Type one of the numbers above.';
      return chosen(await ask(`${question} Number:`, check))?.value ?? '';
    },
  };
}

/** Reads one line; what was typed after it is discarded, not taken as the next answer. */
function readLine(prompt: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { stdin, stdout } = process;
    const lines = createInterface({ input: stdin, output: stdout, terminal: false });
    const abort = () => lines.close();
    signal.addEventListener('abort', abort, { once: true });
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('close', () => {
      signal.removeEventListener('abort', abort);
      reject(signal.aborted ? signal.reason : unanswered());
    });
    stdout.write(prompt);
  });
}
