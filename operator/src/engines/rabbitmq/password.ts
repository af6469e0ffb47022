import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SALT_BYTES = 4;

/** RabbitMQ's hash: base64 of a salt of four bytes and SHA-256 of salt and password (https://www.rabbitmq.com/docs/passwords). */
export function hashPassword(password: string, salt: Buffer = randomBytes(SALT_BYTES)): string {
  const hash = createHash('sha256').update(salt).update(password, 'utf8').digest();
  return Buffer.concat([salt, hash]).toString('base64');
}

/** Whether the hash is one of this password. */
export function isPassword(password: string, hash: string): boolean {
  const known = Buffer.from(hash, 'base64');
  const computed = Buffer.from(hashPassword(password, known.subarray(0, SALT_BYTES)), 'base64');
  return known.length === computed.length && timingSafeEqual(known, computed);
}
