import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { digestOf, generateSigningKey, sign, signer, verify } from '@careplane/documents';
import type { Caller } from '../../test/records-lab.ts';
import { statusOf } from '../../test/sealed-calls.ts';
import { startSealedLab, TEXT } from '../../test/sealed-lab.ts';
import type { SealedLab } from '../../test/sealed-lab.ts';

let lab: SealedLab;
let sealed: SealedLab['sealed'];
let patient: Caller;
let doctor: Caller;

beforeAll(async () => {
  lab = await startSealedLab();
  ({ sealed, doctor, patientCaller: patient } = lab);
}, 120_000);
afterAll(() => lab.stop());

describe('a signature', () => {
  const signed = async (text: string): Promise<{ id: string; note: string; verifierKey: string }> => {
    const id = await lab.letter(text);
    const key = await signer(await generateSigningKey('doctor'));
    const { header, payload } = await sealed.as(doctor).download(id);
    const note = await sign({ header, payloadDigest: await digestOf(payload) }, [lab.ann.identity], key);
    return { id, note, verifierKey: key.verifierKey };
  };
  const verified = async (id: string, note: string, verifierKey: string): Promise<string> => {
    const { header, payload } = await sealed.as(patient).download(id);
    return verify(
      note,
      { header, payloadDigest: await digestOf(payload) },
      [lab.ann.identity],
      [verifierKey],
    );
  };

  it('is kept beside the document and stays good when recipients change', async () => {
    const { id, note, verifierKey } = await signed(TEXT);
    expect(await sealed.as(patient).signature(id)).toBeUndefined();
    await sealed.as(doctor).putSignature(id, note);
    expect(await sealed.as(patient).signature(id)).toEqual({ note, version: 1 });
    const { ann: one, ben: other } = lab;
    await sealed.as(doctor).share(id, [one.identity], [one.recipient, other.recipient]);
    expect(await verified(id, note, verifierKey)).toBe(verifierKey);
  });

  it('is not replaced by who does not know it, and is of this payload', async () => {
    const { id, note } = await signed(TEXT);
    const other = await signed('another letter');
    const server = sealed.as(doctor);
    await server.putSignature(id, note);
    await server.putSignature(id, note); // its answer was lost
    const another = `${note}${note.split('\n').at(-2) ?? ''}\n`;
    expect(await statusOf(server.putSignature(id, another))).toBe(412);
    expect(await statusOf(server.putSignature(id, other.note, 1))).toBe(422);
    expect(await statusOf(server.putSignature(id, 'signed, the doctor', 1))).toBe(422);
    await server.putSignature(id, another, 1);
    expect((await server.signature(id))?.version).toBe(2);
  });

  it('tells that a server has put another document in the place of the one that was signed', async () => {
    const { note, verifierKey } = await signed(TEXT);
    const replaced = await lab.letter('forged'); // to the same public key, which everybody has
    await expect(verified(replaced, note, verifierKey)).rejects.toMatchObject({ code: 'signature-invalid' });
  });
});
