import { UserError } from '../../contracts/user-error.ts'
import { type Providers, reachable, resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { runLoad, unexpected } from '../load/run-load.ts'
import { dueAfter } from '../load/schedule.ts'
import { loadJson, showLoad } from '../load/show.ts'
import { getJson } from '../machine/http-json.ts'

const HEALTH_MS = 2_000
const MAX_RATE = 5_000
const MAX_DURATION_S = 3_600

const meta = {
  name: 'load',
  summary: 'Sends steady traffic over all routes, some of it failing, and says how long the answers took.',
  options: {
    rate: { type: 'string', meaning: 'Requests a second (50)' },
    duration: { type: 'string', meaning: 'Seconds (30)' },
    ramp: { type: 'boolean', meaning: 'From nothing to the rate, evenly' },
    errors: { type: 'string', meaning: 'Percent of the requests that fail on purpose (2)' },
    json: { type: 'boolean', meaning: 'Prints the data as JSON' },
  },
  examples: [
    'npm run load -- --rate 50 --duration 30',
    'npm run load -- --rate 200 --duration 60 --ramp --errors 10',
  ],
} as const

await runCommand(meta, async ({ values, terminal }) => {
  const pace = {
    rate: readNumber('rate', values.rate ?? '50', 'above 0', MAX_RATE),
    durationS: readNumber('duration', values.duration ?? '30', 'above 0', MAX_DURATION_S),
    isRamp: values.ramp ?? false,
  }
  const errorShare = readNumber('errors', values.errors ?? '2', 'from 0', 100) / 100
  const settings = readSettings()
  const api = `http://${reachable(settings.BACKEND_HOST)}:${settings.PORT}`
  if ((await getJson(`${api}/health`, HEALTH_MS))?.status !== 200) {
    throw new UserError({
      code: 'API_DOWN',
      what: `The api does not answer at ${api}.`,
      fix: 'npm run setup starts it',
    })
  }
  const total = dueAfter(pace, pace.durationS)
  if (total === 0) {
    throw new UserError({
      code: 'USAGE',
      what: 'That is less than one request.',
      fix: 'npm run load -- --rate 50 --duration 30',
    })
  }
  tellOfCosts(resolveProviders(settings), Math.round(total * errorShare), terminal)

  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const how = pace.isRamp ? `rising to ${pace.rate}/s` : `${pace.rate}/s`
  const result = await terminal.progress(
    `Sending ${total} requests to ${api}, ${how} for ${pace.durationS} s`,
    (update) =>
      runLoad({
        ...pace,
        api,
        errorShare,
        signal: stop.signal,
        onProgress: (sent, elapsedS) => update(`${sent} sent, ${elapsedS.toFixed(0)} s`),
      }),
    ({ tally }) => {
      const wrong = unexpected(tally)
      const text = stop.signal.aborted ? 'Ended early' : 'Sent'
      return wrong === 0 ? text : { ok: false, text: `${wrong} requests were not answered as they should be` }
    },
  )
  if (values.json) process.stdout.write(loadJson(result))
  else showLoad(result, terminal)
  if (unexpected(result.tally) > 0) {
    process.exitCode = 1
    terminal.line('  npm run logs -- api; npm run doctor')
  }
})

/** Thirty seconds of traffic are a day of a quiet service: who pays for it should know before. */
function tellOfCosts({ honeycomb, xray, rollbar }: Providers, errors: number, terminal: Terminal): void {
  const live = [
    ...(honeycomb.mode === 'live' ? ['Honeycomb (about 8 events a kept request)'] : []),
    ...(xray.mode === 'live' ? ['X-Ray (a trace a kept request)'] : []),
    ...(rollbar.mode === 'live' ? [`Rollbar (about ${errors} occurrences, at most 60 a minute)`] : []),
  ]
  if (live.length > 0) terminal.warn(`This goes to your accounts: ${live.join(', ')}. Ctrl-C ends it.`)
}

function readNumber(name: string, text: string, least: 'from 0' | 'above 0', most: number): number {
  const value = Number(text)
  const isEnough = least === 'from 0' ? value >= 0 : value > 0
  if (text.trim() !== '' && isEnough && value <= most) return value
  throw new UserError({
    code: 'USAGE',
    what: `--${name} ${text} is not a number ${least} and up to ${most}.`,
    fix: 'npm run load -- --help',
  })
}
