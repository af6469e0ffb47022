import ts from 'typescript';
import type { ShellReader } from './shell.ts';
import type { Call, Word } from './words.ts';

const MODULES = ['node:child_process', 'child_process'];
/** Functions of ours that take a program and its arguments as `spawn` does. */
const OWN_STARTERS = ['command', 'startHostProcess'];
/** Of node:child_process: they take one text for a shell. */
const BY_SHELL = ['exec', 'execSync'];

/** The programs that a TypeScript file starts through node:child_process or a function of ours, where they are literal. */
export function programsOfTypeScript(path: string, text: string, shell: ShellReader): Call[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const starters = startersOf(file);
  const calls: Call[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const line = file.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      calls.push(...callsBy(node, starters, (words) => shell.callsOf(words, line)));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return calls;
}

/** The file's names of what starts programs, each with the name that it has in node:child_process. */
function startersOf(file: ts.SourceFile): ReadonlyMap<string, string> {
  const starters = new Map(OWN_STARTERS.map((name) => [name, name]));
  for (const statement of file.statements) {
    for (const [local, imported] of importsOf(statement)) starters.set(local, imported);
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      const original = initializer && promisified(initializer, starters);
      if (original !== undefined) starters.set(name.getText(), original);
    }
  }
  return starters;
}

function importsOf(statement: ts.Statement): [string, string][] {
  if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
  const bindings = statement.importClause?.namedBindings;
  if (!MODULES.includes(statement.moduleSpecifier.text) || !bindings || !ts.isNamedImports(bindings))
    return [];
  return bindings.elements.map(({ name, propertyName }) => [name.text, (propertyName ?? name).text]);
}

/** The starter that `promisify(starter)` is made of. */
function promisified(expression: ts.Expression, starters: ReadonlyMap<string, string>): string | undefined {
  if (!ts.isCallExpression(expression) || expression.expression.getText() !== 'promisify') return undefined;
  return starters.get(expression.arguments[0]?.getText() ?? '');
}

function callsBy(
  { expression, arguments: [first, second] }: ts.CallExpression,
  starters: ReadonlyMap<string, string>,
  callsOf: (words: readonly Word[]) => Call[],
): Call[] {
  const starter = starters.get(expression.getText()) ?? promisified(expression, starters);
  if (starter === undefined || first === undefined) return [];
  const program = textOf(first);
  if (BY_SHELL.includes(starter)) return callsOf(['sh', '-c', program]);
  const rest = second && ts.isArrayLiteralExpression(second) ? second.elements.map(textOf) : [];
  return callsOf([program, ...rest]);
}

/** What stands for a value that only the run knows, inside of a literal. */
const UNKNOWN = 'x';

/** The text of a literal; a template's expressions become some word. */
function textOf(expression: ts.Expression): Word {
  if (ts.isStringLiteralLike(expression)) return expression.text;
  if (!ts.isTemplateExpression(expression)) return undefined;
  return (
    expression.head.text + expression.templateSpans.map(({ literal }) => UNKNOWN + literal.text).join('')
  );
}
