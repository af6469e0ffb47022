/** As `mongodb/driver.ts`: to be loaded with `import()` when there is a Redis to look after. */
export { Redis } from 'ioredis';
