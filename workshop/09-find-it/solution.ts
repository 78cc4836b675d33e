import { type PlannedFault, planFaults } from '../../contracts/planted-faults.ts'
import type { Planting } from '../../contracts/planting.ts'
import type { SpanMark } from '../../contracts/span-mark.ts'
import type { Solution } from '../chapter.ts'
import { LOOKS } from './looks.ts'

/** Which kinds are planted and how to find each, and then where they are. Undefined where nothing was planted, or not yet. */
export function describeSolution(planting: Planting | undefined): Solution | undefined {
  if (planting?.plantedAt === undefined) return undefined
  const faults = planFaults(planting.letters, planting.seed)
  return {
    hints: faults.map(({ kind }) => `${kind}: ${LOOKS[kind].where}. In its trace, ${LOOKS[kind].inside}.`),
    question: 'Show also where each one is?',
    whole: faults.map((fault) => `${fault.kind}: ${describeFault(fault)}`),
  }
}

function describeFault({ culprit, cohort = {}, route, rhythm, handle }: PlannedFault): string {
  const whom = Object.entries(cohort).map(([name, value]) => `${name}=${value}`)
  const parts = [
    describeMark(culprit),
    handle === undefined ? '' : `which fails whenever ${handle} is among its arguments`,
    route === undefined ? 'on any route' : `in requests of GET ${route}`,
    whom.length > 0 ? `for ${whom.join(',')}` : '',
    rhythm === undefined ? '' : `${rhythm.onS} of every ${rhythm.periodS} seconds`,
  ]
  return `${parts.filter(Boolean).join(', ')}.`
}

function describeMark({ statement, path, name, attributes = {} }: SpanMark): string {
  if (statement !== undefined) return `the query that begins with “${statement.slice(0, 40)}”`
  if (path !== undefined) return `the call to ${path}`
  const [first] = Object.entries(attributes).map(([key, value]) => ` with ${key} = ${value}`)
  return `the span ${name}${first ?? ''}`
}
