// Searches everything that the clinic on the embedded cluster keeps (databases, caches, volumes, logs, objects, labels of metrics) for
// texts, one a line of standard input: make find-plaintext < names.txt. Ends with 1 when one is found.
import { text } from 'node:stream/consumers';
import { search } from './kept/search.ts';

const texts = (await text(process.stdin)).split('\n').filter((line) => line !== '');
try {
  const { searched, found } = await search(texts);
  const width = Math.max(...searched.map((place) => place.length));
  for (const place of searched) {
    const inside = found[place] ?? [];
    // The texts themselves are not shown: they are what nobody is to read.
    const lines = inside.map((one) => texts.indexOf(one) + 1).join(', ');
    console.log(`${place.padEnd(width)}  ${lines === '' ? 'nothing' : `found: the texts of lines ${lines}`}`);
  }
  process.exitCode = Object.keys(found).length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}
