import type { Containers } from './answering.ts'
import { containerLogs, startContainers } from './commands.ts'

/** The commands that fixes name: for the processes of this workspace, or for the containers in their place. */
export interface Operation {
  readonly ofProcesses: boolean
  /** Starts what does not run. */
  readonly start: string
  /** Shows the logs of these processes. */
  logs(...names: readonly string[]): string
}

/** `follow`: whether `npm run logs` goes on until Ctrl-C. */
export function operationOf(
  containers: Containers | undefined,
  { follow }: { readonly follow: boolean },
): Operation {
  if (!containers) {
    const option = follow ? '' : '--no-follow '
    return {
      ofProcesses: true,
      start: 'npm run setup',
      logs: (...names) => `npm run logs -- ${option}${names.join(' ')}`,
    }
  }
  return {
    ofProcesses: false,
    start: startContainers(containers),
    logs: (...names) => containerLogs(containers, names),
  }
}
