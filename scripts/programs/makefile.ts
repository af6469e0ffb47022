/** The recipes of a Makefile as one shell script; each line stays where it is. */
export function recipesOf(makefile: string): string {
  const lines = makefile.split('\n').map((line) => (line.startsWith('\t') ? line.slice(1) : ''));
  return lines
    .map((line) =>
      line
        .replace(/^[@+-]+/, '')
        .replaceAll(/\$\((\w+)\)/g, '$1')
        .replaceAll('$$', '$'),
    )
    .join('\n');
}
