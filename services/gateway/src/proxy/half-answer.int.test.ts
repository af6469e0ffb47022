import { expect, it } from '@jest/globals';
import { startBackend, startStage, withToken } from '../../test/stage.ts';

it('the gateway answers 503 when a small answer breaks off, and never half of it', async () => {
  const half = await startBackend((_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
    res.write('{"half":', () => res.destroy());
  });
  const stage = await startStage({ routes: [{ service: 'half', url: half.url, paths: ['/half'] }] });
  try {
    const answer = await fetch(`${stage.url}/half`, withToken(await stage.token()));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.text()).not.toContain('half');
  } finally {
    await stage.stop();
    await half.kill();
  }
});
