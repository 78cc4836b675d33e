import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from './temporary-folder.ts'

/** Behaves like the real `gp env`, including its output, and records its arguments. */
const SCRIPT = `#!/bin/sh
here=$(dirname "$0")
for argument in "$@"; do printf '%s\\037' "$argument"; done >> "$here/calls"
printf '\\036' >> "$here/calls"
touch "$here/store"
if [ -f "$here/broken" ]; then echo "cannot reach the server: $*" >&2; exit 1; fi
if [ "$2" = "-u" ]; then
  grep -q "^$3=" "$here/store" || { echo "no such variable: $3" >&2; exit 1; }
  grep -v "^$3=" "$here/store" > "$here/rest"; mv "$here/rest" "$here/store"
elif [ $# -eq 1 ]; then
  cat "$here/store"
else
  echo "$2" >> "$here/store"
  echo "$2"
fi
`

export interface GpStandIn {
  /** To be placed first in PATH. */
  readonly folder: string
  /** The arguments of each call so far. */
  calls(): string[][]
  /** Makes every later call fail, as without a network. */
  breakDown(): void
}

/** A stand-in for `gp`, in a new temporary folder. */
export function createGpStandIn(): GpStandIn {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'gp'), SCRIPT, { mode: 0o755 })
  return {
    folder,
    calls: () => {
      const path = join(folder, 'calls')
      if (!existsSync(path)) return []
      const calls = readFileSync(path, 'utf8').split('\u001e').slice(0, -1)
      return calls.map((call) => call.split('\u001f').slice(0, -1))
    },
    breakDown: () => writeFileSync(join(folder, 'broken'), ''),
  }
}
