import type { Containers } from './answering.ts'
import { ownProject, serviceOf } from './compose-file.ts'

/** Docker's short id of a container. */
const SHORT_ID = /^[0-9a-f]{12}$/

/** The containers in a few words: `Docker Compose (profile local)`, or `the container 3f2a9c0d1e4b`. */
export function nameContainers(containers: Containers): string {
  const { isCompose, profile, project, answering } = containers
  if (!isCompose) return `the container ${answering.map(({ container }) => container.id).join(', ')}`
  const details = [
    profile ? `profile ${profile}` : undefined,
    project && project !== ownProject() ? `project ${project}` : undefined,
  ].filter((detail) => detail !== undefined)
  return `Docker Compose${details.length > 0 ? ` (${details.join(', ')})` : ''}`
}

/** Shows the logs of the containers of these processes; without names, of all. */
export function containerLogs(containers: Containers, names: readonly string[]): string {
  const { isCompose, profile, answering } = containers
  if (isCompose) {
    const services = profile ? names.flatMap((name) => serviceOf(profile, name) ?? []) : []
    return [compose(containers, 'logs'), ...new Set(services)].join(' ')
  }
  const wanted = answering.filter(({ name }) => names.length === 0 || names.includes(name))
  const ids = wanted.map(({ container }) => container.id)
  if (ids.length === 0) return 'docker ps --all'
  return ids
    .map((id) => (SHORT_ID.test(id) ? `docker logs ${id}` : `the log of the container ${id}`))
    .join('; ')
}

/** Starts what does not run: the containers, or processes in the place of an image that runs by itself. */
export function startContainers(containers: Containers): string {
  if (containers.isCompose) return compose(containers, 'up --detach --wait')
  return `${endContainers(containers)}, then npm run setup,`
}

/** Ends the containers. */
export function endContainers(containers: Containers): string {
  if (containers.isCompose) return compose(containers, 'down')
  const ids = containers.answering.map(({ container }) => container.id)
  return ids.every((id) => SHORT_ID.test(id))
    ? `docker stop ${ids.join(' ')}`
    : 'end them where they were started'
}

/** Without a profile, Compose leaves out every service of this file. `*`: all profiles. */
function compose({ profile, project }: Containers, command: string): string {
  const other = project && project !== ownProject() ? ` --project-name ${project}` : ''
  return `docker compose${other} --profile ${profile ?? "'*'"} ${command}`
}
