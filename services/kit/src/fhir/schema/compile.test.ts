import { describe, expect, it } from '@jest/globals';
import { PRIMITIVES } from './primitives.ts';
import { resourceFaults } from './faults.ts';
import { schemaOf } from './compile.ts';
import { elementsIn, specOf } from './elements.ts';
import { choiceName, parseElement } from './spec.ts';
import { EXAMPLES } from '../../../test/fhir-examples.ts';
import { DATATYPES } from '../datatypes/index.ts';
import { RESOURCES } from '../resources/specs.ts';

const faultsOf = (resource: Record<string, unknown>): string[] => {
  const type = String(resource['resourceType']);
  const { error } = schemaOf(type).safeParse(resource);
  return error ? resourceFaults(type, error).map(({ path }) => path) : [];
};
const patient = (parts: Record<string, unknown>): Record<string, unknown> => ({
  resourceType: 'Patient',
  ...parts,
});
const kept = (resource: Record<string, unknown>): void => {
  const type = String(resource['resourceType']);
  expect(faultsOf(resource)).toEqual([]);
  expect(schemaOf(type).parse(resource)).toEqual(resource);
};
const div = (inner: string): Record<string, unknown> => ({
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>` },
});

describe('resources of R4', () => {
  it('keep the examples, which HAPI takes too', () => {
    for (const example of EXAMPLES) kept(example);
  });

  it('look at each contained resource once, and take no more than a record needs', () => {
    const contained = (many: number): Record<string, unknown> =>
      patient({
        contained: Array.from({ length: many }, (_, at) => ({
          resourceType: 'Basic',
          id: `c${String(at)}`,
          note: Array.from({ length: 40 }, () => ({ text: 'x'.repeat(20) })),
        })),
        generalPractitioner: Array.from({ length: many }, (_, at) => ({ reference: `#c${String(at)}` })),
      });
    expect(faultsOf(contained(100))).toEqual([]);
    expect(faultsOf(contained(101))).toEqual(['Patient.contained']);
  });

  it('keep what R4 allows', () => {
    kept(patient({}));
    kept(patient({ name: [{ text: 'Prince' }] }));
    kept(patient({ name: [{ given: ['Cher'] }, { family: 'Núñez y Ó’Brien-Ağaoğlu', use: 'old' }] }));
    for (const birthDate of ['1957', '1957-03', '1957-03-01', '2024-02-29']) kept(patient({ birthDate }));
    kept(
      patient({
        language: 'de-CH',
        telecom: [
          { system: 'fax', value: '1', rank: 2 },
          { system: 'sms', value: '2', use: 'old' },
          { system: 'pager', value: '3' },
          { system: 'url', value: 'https://example.org' },
        ],
        address: [{ use: 'temp', type: 'postal', line: ['a', 'b'], city: 'c', country: 'CH', text: 'd' }],
        multipleBirthInteger: 2,
        deceasedDateTime: '2020-05-01T10:00:00+02:00',
        communication: [
          { language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'rm' }] }, preferred: true },
        ],
      }),
    );
  });

  it('keep extensions, nested ones, those of primitives, and lists with gaps', () => {
    kept(
      patient({
        extension: [{ url: 'http://a', extension: [{ url: 'b', valueAddress: { city: 'c' } }] }],
        _birthDate: { extension: [{ url: 'http://d', valueCode: 'unknown' }] },
        name: [
          {
            given: ['Ana', null],
            _given: [null, { extension: [{ url: 'http://e', valueString: 'f' }] }],
            _family: { extension: [{ url: 'http://g', valueQuantity: { value: 1.5, unit: 'h' } }] },
          },
        ],
      }),
    );
  });

  it('keep contained resources, also of types that are not known here', () => {
    kept({
      ...patient({ managingOrganization: { reference: '#o' }, generalPractitioner: [{ reference: '#d' }] }),
      contained: [
        { resourceType: 'Organization', id: 'o', name: 'Clinic' },
        { resourceType: 'Device', id: 'd', anything: [1] },
      ],
    });
    const inner = { resourceType: 'Organization', id: 'o', name: 'x', shoe: 1 };
    expect(faultsOf(patient({ managingOrganization: { reference: '#o' }, contained: [inner] }))).toEqual([
      'Patient.contained[0].shoe',
    ]);
    const unreferred = { resourceType: 'Organization', id: 'o', name: 'x' };
    expect(faultsOf(patient({ contained: [unreferred] }))).toEqual(['Patient.contained[0]']);
  });

  it('refuse what R4 has not, with the path', () => {
    const faults: [Record<string, unknown>, string][] = [
      [patient({ shoe: 44 }), 'Patient.shoe'],
      [patient({ name: [{ nick: 'x' }] }), 'Patient.name[0].nick'],
      [patient({ name: { family: 'x' } }), 'Patient.name'],
      [patient({ name: [] }), 'Patient.name'],
      [patient({ name: [{}] }), 'Patient.name[0]'],
      [patient({ name: [{ use: 'official' }] }), 'Patient.name[0]'],
      [patient({ name: [{ family: '' }] }), 'Patient.name[0].family'],
      [patient({ name: [{ given: [null] }] }), 'Patient.name[0].given[0]'],
      [patient({ gender: 'm' }), 'Patient.gender'],
      [patient({ active: 'true' }), 'Patient.active'],
      [patient({ deceasedBoolean: 1 }), 'Patient.deceased'],
      [patient({ deceasedBoolean: true, deceasedDateTime: '2020' }), 'Patient.deceased'],
      [patient({ telecom: [{ value: '1' }] }), 'Patient.telecom[0].system'],
      [patient({ telecom: [{ system: 'phone', value: '1', rank: 0 }] }), 'Patient.telecom[0].rank'],
      [patient({ contact: [{ gender: 'male' }] }), 'Patient.contact[0]'],
      [
        patient({ managingOrganization: { reference: 'Patient/1' } }),
        'Patient.managingOrganization.reference',
      ],
      [patient({ extension: [{ url: 'http://a' }] }), 'Patient.extension[0]'],
      [patient({ extension: [{ url: 'http://a', valueDate: '2020-13' }] }), 'Patient.extension[0].value'],
      [
        patient({ modifierExtension: [{ url: 'http://a', valueBoolean: true }] }),
        'Patient.modifierExtension[0].url',
      ],
      [patient({ implicitRules: 'http://a' }), 'Patient.implicitRules'],
      [patient({ _birthDate: { value: 1 } }), 'Patient.birthDate.value'],
      [patient({ link: [{ type: 'seealso' }] }), 'Patient.link[0].other'],
    ];
    for (const [resource, path] of faults) expect([path, faultsOf(resource)]).toEqual([path, [path]]);
  });

  it('refuse dates that are none, and births that are in the future everywhere on earth', () => {
    for (const birthDate of [
      '0000-01-01',
      '0000',
      '2023-02-29',
      '1957-3',
      '1957-00',
      '57',
      '2999',
      '2999-01-01',
    ]) {
      expect([birthDate, faultsOf(patient({ birthDate }))]).toEqual([birthDate, ['Patient.birthDate']]);
    }
    const inKiritimati = new Date(Date.now() + 14 * 3_600_000).toISOString().slice(0, 10);
    kept(patient({ birthDate: inKiritimati }));
    kept(patient({ birthDate: inKiritimati.slice(0, 4) }));
  });

  it('refuse names with characters that hide, and text that is half a character', () => {
    for (const bad of [
      'a\u0000b',
      'a\nb',
      'a\u009bb',
      '\u202egnp.exe',
      'a\u2066b',
      '\ud800',
      ' \u00a0 ',
      'a\u2028b',
      '\u200b',
      '\u3164 \u{e0041}',
      '\uffff',
    ]) {
      expect(faultsOf(patient({ name: [{ given: ['Ana', bad] }] }))).toEqual(['Patient.name[0].given[1]']);
    }
    kept(patient({ name: [{ text: 'أحمد\u200e' }, { text: '山田 太郎' }, { text: 'Zoë 👩🏽‍⚕️' }] }));
  });

  it('refuse characters that hide in URIs and codes', () => {
    expect(faultsOf(patient({ identifier: [{ system: 'urn:\u0001x', value: '1' }] }))).toEqual([
      'Patient.identifier[0].system',
    ]);
    expect(faultsOf(patient({ language: 'd\u0001e' }))).toEqual(['Patient.language']);
  });

  it('refuse addresses that run as a script where somebody follows them', () => {
    for (const url of ['javascript:alert(1)', 'JavaScript:x', 'vbscript:x', 'data:text/html,x'])
      expect([url, faultsOf(patient({ photo: [{ url }] }))]).toEqual([url, ['Patient.photo[0].url']]);
    for (const url of ['https://a.example/x.png', 'Binary/1', 'urn:uuid:x', 'mailto:a@b.example'])
      kept(patient({ photo: [{ url }] }));
  });

  it('refuse periods that end before they begin, whatever their precision', () => {
    const during = (start: string, end: string): string[] =>
      faultsOf(patient({ name: [{ text: 'x', period: { start, end } }] }));
    expect(during('2020', '2019-12-31')).toEqual(['Patient.name[0].period.end']);
    expect(during('2020-05-01', '2020')).toEqual([]);
    expect(during('2020-05-01T10:00:00Z', '2020-05-01T11:30:00+02:00')).toEqual([
      'Patient.name[0].period.end',
    ]);
  });

  it('keep safe narratives and refuse what runs or loads', () => {
    kept(
      patient(
        div('<p class="a" style="color: red">x<br/><img src="data:image/png;base64,AA==" alt="y"/></p>'),
      ),
    );
    for (const bad of [
      '<script>alert(1)</script>',
      '<p onclick="x()">a</p>',
      '<img src="https://evil.example/x.png"/>',
      '<a href="javascript:alert(1)">a</a>',
      '<a href="https://evil.example">a</a>',
      '<p style="background: url(https://evil.example)">a</p>',
      '<p style="background: u\\72l(x)">a</p>',
      '<iframe src="#a"/>',
      '<p>a',
      '   ',
      '<svg xmlns="http://www.w3.org/2000/svg"><p>a</p></svg>',
    ]) {
      expect([bad, faultsOf(patient(div(bad)))]).toEqual([bad, ['Patient.text.div']]);
    }
    expect(faultsOf(patient({ text: { status: 'generated', div: '<p>a</p>' } }))).toEqual([
      'Patient.text.div',
    ]);
    const bomb =
      '<!DOCTYPE div [<!ENTITY a "aaaaaaaaaa">]><div xmlns="http://www.w3.org/1999/xhtml">&a;</div>';
    expect(faultsOf(patient({ text: { status: 'generated', div: bomb } }))).toEqual(['Patient.text.div']);
  });

  it('hold R4’s rules between elements of visits', () => {
    const visit = {
      resourceType: 'Appointment',
      status: 'booked',
      participant: [{ status: 'accepted', type: [{ text: 'x' }] }],
    };
    const times = { start: '2026-12-01T09:00:00Z', end: '2026-12-01T09:30:00Z' };
    kept({ ...visit, ...times });
    expect(faultsOf(visit)).toEqual(['Appointment.start']);
    expect(faultsOf({ ...visit, start: times.start })).toEqual(['Appointment']);
    expect(faultsOf({ ...visit, start: times.end, end: times.start })).toEqual(['Appointment.end']);
    expect(faultsOf({ ...visit, ...times, cancelationReason: { text: 'x' } })).toEqual([
      'Appointment.cancelationReason',
    ]);
    expect(faultsOf({ ...visit, ...times, participant: [{ status: 'accepted' }] })).toEqual([
      'Appointment.participant[0]',
    ]);
  });

  it('are bounded: deep nesting and long texts end in faults, not in errors', () => {
    let extension: Record<string, unknown> = { url: 'http://a', valueString: 'b' };
    for (let depth = 0; depth < 60; depth += 1) extension = { url: 'http://a', extension: [extension] };
    kept(patient({ extension: [extension] }));
    const started = performance.now();
    expect(faultsOf(patient({ id: 'a'.repeat(100_000) }))).toEqual(['Patient.id']);
    faultsOf(patient({ language: `${'a '.repeat(50_000)} ` }));
    faultsOf({
      resourceType: 'Consent',
      _status: {},
      policyRule: { coding: [{ code: `${'x '.repeat(50_000)}\u0000` }] },
    });
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('name only types that are there', () => {
    for (const spec of [...Object.values(DATATYPES), ...Object.values(RESOURCES)]) {
      expect(() => schemaOf(spec.name)).not.toThrow();
      for (const [name, line] of Object.entries(elementsIn(spec))) {
        const element = parseElement(name, line);
        for (const type of element.types) {
          const isKnown =
            type.name === 'Resource' || specOf(type.name) !== undefined || type.name in PRIMITIVES;
          expect([spec.name, choiceName(element.stem ?? name, type.name), isKnown]).toContain(true);
        }
      }
    }
  });
});
