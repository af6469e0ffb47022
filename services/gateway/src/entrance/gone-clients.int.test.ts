import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import { startTestIssuer } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { json } from '../../test/stage.ts';
import { useStages } from '../../test/stages.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

const PATH = '/fhir/R4/Patient/1';
const ORIGIN = 'https://app.example';

describe('who goes before they are let in', () => {
  const { backend, ends, stage } = useStages();

  it('holds no place: the gateway asks whether their app is registered', async () => {
    const issuer = await startTestIssuer();
    ends.push(() => issuer.stop());
    let answerOrigins: (() => void) | undefined;
    const identity = await backend((req, res) => {
      if (req.url === '/internal/app-origins') {
        answerOrigins = (): void => {
          json({ origins: [] })(req, res);
        };
        return;
      }
      void fetch(`${issuer.url}${req.url ?? ''}`).then(async (answer) => {
        json(await answer.json())(req, res);
      });
    });
    const { url, log } = await stage({
      routes: [],
      env: { MAX_IN_FLIGHT: '2', CALLS_IDENTITY_URL: identity.url },
    });
    const gone = 3;
    for (let i = 0; i < gone; i += 1) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(`GET ${PATH} HTTP/1.1\r\nhost: clinic\r\norigin: ${ORIGIN}\r\n\r\n`);
      await until(() => Promise.resolve(answerOrigins !== undefined), { what: 'the question for origins' });
      socket.destroy();
    }
    const ended = (): number => log.entries().filter(({ message }) => message === 'request').length;
    await until(() => Promise.resolve(ended() === gone), { what: 'the gateway to see that they are gone' });
    answerOrigins?.();
    expect((await fetch(`${url}${PATH}`, { headers: { origin: ORIGIN } })).status).toBe(401);
    expect((await fetch(url)).status).toBe(200);
  });
});
