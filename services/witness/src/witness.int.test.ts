import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '@careplane/kit';
import {
  consistencyProof,
  cosignatureOf,
  encodeVerifierKey,
  formatAddCheckpoint,
  generateSigningKey,
  GrowingTree,
  leafHash,
  parseCheckpoint,
  parseSignatures,
  signCheckpoint,
} from '@careplane/tlog';
import type { SigningKey } from '@careplane/tlog';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { startWitness } from '../test/start-witness.ts';

const log = generateSigningKey('clinic.example/audit', 'ed25519');
/** Logs of which nothing has been cosigned. */
const others = Array.from({ length: 8 }, (_log, at) =>
  generateSigningKey(`clinic.example/other-${at}`, 'ed25519'),
);
const key = generateSigningKey('witness.example/w1', 'cosignature/v1');
let mongod: RunningMongod;
const running: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  mongod = await startMongod();
});
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});
afterAll(() => mongod.stop());

/** Of logs that bring their keys. */
const BRINGING = 'clinic.example/bringing';

async function start(database = `witness-${randomUUID()}`): Promise<RunningService & { database: string }> {
  const logs = [log, ...others];
  const service = await startWitness({ mongod, database, key, logs, origins: [BRINGING] });
  running.push(() => service.stop());
  return { ...service, database };
}

/** A tree of less than a tile: its only tile is partial. */
function treeOf(size: number, fork = size): GrowingTree {
  const tree = new GrowingTree();
  for (let at = 0; at < size; at += 1) tree.append(leafHash(Buffer.from(at < fork ? `${at}` : `fork ${at}`)));
  return tree;
}

interface Asking {
  readonly oldSize?: number;
  readonly size: number;
  readonly fork?: number;
  readonly signer?: SigningKey;
  readonly origin?: string;
}

async function bodyOf({
  oldSize = 0,
  size,
  fork = size,
  signer = log,
  origin = signer.verifier.name,
}: Asking): Promise<string> {
  const tree = treeOf(size, fork);
  const proof =
    oldSize <= size
      ? await consistencyProof(oldSize, size, ({ level }) => Promise.resolve(tree.partialTile(level)))
      : [];
  const checkpoint = signCheckpoint({ origin, size, root: tree.root() }, [signer]);
  return formatAddCheckpoint({ oldSize, proof, checkpoint });
}

async function ask({ url = '' }: RunningService, asking: Asking | string): Promise<[number, string]> {
  const body = typeof asking === 'string' ? asking : await bodyOf(asking);
  const answer = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
  if (answer.status === 409) expect(answer.headers.get('content-type')).toBe('text/x.tlog.size');
  return [answer.status, await answer.text()];
}

