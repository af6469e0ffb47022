import { beforeAll, describe, expect, it } from '@jest/globals';
import { shellReader, type ShellReader } from './shell.ts';

describe('what a shell script calls', () => {
  let shell: ShellReader;

  beforeAll(async () => {
    shell = await shellReader();
  });

  const called = (text: string): string[] =>
    shell.read(text).calls.map(({ program, line }) => `${program}:${line}`);

  it('is found in pipes, conditions, substitutions, functions and background lists, with its line', () => {
    const text = `a | b
if c; then d "$(e "\`f\`")"; fi
g() { h && ! i; } 2>/dev/null
while read -r x; do j; done < <(k)
X=1 l <<<"m" & (n)`;
    expect(called(text).join(' ')).toBe('a:1 b:1 c:2 d:2 e:2 f:2 h:3 i:3 read:4 j:4 k:4 l:5 n:5');
  });

  it('is not found in comments, strings and the text of here-documents', () => {
    expect(called('# a\necho "b; c" \'d\'\ncat <<X\ne\nX')).toEqual(['echo:2', 'cat:3']);
  });

  it('is found behind what starts it, and inside of the text for another shell', () => {
    expect(called('find . -name y | xargs shellcheck')).toContain('shellcheck:1');
    expect(called('\ntrap "a; b" EXIT; sh -ec \'\nc\'')).toEqual(['trap:2', 'a:2', 'b:2', 'sh:2', 'c:2']);
  });

  it('is what quotes and backslashes make of a word; an expansion is passed over', () => {
    expect(called('"a" \'b\'; \\c; d"e"; $f; "$g/h"; exec "$i" j')).toEqual(['a:1', 'c:1', 'de:1', 'exec:1']);
  });

  it('comes with the functions and arrays that it defines', () => {
    const { functions, arrays } = shell.read('f() { :; }\nfunction g { :; }\nA=(x ./y)\nB=1');
    expect(functions).toEqual(['f', 'g']);
    expect([...arrays]).toEqual([['A', ['x', './y']]]);
  });

  it('is not guessed when the text is no shell script', () => {
    expect(() => shell.read('a\nb )')).toThrow('this is not bash: line 2');
  });
});
