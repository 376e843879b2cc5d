/** Times as the planner's reasons say them. */

/** `2026-11-21 06:00 UTC`. */
export const instantText = (instant: Date): string => `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** How late a slot is: `35 min late`, `3 h 05 min late`, `2 d 4 h late`; under a minute it is on time. */
export function latenessText(slot: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - slot.getTime()) / 60_000);
  if (minutes < 1) return 'on time';
  if (minutes < 120) return `${minutes} min late`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min late`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h late`;
}