describe('add-checkpoint', () => {
  it('cosigns what goes on from the tree before, and the same once more', async () => {
    const service = await start();
    for (const asking of [
      { size: 3 },
      { oldSize: 3, size: 3 },
      { oldSize: 3, size: 7 },
      { oldSize: 7, size: 200 },
    ]) {
      const [status, lines] = await ask(service, asking);
      expect(status).toBe(200);
      const { note } = parseCheckpoint((await bodyOf(asking)).split('\n\n').slice(1).join('\n\n'));
      const cosigned = cosignatureOf({ ...note, signatures: parseSignatures(lines) }, key.verifier);
      expect(cosigned?.witness).toBe('witness.example/w1');
    }
    expect(await (await fetch(`${service.url ?? ''}/vkey`)).text()).toBe(
      `${encodeVerifierKey(key.verifier)}\n`,
    );
  });

  it('answers 409 with its size to who asks from another one, after a restart, too', async () => {
    const first = await start();
    await ask(first, { size: 5 });
    const service = await start(first.database);
    expect(await ask(service, { size: 9 })).toEqual([409, '5\n']);
    expect(await ask(service, { oldSize: 4, size: 9 })).toEqual([409, '5\n']);
    expect(await ask(service, { oldSize: 2, size: 4 })).toEqual([409, '5\n']);
    expect(await ask(service, { oldSize: 5, size: 9 })).toEqual([
      200,
      expect.stringContaining('— witness.example/w1 '),
    ]);
  });

  it('cosigns no fork: of the same size 409, of a larger one 422', async () => {
    const service = await start();
    await ask(service, { size: 5 });
    expect(await ask(service, { oldSize: 5, size: 5, fork: 4 })).toEqual([409, '5\n']);
    expect((await ask(service, { oldSize: 5, size: 9, fork: 4 }))[0]).toBe(422);
    const withoutProof = (await bodyOf({ oldSize: 5, size: 9 })).split('\n\n');
    expect((await ask(service, ['old 5', ...withoutProof.slice(1)].join('\n\n')))[0]).toBe(422);
    expect((await ask(service, { oldSize: 5, size: 9 }))[0]).toBe(200);
  });

  it('refuses a log that it does not know, a key that is not the log’s, and what is no request', async () => {
    const service = await start();
    const stranger = generateSigningKey('other.example/log', 'ed25519');
    const forger = generateSigningKey('clinic.example/audit', 'ed25519');
    expect((await ask(service, { size: 1, signer: stranger }))[0]).toBe(404);
    expect((await ask(service, { size: 1, signer: forger }))[0]).toBe(403);
    expect((await ask(service, { size: 1, signer: stranger, origin: 'clinic.example/audit' }))[0]).toBe(403);
    expect((await ask(service, { oldSize: 6, size: 5 }))[0]).toBe(400);
    for (const body of ['', 'old 0\n\n', 'old 00\n\nx', 'x'.repeat(60_000)])
      expect((await ask(service, body))[0]).toBe(400);
    expect((await ask(service, 'x'.repeat(70_000)))[0]).toBe(413);
  });

  it('cosigns one of two trees when both come at the same time, whatever replica they reach', async () => {
    const first = await start();
    const second = await start(first.database);
    for (const signer of others) {
      const answers = await Promise.all([
        ask(first, { size: 10, signer }),
        ask(second, { size: 10, fork: 9, signer }),
      ]);
      expect(answers.map(([status]) => status).toSorted()).toEqual([200, 409]);
    }
  });
});

describe('add-log', () => {
  const introduce = async ({ url = '' }: RunningService, body: string): Promise<[number, string]> => {
    const answer = await fetch(`${url}/add-log`, { method: 'POST', body });
    return [answer.status, await answer.text()];
  };

  it('takes the first key of a log that may bring its own, for good, whatever replica is asked', async () => {
    const first = await start();
    const signer = generateSigningKey(BRINGING, 'ed25519');
    expect((await ask(first, { size: 3, signer }))[0]).toBe(404);
    const text = encodeVerifierKey(signer.verifier);
    expect(await introduce(first, `${text}\n`)).toEqual([200, 'known\n']);
    const again = await start(first.database);
    expect(await introduce(again, text)).toEqual([200, 'known\n']);
    const other = generateSigningKey(BRINGING, 'ed25519');
    expect(await introduce(again, encodeVerifierKey(other.verifier))).toEqual([409, 'other-key\n']);
    expect((await ask(again, { size: 3, signer: other }))[0]).toBe(403);
    expect((await ask(again, { size: 3, signer }))[0]).toBe(200);
  });

  it('takes no key of a log that nobody named, nor one beside a configured key, nor what is none', async () => {
    const service = await start();
    const stranger = generateSigningKey('other.example/log', 'ed25519');
    expect(await introduce(service, encodeVerifierKey(stranger.verifier))).toEqual([404, 'unknown-log\n']);
    const forger = generateSigningKey(log.verifier.name, 'ed25519');
    expect(await introduce(service, encodeVerifierKey(forger.verifier))).toEqual([409, 'other-key\n']);
    expect(await introduce(service, encodeVerifierKey(log.verifier))).toEqual([200, 'known\n']);
    for (const body of ['', 'x', encodeVerifierKey(key.verifier), 'x'.repeat(60_000)])
      expect((await introduce(service, body))[0]).toBe(400);
  });
});
