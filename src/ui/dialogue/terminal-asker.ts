import inquirerInput from '@inquirer/input';
import inquirerSelect from '@inquirer/select';
import { forTerminal, presentable } from '../output.ts';
import type { Asker } from './asker.ts';
import { leaving } from './leave.ts';

/** ASCII, and few updates per second: a serial line is slow, and may show no other characters. */
const theme = {
  prefix: { idle: '?', done: '*' },
  spinner: { interval: 1000, frames: ['-', '|'] },
  icon: { cursor: '>' },
};
const listTheme = { ...theme, style: { keysHelpTip: () => 'Arrow keys move, Enter chooses.' } };

/** Asks on a terminal whose cursor can be moved. */
export function terminalAsker(signal: AbortSignal): Asker {
  return {
    async choose(message, choices) {
      const shown = choices.map(({ value, name, disabled }) => ({
        ...{ value, name: presentable(name) },
        short: value,
        disabled: disabled === undefined ? false : forTerminal(presentable(`(${disabled})`)),
      }));
      const config = { message, choices: shown, pageSize: 12, loop: false, theme: listTheme };
      return await leaving(signal, (context) => inquirerSelect<string>(config, context));
    },
    async ask(question, check) {
      const message = forTerminal(presentable(question));
      const validate = async (text: string) => {
        const wrong = await check(text.trim());
        return wrong === undefined ? true : forTerminal(presentable(wrong));
      };
      const config = { message, validate, theme };
      return (await leaving(signal, (context) => inquirerInput(config, context))).trim();
    },
  };
}
