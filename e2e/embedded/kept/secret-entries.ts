import { kubectl, NAMESPACE } from '../../src/cluster.ts';

/** The entries of a Secret of the clinic. */
export async function secretEntries(name: string): Promise<(entry: string) => string> {
  const text = await kubectl('get', 'secret', name, '-n', NAMESPACE, '-o', 'json');
  const { data } = JSON.parse(text) as { data: Record<string, string> };
  return (entry) => {
    const found = data[entry];
    if (found === undefined) throw new Error(`the Secret ${name} has no ${entry}`);
    return Buffer.from(found, 'base64').toString();
  };
}
