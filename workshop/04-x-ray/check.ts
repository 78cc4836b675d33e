import type { RequestKind } from '../arrivals.ts'
import { type Answers, type Chapter, defineChapter, met, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext, Edge } from '../context.ts'
import { type Exercise, gatherExercise, judgeKept, notShownYet, ofNewest } from '../exercise.ts'
import { countOf } from '../wording.ts'
import { findOff } from '../workspace-state.ts'
import { HANDLE, judgeHandle, judgePresence, readTimeline, type Timeline } from './annotation.ts'
import { judgeCallee } from './callee.ts'

const ANNOTATION = HANDLE.replaceAll('.', '_')
const CALLS = 'calls'

interface Gathered {
  readonly context: CheckContext
  readonly answers: Answers
  readonly exercise: Exercise
  /** Newest first. */
  readonly timelines: readonly Timeline[]
  readonly edges: readonly Edge[]
}

export const xRay: Chapter = defineChapter<Gathered>({
  number: 4,
  folder: '04-x-ray',
  title: 'X-Ray: segments, annotations, the map and the group',
  file: 'backend/api/user-activities.ts',
  answers: [
    { name: CALLS, meaning: 'what the api calls besides the profiles service, as the service map names it' },
  ],
  async gather(context, answers) {
    const exercise = await gatherExercise(context, timelinesOf(context))
    const timelines = exercise.observed.map(readTimeline)
    const edges = context.modes.xray === 'off' ? [] : await context.serviceEdges()
    return { context, answers, exercise, timelines, edges }
  },
  conditions: [
    { name: 'a timeline was kept', judge: judgeFirst },
    { name: `its segment has the annotation ${ANNOTATION}`, judge: ofNewest(timelinesIn, judgePresence) },
    { name: 'the annotation is the handle in the URL', judge: ofNewest(timelinesIn, judgeHandle) },
    { name: 'the timelines of two people are annotated', judge: judgeTwo },
    { name: 'X-Ray finds one by its annotation', judge: judgeIndex },
    { name: 'X-Ray has the group', judge: judgeGroup },
    { name: 'the map has the arrow to the profiles service', judge: judgeArrow },
    {
      name: 'you have seen on the map what else the api calls',
      judge: ({ context, answers, edges }) => judgeCallee(context, edges, answers[CALLS]),
    },
  ],
  evidence: ({ timelines }) => [...rightByHandle(timelines).values()].slice(0, 2),
})

function timelinesOf({ api }: CheckContext): RequestKind {
  return {
    method: 'GET',
    path: /^\/api\/activities\/(@|%40)/,
    filter: 'http.url CONTAINS "/api/activities/@"',
    noun: 'timeline',
    plural: 'timelines',
    send: timelineOf(api, 'maya'),
  }
}

function timelineOf(api: string, handle: string): string {
  return `curl -i ${api}/api/activities/@${handle}`
}

function judgeFirst({ context, exercise }: Gathered): Verdict {
  return findOff(context.modes, 'xray') ?? judgeKept(exercise)
}

function timelinesIn({ timelines }: Gathered): readonly Timeline[] {
  return timelines
}

/** The newest trace of each handle that is annotated right. */
function rightByHandle(timelines: readonly Timeline[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { isRight, asked, trace } of timelines) {
    if (isRight && asked !== undefined && !found.has(asked)) found.set(asked, trace.traceId)
  }
  return found
}

/** A single handle could be a constant. */
function judgeTwo({ context: { api }, exercise, timelines }: Gathered): Verdict {
  const handles = [...rightByHandle(timelines).keys()]
  if (handles.length > 1) return met(handles.join(', '))
  const [only] = handles
  const wrong = timelines.find(({ isRight, said }) => !isRight && said !== undefined)
  const earlier = wrong
    ? ` (In the earlier trace ${wrong.trace.traceId} it says ${JSON.stringify(wrong.said)} for @${wrong.asked}.)`
    : ''
  return notShownYet(
    exercise,
    `Only the timeline of ${only} is annotated, and a constant would do the same.${earlier}`,
    timelineOf(api, only === 'tomasz' ? 'maya' : 'tomasz'),
  )
}

async function judgeIndex({ context, timelines }: Gathered): Promise<Verdict> {
  const [first] = rightByHandle(timelines)
  const [handle = '', traceId = ''] = first ?? []
  const filter = `annotation.${ANNOTATION} = "${handle}"`
  const found = await context.recentTraces(filter)
  if (found.includes(traceId)) return met(`${filter} matches ${countOf(found.length, 'trace')}`)
  return notYet(
    `X-Ray does not find ${traceId} by ${filter} yet.`,
    'It indexes for some seconds: run the check again',
  )
}

async function judgeGroup({ context }: Gathered): Promise<Verdict> {
  const group = await context.group()
  return group
    ? met(`${group.name}: ${group.filter}`)
    : notYet('X-Ray has no group of the workspace.', 'npm run aws')
}

function judgeArrow({ context: { service, profilesService }, edges }: Gathered): Verdict {
  const arrow = edges.find(({ from, to }) => from === service && to === profilesService)
  if (arrow)
    return met(
      `${countOf(arrow.requests, 'call')}, of which ${countOf(arrow.faults, 'was a fault', 'were faults')}`,
    )
  return notYet(
    `The service map of the last hour has no arrow from ${service} to ${profilesService}.`,
    'npm run load -- --duration 5, and run the check again',
  )
}
