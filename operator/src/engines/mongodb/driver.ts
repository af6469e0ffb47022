/**
 * What is used of the driver, to be loaded with `import()` by those who have a MongoDB to look after: it is a third of the operator's code,
 * and 10 MiB of its memory. In a module of its own, since a bundle gives no names to a CommonJS package that is imported directly.
 */
export { MongoClient } from 'mongodb';
