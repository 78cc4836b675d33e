import type { Twins } from '../../contracts/sandbox/wiring.ts'
import { duration } from '../format.ts'

/** Why two traces look like one request, as a sentence: `Both are GET /api/x of backend-flask, answered 200. …` */
export function evidenceOf({
  request,
  service,
  segmentName,
  status,
  startApartMs,
  endApartMs,
}: Twins): string {
  const answered = status === null ? '' : `, answered ${status}`
  const start = apart('starts', startApartMs)
  const end = apart('ends', endApartMs)
  const names = service === segmentName ? '' : ` Honeycomb has it of ${service}, X-Ray of ${segmentName}.`
  return `Both are ${request} of ${segmentName}${answered}. The segment ${start} and ${end} its span.${names}`
}

function apart(verb: string, ms: number): string {
  if (ms === 0) return `${verb} with`
  return `${verb} ${duration(Math.abs(ms))} ${ms > 0 ? 'after' : 'before'}`
}
