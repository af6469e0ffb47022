/** A schedule to open; times are RFC 3339. */
export interface ScheduleWish {
  readonly practitionerId: string;
  readonly start: string;
  readonly end: string;
  readonly slotMinutes: number;
  readonly hours: { readonly from: string; readonly to: string; readonly timeZone?: string };
}

/** Extensions of the clinic for what R4 keeps in Slots alone (docs/concepts/contracts.md, Schedules). */
const EXTENSION = 'https://careplane.dev/fhir/StructureDefinition';

/** The Schedule of a wish, without its type. */
export function scheduleBody({ practitionerId, start, end, slotMinutes, hours }: ScheduleWish): object {
  return {
    active: true,
    actor: [{ reference: `Practitioner/${practitionerId}` }],
    planningHorizon: { start, end },
    extension: [
      { url: `${EXTENSION}/schedule-slot-minutes`, valuePositiveInt: slotMinutes },
      {
        url: `${EXTENSION}/schedule-opening-hours`,
        extension: [
          { url: 'from', valueTime: `${hours.from}:00` },
          { url: 'to', valueTime: `${hours.to}:00` },
          { url: 'timeZone', valueCode: hours.timeZone ?? 'UTC' },
        ],
      },
    ],
  };
}
