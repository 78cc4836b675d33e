import type { z } from 'zod'
import type { Settings } from '../../settings/read.ts'
import type { SandboxReads } from '../sandbox-reads/sandbox-reads.ts'
import type { Answer } from './answer.ts'

/** What a tool works with. Settings are read again for each call, so that a changed port counts at once. */
export interface ToolContext {
  readonly settings: Settings
  readonly reads: SandboxReads
  /** The viewer's address for a browser, without a slash at the end. */
  readonly page: string
}

/** One tool of the server. */
export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  readonly name: string
  readonly title: string
  /** For the assistant: what it does and when to use it. */
  readonly description: string
  readonly input: Input
  /** Whether it changes anything; the check of a chapter notes that it has passed. */
  readonly isReadOnly: boolean
  /** Throws a UserError for what a person can fix. */
  run(input: z.output<Input>, context: ToolContext): Promise<Answer>
}

/** Keeps the type of the input within the tool. */
export function defineTool<Input extends z.ZodObject>(tool: Tool<Input>): Tool {
  return { ...tool, run: (input, context) => tool.run(tool.input.parse(input), context) }
}
