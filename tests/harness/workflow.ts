import { readdirSync, readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { ROOT } from './process.ts'

// GitHub's parser imports JSON without `with { type: 'json' }`, which Node requires.
const hooks = registerHooks({
  load: (url, context, load) =>
    load(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
})
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import(
  '@actions/workflow-parser'
)
hooks.deregister()

const FOLDER = '.github/workflows'
const Value = z.union([z.string(), z.number(), z.boolean()])

const Step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), Value).default({}),
})

const Job = z.looseObject({
  /** Another workflow, in place of steps. */
  uses: z.string().optional(),
  'timeout-minutes': z.number().optional(),
  permissions: z.record(z.string(), z.string()).default({}),
  env: z.record(z.string(), Value).default({}),
  strategy: z
    .looseObject({
      matrix: z.looseObject({
        os: z.array(z.string()).default([]),
        node: z.array(z.number()).default([]),
        profile: z.array(z.string()).default([]),
        include: z.array(z.record(z.string(), Value)).default([]),
      }),
    })
    .optional(),
  steps: z.array(Step).default([]),
})

const Workflow = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), Job),
})

export interface WorkflowFile {
  /** From the repository's root. */
  readonly path: string
  readonly text: string
  readonly workflow: z.infer<typeof Workflow>
}

/** The workflows of this repository: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax */
export function readWorkflows(): WorkflowFile[] {
  return readdirSync(join(ROOT, FOLDER)).map((name) => {
    const path = `${FOLDER}/${name}`
    const text = readFileSync(join(ROOT, path), 'utf8')
    return { path, text, workflow: Workflow.parse(parse(text)) }
  })
}

/** What GitHub's own parser of workflows rejects, with line and column: https://github.com/actions/languageservices */
export async function rejectedByGitHub(text: string): Promise<string[]> {
  const { context, value } = parseWorkflow(
    { name: 'workflow.yml', content: text },
    new NoOperationTraceWriter(),
  )
  const converted = value && (await convertWorkflowTemplate(context, value))
  const messages = context.errors.getErrors().map(({ message }) => message)
  return [...new Set([...messages, ...(converted?.errors ?? []).map(({ Message }) => Message)])]
}
