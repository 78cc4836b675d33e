import { closeSync, openSync, readdirSync, readSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { shellWord } from '../../contracts/shell-word.ts'
import type { Environment } from '../../settings/read.ts'

/** npm keeps ten logs by default (`logs-max`). A log begins with the arguments, so that its start is enough. */
const MAX_LOGS = 50
const START_BYTES = 64 * 1024

/** How each shell forgets a line of its history; the file is for a person who has changed the shell since. */
const HISTORIES: Readonly<Record<string, (name: string, home: string) => string>> = {
  bash: (name, home) =>
    `right after this, history -d -2 && history -w (bash); later delete the lines with ${name}= from ${home}/.bash_history`,
  zsh: (name, home) => `delete the lines with ${name}= from ${home}/.zsh_history, then fc -R (zsh)`,
  fish: (name) => `history delete --exact --case-sensitive --contains ${name}= (fish)`,
}

/**
 * Where `NAME=value` of the command line stays: the shell's history, and npm's debug logs, which every user of the machine
 * may read (mode 644). One line for each, with how to remove it.
 */
export function describeCopies(name: string, environment: Environment): string[] {
  const shell = basename(environment.SHELL ?? '')
  const home = environment.HOME ?? homedir()
  const forget = HISTORIES[shell]?.(name, home) ?? `delete the lines with ${name}= from your shell’s history`
  const logs = npmLogsWith(`${name}=`, environment)
  return [
    `The shell’s history: ${forget}`,
    ...(logs.length > 0
      ? [`npm’s debug log, which others can read: rm ${logs.map(shellWord).join(' ')}`]
      : []),
  ]
}

/** The logs of npm that contain the text, also of earlier commands. Empty where npm writes none, or did not start this command. */
function npmLogsWith(text: string, environment: Environment): string[] {
  // npm hands its settings to the command: https://docs.npmjs.com/cli/v11/using-npm/config#logs-dir
  const { npm_config_logs_dir: own, npm_config_cache: cache } = environment
  const folder = own?.trim() || (cache?.trim() ? join(cache, '_logs') : undefined)
  if (folder === undefined) return []
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.log'))
    return names
      .toSorted()
      .slice(-MAX_LOGS)
      .map((name) => join(folder, name))
      .filter((path) => startOf(path).includes(text))
  } catch {
    return []
  }
}

function startOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(START_BYTES)
    return bytes.toString('utf8', 0, readSync(file, bytes))
  } finally {
    closeSync(file)
  }
}
