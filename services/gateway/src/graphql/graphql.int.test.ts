import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { json, startBackend, startStage, withToken } from '../../test/stage.ts';
import type { FakeBackend, Stage } from '../../test/stage.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

const appointment = (id: string, practitioner: string): object => ({
  resourceType: 'Appointment',
  id,
  status: 'booked',
  start: '2026-12-01T09:00:00Z',
  end: '2026-12-01T09:30:00Z',
  reasonCode: [{ coding: [{ system: 'http://snomed.info/sct', code: '185349003' }] }],
  participant: [
    { actor: { reference: 'Patient/p-1' } },
    { actor: { reference: `Practitioner/${practitioner}` } },
  ],
});

describe('GraphQL at the gateway', () => {
  let backend: FakeBackend;
  let stage: Stage;
  /** What the calls behind said of their purpose. */
  const purposes: unknown[] = [];

  beforeAll(async () => {
    backend = await startBackend((req, res) => {
      const path = req.url ?? '';
      purposes.push(req.headers['purpose-of-use']);
      if (path.startsWith('/fhir/R4/Appointment')) {
        const items = [appointment('a-1', 'd-1'), appointment('a-2', 'd-2'), appointment('a-3', 'd-1')];
        json({
          resourceType: 'Bundle',
          type: 'searchset',
          link: [{ relation: 'next', url: 'https://clinic.example/fhir/R4/Appointment?_cursor=more' }],
          entry: [...items, { resourceType: 'OperationOutcome' }].map((resource) => ({ resource })),
        })(req, res);
      } else if (path === '/fhir/R4/Patient/p-1') {
        json({
          resourceType: 'Patient',
          id: 'p-1',
          name: [{ family: 'A', given: ['B'] }],
          birthDate: '1970-01-01',
        })(req, res);
      } else if (path === '/fhir/R4/Patient/p-2')
        json({ title: 'Not allowed', detail: 'secret-detail' }, 403)(req, res);
      else if (path.startsWith('/fhir/R4/Practitioner/d-')) {
        json({ id: path.slice(-3), name: [{ family: 'D', given: ['E'], prefix: ['Dr.'] }] })(req, res);
      } else json({}, 404)(req, res);
    });
    const paths = ['/fhir/R4/Patient', '/fhir/R4/Practitioner', '/fhir/R4/Appointment'];
    stage = await startStage({ routes: [{ service: 'all', url: backend.url, paths }] });
  });
  afterAll(async () => {
    await stage.stop();
    await backend.kill();
  });

  const ask = async (
    query: string,
    variables: object = {},
    more: Record<string, string> = {},
  ): Promise<{ data?: unknown; errors?: unknown[] }> => {
    const headers = { 'content-type': 'application/json', ...more };
    const init = { method: 'POST', body: JSON.stringify({ query, variables }), headers };
    const answer = await fetch(`${stage.url}/graphql`, withToken(await stage.token(), init));
    return (await answer.json()) as { data?: unknown; errors?: unknown[] };
  };

  it('tells the services for what the caller wants the data', async () => {
    const query = '{ patient(id: "p-1") { id } }';
    purposes.length = 0;
    await ask(query, {}, { 'purpose-of-use': 'HRESCH' });
    await ask(query);
    expect(purposes).toEqual(['HRESCH', undefined]);
  });

  it('reads a page of appointments with patients and practitioners, each of them asked for once', async () => {
    backend.seen.length = 0;
    const { data, errors } = await ask(
      `query ($n: Int) { me { id role patient { birthDate } }
        appointments(first: $n, after: "c") {
          nodes { id reasonCode patient { name { family } } practitioner { id name { prefix } } }
          pageInfo { hasNextPage endCursor } } }`,
      { n: 3 },
    );
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      me: { id: 'p-1', role: 'patient', patient: { birthDate: '1970-01-01' } },
      appointments: {
        nodes: [
          {
            id: 'a-1',
            reasonCode: '185349003',
            patient: { name: [{ family: 'A' }] },
            practitioner: { id: 'd-1' },
          },
          { id: 'a-2', practitioner: { id: 'd-2' } },
          { id: 'a-3', practitioner: { id: 'd-1', name: [{ prefix: ['Dr.'] }] } },
        ],
        pageInfo: { hasNextPage: true, endCursor: 'more' },
      },
    });
    expect([...backend.seen].sort()).toEqual([
      'GET /fhir/R4/Appointment?_count=3&_sort=-date&_cursor=c',
      'GET /fhir/R4/Patient/p-1',
      'GET /fhir/R4/Practitioner/d-1',
      'GET /fhir/R4/Practitioner/d-2',
    ]);
  });

  it('answers null for what is not there, and FORBIDDEN, without the backend’s words, for what REST refuses', async () => {
    expect((await ask('{ practitioner(id: "x") { id } }')).data).toEqual({ practitioner: null });
    const { data, errors } = await ask('{ patient(id: "p-2") { id } }');
    expect(data).toEqual({ patient: null });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' }, path: ['patient'] }]);
    expect(JSON.stringify(errors)).not.toContain('secret-detail');
  });

  it('cannot be led to another path by an id', async () => {
    backend.seen.length = 0;
    await ask('{ patient(id: "../practitioners/d-1") { id } }');
    expect(backend.seen).toEqual(['GET /fhir/R4/Patient/..%2Fpractitioners%2Fd-1']);
  });

  it('refuses what is too deep, too costly or too long before it asks anybody', async () => {
    backend.seen.length = 0;
    const many = Array.from(
      { length: 10 },
      (_, i) => `a${i}: appointments(first: 100) { nodes { id status start end patient { id } } }`,
    ).join(' ');
    const deep = '{ appointments { nodes { patient { name { family { a { b { c { d } } } } } } } } }';
    const aliases = Array.from({ length: 16 }, (_, i) => `a${i}: me { id }`).join(' ');
    const directives = `{ me { id ${'@include(if: true) '.repeat(11)} } }`;
    const refusals = {
      'Query Cost limit of 5000 exceeded': `{ ${many} }`,
      'Query depth limit of 8 exceeded': deep,
      'Aliases limit of 15 exceeded': `{ ${aliases} }`,
      'Directives limit of 10 exceeded': directives,
      'Token limit of 800 exceeded': `{ me { ${'id '.repeat(900)} } }`,
    };
    const byVariable = `query ($n: Int) { ${many.replaceAll('first: 100', 'first: $n')} }`;
    const byDefault = `query ($n: Int = 100) { ...F } fragment F on Query { ${many.replaceAll('first: 100', 'first: $n')} }`;
    for (const query of [byVariable, byDefault]) {
      expect((await ask(query, { n: 100 })).errors).toMatchObject([
        { message: expect.stringContaining('Query Cost limit of 5000 exceeded') },
      ]);
    }
    for (const [message, query] of Object.entries(refusals)) {
      expect((await ask(query)).errors).toMatchObject([{ message: expect.stringContaining(message) }]);
    }
    expect((await ask('{ appointments(first: 1000) { nodes { id } } }')).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    const headers = { 'content-type': 'application/json' };
    const init = {
      method: 'POST',
      body: JSON.stringify({ query: `{ me { id } } #${'x'.repeat(40_000)}` }),
      headers,
    };
    expect((await fetch(`${stage.url}/graphql`, withToken(await stage.token(), init))).status).toBe(413);
    expect(backend.seen).toEqual([]);
  });

  it('refuses 32 KB of overlapping fields before it compares them', async () => {
    const documents = ['id ', 'i: id ', '... { id } ', '...F '].map(
      (field) => `{ me { ${field.repeat(Math.floor(32_000 / field.length))} } } fragment F on Me { id }`,
    );
    await ask('{ me { id } }'); // GraphQL is loaded
    for (const query of documents) {
      const before = process.cpuUsage();
      expect((await ask(query)).errors).toHaveLength(1);
      const { user, system } = process.cpuUsage(before);
      // test, client and gateway together; 1,800 without the limit
      expect((user + system) / 1_000).toBeLessThan(100);
    }
  });

  it('takes no other content type, and no larger body of any', async () => {
    const query = '{ me { id } }';
    const send = async (type: string, body: string): Promise<number> => {
      const headers = { 'content-type': type };
      const init = withToken(await stage.token(), { method: 'POST', body, headers });
      return (await fetch(`${stage.url}/graphql`, init)).status;
    };
    expect(await send('application/json; charset=utf-8', JSON.stringify({ query }))).toBe(200);
    expect(await send('application/graphql', query)).toBe(415);
    expect(await send('application/graphql', 'x'.repeat(3_000_000))).toBe(415);
    expect(await send('application/x-www-form-urlencoded', `query=${encodeURIComponent(query)}`)).toBe(415);
    expect(await send('multipart/form-data; boundary=x', '--x--')).toBe(415);
    expect(await send('application/json', 'x'.repeat(3_000_000))).toBe(413);
    const get = await fetch(
      `${stage.url}/graphql?query=${encodeURIComponent(query)}`,
      withToken(await stage.token()),
    );
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('charges the caller for the calls behind it, and asks for no more when the limit is reached', async () => {
    const paths = ['/fhir/R4/Patient', '/fhir/R4/Practitioner', '/fhir/R4/Appointment'];
    const limited = await startStage({
      routes: [{ service: 'all', url: backend.url, paths }],
      env: { USER_LIMIT: '5' },
    });
    try {
      const names = Array.from({ length: 9 }, (_, i) => `p${i}: practitioner(id: "d-${i}") { id }`).join(' ');
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', body: JSON.stringify({ query: `{ ${names} }` }), headers };
      backend.seen.length = 0;
      const answer = await fetch(`${limited.url}/graphql`, withToken(await limited.token(), init));
      const { errors } = (await answer.json()) as { errors: { extensions: { code: string } }[] };
      expect(errors.map(({ extensions }) => extensions.code)).toEqual(Array(4).fill('TOO_MANY_REQUESTS'));
      expect(backend.seen).toHaveLength(5);
      expect(
        (await fetch(`${limited.url}/fhir/R4/Patient/p-1`, withToken(await limited.token()))).status,
      ).toBe(429);
    } finally {
      await limited.stop();
    }
  });

  it('shows its schema to whoever is logged in, and nothing to anybody else', async () => {
    expect((await ask('{ __schema { queryType { name } } }')).data).toEqual({
      __schema: { queryType: { name: 'Query' } },
    });
    const anonymous = await fetch(`${stage.url}/graphql`, {
      method: 'POST',
      body: '{"query":"{ me { id } }"}',
    });
    expect(anonymous.status).toBe(401);
  });
});
