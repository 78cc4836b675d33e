import { sandboxTraceUrl, xrayTraceUrl } from '../../contracts/trace-links.ts'
import { reachable } from '../../settings/providers.ts'
import { openXRay } from '../aws/client.ts'
import { findDaemonTrouble, readDaemonLog } from '../daemon/log.ts'
import { poll } from '../machine/poll.ts'
import { accepts } from '../processes/readiness.ts'
import type { Problem, XRayEvidence } from '../providers/evidence.ts'
import { findSegments } from '../providers/xray.ts'
import { type Case, plural } from './case.ts'

/** Looks for both traces' segments in X-Ray, through its own API. */
export async function lookAtXRay(inCase: Case): Promise<XRayEvidence> {
  const { providers, settings, options, good, failing, services, problems } = inCase
  const { mode, region } = providers.xray
  if (mode === 'off') return { mode, state: 'off', segments: 0, subsegments: 0, seen: 'off' }
  const { client } = openXRay(settings, providers.xray)
  let last = { segments: 0, subsegments: 0, names: new Set<string>() as ReadonlySet<string> }
  let goodNames: ReadonlySet<string> = new Set()
  let failure: string | undefined
  // Dynamic naming gives the api's segment its host's name, so segments are counted, not named.
  // A good request that was not answered well is named already, and need not have come by every service.
  const whole = () =>
    last.names.size >= services.size && (good.status !== 200 || goodNames.size >= services.size)
  try {
    await poll(
      async () => {
        try {
          last = await findSegments(client, failing.traceId)
          goodNames = (await findSegments(client, good.traceId)).names
          failure = undefined
        } catch (error) {
          failure = error instanceof Error ? error.message : String(error)
        }
        return whole() || undefined
      },
      { deadlineMs: inCase.deadlineMs(mode), everyMs: mode === 'live' ? 1_000 : 100 },
    )
  } finally {
    client.destroy()
  }
  // Verify's own segment proves the way to X-Ray, not the api's part of it.
  const isFound = last.segments > 1
  // An api that kept no trace is named already, and sent nothing to look for.
  if (!whole() && failing.isSampled) {
    // Of AWS's daemon it is known why, if it has said so.
    const trouble = mode === 'live' ? await whatTheDaemonSays(inCase) : undefined
    problems.push(trouble ?? whyIncomplete(inCase, failure, last.segments))
  }
  return {
    mode,
    state: isFound ? 'found' : 'missing',
    segments: last.segments,
    subsegments: last.subsegments,
    seen: `${plural(last.segments, 'segment')}, ${plural(last.subsegments, 'subsegment')}`,
    url:
      mode === 'local'
        ? sandboxTraceUrl(options.sandboxPage, failing.traceId, 'xray')
        : xrayTraceUrl(region, failing.traceId),
  }
}

/** Verify's own segment takes the same way: where nothing at all arrived, it is the way that is broken. */
function whyIncomplete(
  { providers, services, isCollected }: Case,
  failure: string | undefined,
  segments: number,
): Problem {
  const { pipeline, daemon, otlpEndpoint } = providers.xray
  if (failure) return { what: `X-Ray could not be asked: ${failure}`, fix: 'npm run status' }
  if (segments > 0) {
    return {
      what: `X-Ray has ${plural(segments, 'segment')} of the trace, of ${services.size}.`,
      fix: 'npm run logs -- api profiles; npm run status shows what each process sent.',
    }
  }
  if (isCollected) {
    return {
      what: 'X-Ray has nothing of the trace. The api’s spans go to an OpenTelemetry Collector, which should make segments of them.',
      fix: 'docker compose --profile collector logs collector-gateway says what X-Ray answered (collector/README.md).',
    }
  }
  if (pipeline === 'otlp') {
    return {
      what: `X-Ray has nothing of the trace. Spans go to ${otlpEndpoint}, which took none of them, or has not indexed them.`,
      fix: 'npm run status shows what it answered.',
    }
  }
  const { host, port } = daemon.udp
  return {
    what: `X-Ray has nothing of the trace. Segments leave by UDP to ${host}:${port}, where nobody acknowledges them: most likely another program listens there.`,
    fix: 'npm run status shows who does; npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2001 moves it.',
  }
}

/** A daemon that has died has nothing more to say; its last words are of another time. */
async function whatTheDaemonSays({ settings, providers, isCollected }: Case): Promise<Problem | undefined> {
  const { pipeline, daemon } = providers.xray
  if (pipeline !== 'sdk' || isCollected) return undefined
  const { host, port } = daemon.tcp
  if (!(await accepts(reachable(host), port))) {
    return {
      what: `No X-Ray daemon answers at ${host}:${port}: segments that are sent there are lost.`,
      fix: 'npm run setup starts it; npm run logs -- daemon says why it ended.',
    }
  }
  return findDaemonTrouble(readDaemonLog(settings))
}
