import { Pool } from 'undici';
import { percentile } from '../write-gap/report.ts';
import type { Clinic } from './clinic.ts';

/** Milliseconds until a document of GraphQL is refused whose fields overlap, and which costs a validator the square of their number. */
export interface Documents {
  bytes: number;
  p50: number;
  p99: number;
}

const TIMES = 200;
const BYTES = 32_000;

export async function measureDocuments(clinic: Clinic): Promise<Documents> {
  const { url, ca } = clinic;
  const bearer = await clinic.token({ role: 'patient', person: { type: 'Patient', id: '7' } });
  const query = `{ me { ${'id '.repeat(BYTES / 3)} } }`;
  const pool = new Pool(url, { connections: 1, connect: { ca } });
  const took: number[] = [];
  try {
    for (let n = 0; n < TIMES; n += 1) {
      const asked = performance.now();
      const { body } = await pool.request({
        method: 'POST',
        path: '/graphql',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const answer = (await body.json()) as { errors?: unknown[] };
      if (answer.errors === undefined) throw new Error(`it is answered: ${JSON.stringify(answer)}`);
      took.push(performance.now() - asked);
    }
  } finally {
    await pool.destroy();
  }
  return { bytes: query.length, p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}
