/** GRUB's script, as far as `ignition.firstboot` needs it: read from its lexer's rules. */

const shell = /[{}|&$;<> \t\n]/;

type Variables = ReadonlyMap<string, string>;

/**
 * The words of one script line. Throws where GRUB would see more than words: an expansion, but for
 * one of `variables` within double quotes, a separator, a quote that is not closed.
 */
export function grubWords(line: string, variables: Variables = new Map()): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const c = line.charAt(i);
    if (c === ' ' || c === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === '#' && word === undefined) {
      throw new Error(`a comment at ${i}`);
    } else if (word === undefined && /^(\[\[|\]\])([ \t]|$)/.test(line.slice(i))) {
      throw new Error(`a reserved word at ${i}`);
    } else if (c === '\\') {
      word = (word ?? '') + line.charAt(++i);
    } else if (c === "'") {
      const end = line.indexOf("'", i + 1);
      if (end < 0) throw new Error(`an open quote at ${i}`);
      word = (word ?? '') + line.slice(i + 1, end);
      i = end;
    } else if (c === '"') {
      const { text, end } = doubleQuoted(line, i + 1, variables);
      word = (word ?? '') + text;
      i = end;
    } else if (shell.test(c)) {
      throw new Error(`a bare ${c} at ${i}`);
    } else {
      word = (word ?? '') + c;
    }
  }
  return word === undefined ? words : [...words, word];
}

function doubleQuoted(
  line: string,
  start: number,
  variables: Variables,
): { text: string; end: number } {
  let text = '';
  for (let i = start; i < line.length; i++) {
    const c = line.charAt(i);
    if (c === '"') return { text, end: i };
    if (c === '$') {
      const name = /^[A-Za-z_]\w*/.exec(line.slice(i + 1))?.[0] ?? '';
      const value = variables.get(name);
      if (value === undefined) throw new Error(`an expansion at ${i}`);
      text += value;
      i += name.length;
    } else if (c === '\\' && /["\\$]/.test(line.charAt(i + 1))) text += line.charAt(++i);
    else text += c;
  }
  throw new Error(`an open quote at ${start - 1}`);
}

/** The variables that a script of nothing but `set` lines leaves, with those from before. */
export function grubVariables(script: string, before: Variables = new Map()): Map<string, string> {
  const variables = new Map(before);
  for (const line of script.split('\n').filter((text) => text !== '')) {
    const [command, assignment = '', ...rest] = grubWords(line, variables);
    if (command !== 'set' || rest.length > 0) throw new Error(`not one set: ${line}`);
    const equals = assignment.indexOf('=');
    variables.set(assignment.slice(0, equals), assignment.slice(equals + 1));
  }
  return variables;
}
