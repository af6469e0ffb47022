import { documentCalls } from './document-calls.ts';
import type { DocumentCalls } from './document-calls.ts';
import { startRecordsLab, treating } from './records-lab.ts';
import type { Caller, RecordsLab } from './records-lab.ts';
import { keyHolder, sealedCalls } from './sealed-calls.ts';
import type { KeyHolder, SealedCalls } from './sealed-calls.ts';

/** Records with a patient and their doctor, and two people with keys. */
export interface SealedLab extends RecordsLab, DocumentCalls {
  readonly sealed: SealedCalls;
  readonly patientCaller: Caller;
  readonly doctor: Caller;
  readonly ann: KeyHolder;
  readonly ben: KeyHolder;
  /** A document of the patient for Ann, by the doctor. @returns its id */
  letter(text?: string): Promise<string>;
}

export const TEXT = 'What was said between the two of us';
export async function startSealedLab(): Promise<SealedLab> {
  const lab = await startRecordsLab({
    CONTENT_LIMIT_BYTES: '20000000',
    CONTENT_PATIENT_BYTES_A_DAY: '4000000',
  });
  const sealed = sealedCalls(lab);
  const patientCaller = await lab.caller('patient');
  const doctor = await lab.caller('practitioner', treating(patientCaller.id));
  const [ann, ben] = [await keyHolder('hybrid'), await keyHolder('hybrid')];
  return {
    ...lab,
    ...documentCalls(lab),
    ...{ sealed, patientCaller, doctor, ann, ben },
    letter: (text = TEXT) => sealed.stored(text, doctor, { patient: patientCaller.id, to: [ann] }),
  };
}
