import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Language, Parser, type Node } from 'web-tree-sitter';
import { startedBy, type Call, type Word } from './words.ts';

/** What a shell script calls and what it defines. */
export interface ShellScript {
  calls: Call[];
  functions: string[];
  /** The elements of the arrays that it assigns. */
  arrays: ReadonlyMap<string, string[]>;
}

export interface ShellReader {
  /** Throws on text that is no bash, so that nothing is passed over. */
  read(text: string): ShellScript;
  /** What a command calls, with all that it starts in turn. */
  callsOf(words: readonly Word[], line: number): Call[];
}

/** Reads bash by tree-sitter's grammar. */
export async function shellReader(): Promise<ShellReader> {
  await Parser.init();
  const grammar = fileURLToPath(import.meta.resolve('tree-sitter-bash/tree-sitter-bash.wasm'));
  const parser = new Parser().setLanguage(await Language.load(readFileSync(grammar)));
  const reader: ShellReader = {
    read(text) {
      const root = parser.parse(text)?.rootNode;
      if (root === undefined || root.hasError) throw new Error(`this is not bash: ${firstError(root)}`);
      const calls = all(root, 'command').flatMap((node) =>
        reader.callsOf(wordsOf(node), node.startPosition.row + 1),
      );
      const functions = all(root, 'function_definition').map(nameOf);
      return { calls, functions, arrays: new Map(all(root, 'variable_assignment').flatMap(arrayOf)) };
    },
    callsOf(words, line) {
      if (words.length === 0) return [];
      const [program] = words;
      const { command = [], script } = startedBy(words);
      const inner = script === undefined ? [] : reader.read(script).calls.map((call) => ({ ...call, line }));
      return [
        ...(program === undefined ? [] : [{ program, line }]),
        ...reader.callsOf(command, line),
        ...inner,
      ];
    },
  };
  return reader;
}

function all(root: Node, type: string): Node[] {
  return root.descendantsOfType(type);
}

function nameOf(node: Node): string {
  return node.childForFieldName('name')?.text ?? '';
}

function arrayOf(node: Node): [string, string[]][] {
  const value = node.childForFieldName('value');
  return value?.type === 'array' ? [[nameOf(node), value.namedChildren.map(({ text }) => text)]] : [];
}

function wordsOf(command: Node): Word[] {
  const name = command.childForFieldName('name')?.firstNamedChild;
  return [...(name ? [name] : []), ...command.childrenForFieldName('argument')].map(wordOf);
}

/** What the shell makes of a word; of an expansion in it only the run knows, except for the end of a path. */
function wordOf(node: Node): Word {
  switch (node.type) {
    case 'word':
    case 'number':
      return node.text.replaceAll(/\\(.)/gs, '$1');
    case 'raw_string':
      return node.text.slice(1, -1);
    case 'string':
    case 'concatenation': {
      const parts = node.namedChildren.map((part) =>
        part.type === 'string_content' ? part.text : wordOf(part),
      );
      return parts.includes(undefined) ? undefined : parts.join('');
    }
    default:
      return undefined;
  }
}

function firstError(root: Node | undefined): string {
  const error = root?.descendantsOfType('ERROR')[0] ?? root;
  return `line ${(error?.startPosition.row ?? 0) + 1}: ${error?.text.slice(0, 60) ?? ''}`;
}
