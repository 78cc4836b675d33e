import { hostname } from 'node:os'
import type { Container } from '../contracts/container.ts'
import type { Settings } from './read.ts'

/**
 * What a process says of the container that it runs in; undefined outside containers. A file such as /.dockerenv is no
 * sign: a dev container has it too, and in it the workspace runs as it does in a shell.
 */
export function describeContainer({
  WORKSPACE_CONTAINER: text,
}: Pick<Settings, 'WORKSPACE_CONTAINER'>): Container | undefined {
  if (text === undefined) return undefined
  const [project, service] = text.includes('/') ? text.split('/') : []
  return { id: hostname(), ...(project && { project }), ...(service && { service }) }
}
