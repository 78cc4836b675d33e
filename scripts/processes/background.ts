import { text } from 'node:stream/consumers'
import { BUSY_EXIT_CODE, handoverSchema } from './handover.ts'
import { type Report, Supervisor } from './supervisor.ts'

const FOREVER_MS = 2 ** 31 - 1

// The program of the background supervisor; what it has to do comes on standard input.
const supervisor = new Supervisor(handoverSchema.parse(JSON.parse(await text(process.stdin))), datedReport())
const stop = () => void supervisor.stop().then(() => process.exit(0))
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.on('SIGHUP', () => {}) // The terminal that it was started from has closed.

const outcome = await supervisor.start().catch((error: unknown) => {
  console.error(error)
  return 'failed' as const
})
if (outcome === 'busy') process.exit(BUSY_EXIT_CODE)
if (outcome === 'failed') process.exit(1)
if (outcome === 'stopped') process.exit(0)
void supervisor.lostLock().then(stop)
setInterval(() => {}, FOREVER_MS) // It stays, to be asked, when every process has crashed.

function datedReport(): Report {
  const say = (text: string) => console.log(`${new Date().toISOString()} ${text}`)
  return { done: say, warn: say, fail: (text, fix) => say(fix ? `${text} ${fix}` : text) }
}
