import type { Lens } from '../../contracts/trace-links.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Line } from '../command-line/styled-lines.ts'
import type { SandboxReads } from '../sandbox-reads/sandbox-reads.ts'
import type { FilterValues, TracesOrder } from './request-filters.ts'

/** The options of the command, as far as they are given. */
export interface TracesValues extends FilterValues, TracesOrder {
  readonly limit?: string | undefined
  readonly lens?: string | undefined
  readonly span?: string | undefined
  readonly all?: boolean | undefined
  readonly json?: boolean | undefined
}

/** What a subcommand works with. */
export interface TracesContext {
  readonly reads: Pick<
    SandboxReads,
    'url' | 'requests' | 'menus' | 'trace' | 'providers' | 'twins' | 'wiring'
  >
  /** The sandbox's page, for links; no slash at its end. */
  readonly page: string
  readonly values: TracesValues
  /** Columns of the output now. */
  readonly width: number
  readonly print: (lines: readonly Line[]) => void
  /** One JSON document; `isLine`: on one line. */
  readonly printJson: (value: unknown, isLine?: boolean) => void
}

/** Spans of a trace, or paths of a comparison. */
export const ROWS = { usual: 100, most: 10_000 } as const

/** Throws a UserError with the code USAGE for a lens that is none of those. */
export function readLens<Name extends Lens>(
  text: string | undefined,
  lenses: readonly Name[],
): Name | undefined {
  const lens = lenses.find((name) => name === text)
  if (lens || text === undefined) return lens
  throw new UserError({
    code: 'USAGE',
    what: `--lens ${text} is none of ${lenses.join(', ')}.`,
    fix: `--lens ${lenses[0]}`,
  })
}
