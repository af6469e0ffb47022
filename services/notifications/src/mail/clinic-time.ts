/** Writes a time on the clinic's wall clock, as `Tuesday, March 2, 2027 at 9:00 AM EST`. */
export function clinicTime(time: string, timeZone: string): string {
  const date = new Date(time);
  const day = new Intl.DateTimeFormat('en-US', { timeZone, dateStyle: 'full' }).format(date);
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(date);
  // Unicode's data puts a narrow no-break space before AM and PM, which plain-text mail readers show badly.
  return `${day} at ${clock}`.replace(/[\u00A0\u202F]/g, ' ');
}
