import { runCommand } from '../command-line/command.ts'
import { untilInterrupted } from '../command-line/interruption.ts'
import { readAsRunning } from '../containers/as-running.ts'
import { readLoadOptions, requireApi, warnOfCosts } from '../load/prepare.ts'
import { countUnexpected, loadJson, showLoad } from '../load/result.ts'
import { runLoad } from '../load/run-load.ts'

const meta = {
  name: 'load',
  summary:
    'Sends steady traffic over all routes as 300 users, some of it failing, and shows how long the answers took.',
  options: {
    rate: { type: 'string', meaning: 'Requests a second (50)' },
    duration: { type: 'string', meaning: 'Seconds (30)' },
    ramp: { type: 'boolean', meaning: 'From nothing to the rate, evenly' },
    errors: { type: 'string', meaning: 'Percent of the requests that fail on purpose (2)' },
    seed: {
      type: 'string',
      meaning: 'The same number sends the same requests by the same users (random)',
    },
    json: { type: 'boolean', meaning: 'Prints the data as JSON' },
  },
  examples: [
    'npm run load -- --rate 50 --duration 30',
    'npm run load -- --rate 200 --duration 60 --ramp --errors 10',
    'npm run load -- --rate 20 --duration 60 --seed 42',
  ],
} as const

await runCommand(meta, async ({ values, terminal }) => {
  const load = readLoadOptions(values)
  const { settings, providers } = await readAsRunning()
  const api = await requireApi(settings)
  warnOfCosts(providers, Math.round(load.total * load.errorShare), terminal)
  const interrupted = untilInterrupted()
  const result = await terminal.progress(
    `Sending ${load.total} requests and their users’ sign-ins to ${api}, ${load.isRamp ? 'rising to ' : ''}${load.rate}/s for ${load.durationS} s`,
    (update) =>
      runLoad({
        ...load,
        api,
        signal: interrupted,
        onProgress: (sent, elapsedS) => update(`${sent} sent, ${elapsedS.toFixed(0)} s`),
      }),
    (sent) => {
      const wrong = countUnexpected(sent)
      if (wrong > 0) return { ok: false, text: `${wrong} requests were not answered as they should be` }
      return interrupted.aborted ? 'Ended early' : 'Sent'
    },
  )

  if (values.json) process.stdout.write(loadJson(result))
  else showLoad(result, terminal)
  if (countUnexpected(result) > 0) {
    process.exitCode = 1
    terminal.line('  npm run logs -- api; npm run doctor')
  }
})
