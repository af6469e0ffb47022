import express from 'express';

/** What a service answers: a kilobyte of JSON, after MS, to AT_ONCE requests at a time; others wait. 0: at once, to all. */
const { PORT = '0', MS = '0', AT_ONCE = '0' } = process.env;
const patient = {
  resourceType: 'Patient',
  id: '7',
  meta: { versionId: '1', lastUpdated: '2026-11-30T00:00:00.000Z' },
  name: [{ use: 'official', family: 'Example', given: ['Ann', 'Beatrix'] }],
  address: [{ line: ['1 Main Street'], city: 'Springfield', postalCode: '01101', country: 'US' }],
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${'x'.repeat(600)}</div>` },
};
const waiting: (() => void)[] = [];
let places = Number(AT_ONCE);

const app = express();
app.disable('x-powered-by');
app.get(['/plain', '/slow'], (_req, res) => {
  if (MS === '0') {
    res.json(patient);
    return;
  }
  const work = (): void => {
    setTimeout(() => {
      res.json(patient);
      const next = waiting.shift();
      if (next) next();
      else places += 1;
    }, Number(MS));
  };
  if (places > 0) {
    places -= 1;
    work();
  } else waiting.push(work);
});
app.listen(Number(PORT), '127.0.0.1', () => process.send?.({ ready: true }));
