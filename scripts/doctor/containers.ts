import type { AnsweringContainer, Containers } from '../containers/answering.ts'
import { nameContainers } from '../containers/commands.ts'
import type { Operation } from '../containers/operation.ts'
import { readMissing } from '../providers/own-processes.ts'
import { type CheckResult, type Context, good, joined, problem } from './check.ts'
import { describeFinding } from './status-findings.ts'

/** Whether the containers that answer in the place of the workspace's processes are complete and reach each other. */
export async function checkContainers(
  { status, operation }: Context,
  containers: Containers,
  start: () => Promise<string>,
): Promise<CheckResult> {
  const { answering } = containers
  const names = answering.map(({ name }) => name)
  const silent = containers.isCompose ? status.processes.filter(({ state }) => state === 'stopped') : []
  return joined([
    good(`Containers answer: ${nameContainers(containers)}, ${names.join(', ')}; npm run verify checks them`),
    ...silent.map(({ name, url }) =>
      problem({
        code: 'CONTAINER_SILENT',
        what: `The container of ${name} does not answer${url ? ` at ${url}` : ''}.`,
        why: 'It starts still, has ended, or ends again and again.',
        fix: `${operation.logs(name)} says why; ${operation.start} starts what does not run`,
      }),
    ),
    ...(await Promise.all(answering.map((one) => checkReady(one, operation)))),
    ...status.findings.map((finding) => describeFinding(finding, start)),
  ])
}

async function checkReady({ name, url }: AnsweringContainer, { logs }: Operation): Promise<CheckResult> {
  const missing = await readMissing(url)
  if (missing.length === 0) return good()
  return problem({
    code: 'DEPENDENCY_MISSING',
    what: `${name} answers, but is not ready: it cannot reach ${missing.join(', ')}.`,
    why: `Requests that need ${missing.join(' or ')} are answered 503.`,
    fix: logs(...missing, name),
  })
}
