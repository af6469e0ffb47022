import { z } from 'zod';

/** NIST SP 800-63B, 3.1.1.2: length counts, composition rules do not; long enough for passphrases, bounded for the hash. */
export const password = z.string().min(10).max(128);
