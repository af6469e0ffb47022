import type { Document, IndexDescription } from 'mongodb';

/** The command that lists the documents of which a unique index allows one: which of them is right, only a person knows. */
export function findingDuplicates(collection: string, index: IndexDescription): string {
  return `db.getCollection("${collection}").aggregate(${JSON.stringify(duplicatesOf(index))})`;
}

/** As the server indexes: each element of an array by itself, what is absent as null, and only what the index is about. */
function duplicatesOf(index: IndexDescription): Document[] {
  const paths = Object.keys(index.key);
  const about = aboutOf(index, paths);
  const all = [...new Set(paths.flatMap(withParents))];
  return [
    ...(about ? [{ $match: about }] : []),
    ...all.map((path) => ({ $unwind: { path: `$${path}`, preserveNullAndEmptyArrays: true } })),
    { $group: { _id: paths.map((path) => `$${path}`), documents: { $addToSet: '$_id' } } },
    { $match: { 'documents.1': { $exists: true } } },
  ];
}

function aboutOf({ sparse, partialFilterExpression }: IndexDescription, paths: string[]): Document | undefined {
  if (partialFilterExpression) return partialFilterExpression;
  return sparse === true ? { $or: paths.map((path) => ({ [path]: { $exists: true } })) } : undefined;
}

/** `a.b.c`: `a`, `a.b`, `a.b.c`. */
function withParents(path: string): string[] {
  const names = path.split('.');
  return names.map((_name, at) => names.slice(0, at + 1).join('.'));
}
