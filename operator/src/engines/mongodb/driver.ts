/** Loaded with `import()`: it costs 10 MiB. A module of its own, since a bundle names no exports of a CommonJS package. */
export { MongoClient } from 'mongodb';
