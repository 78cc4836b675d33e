import type { XRayTarget } from '../../settings/providers.ts'
import { sandboxTraceUrl, xrayTraceUrl } from '../../trace/links.ts'
import { openXRay } from '../aws/client.ts'
import { poll } from '../processes/deadline.ts'
import type { XRayEvidence } from '../providers/evidence.ts'
import { findSegments } from '../providers/xray.ts'
import { type Case, plural } from './case.ts'

/** Looks for both traces' segments in X-Ray, through its own API. */
export async function lookAtXRay(inCase: Case): Promise<XRayEvidence> {
  const { providers, settings, options, good, failing, services, problems } = inCase
  const { mode, region, pipeline } = providers.xray
  if (mode === 'off') return { mode, state: 'off', segments: 0, subsegments: 0, seen: 'off' }
  const { client } = openXRay(settings, providers.xray)
  let last = { segments: 0, subsegments: 0, names: new Set<string>() as ReadonlySet<string> }
  let goodNames: ReadonlySet<string> = new Set()
  let failure: string | undefined
  // Dynamic naming gives the api's segment its host's name, so segments are counted, not named.
  const whole = () => last.names.size >= services.size && goodNames.size >= services.size
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
  if (!whole() && failing.status > 0) {
    const seen =
      last.segments === 0
        ? 'has nothing of the trace'
        : `has ${plural(last.segments, 'segment')} of ${services.size}`
    problems.push(
      failure
        ? { what: `X-Ray could not be asked: ${failure}`, fix: 'npm run status' }
        : { what: `X-Ray ${seen}. ${whereTo(inCase.providers.xray)}`, fix: FIXES[pipeline] },
    )
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

const FIXES = {
  sdk: 'npm run status shows who does; npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2001 moves it.',
  otlp: 'npm run status shows what it answered.',
}

/** Where the services' part goes, and why it may be missing there. */
function whereTo({ pipeline, daemon, otlpEndpoint }: XRayTarget): string {
  if (pipeline === 'otlp')
    return `Spans go to ${otlpEndpoint}, which took none of them, or has not indexed them.`
  const { host, port } = daemon.udp
  return `Segments leave by UDP to ${host}:${port}, where nobody acknowledges them: most likely another program listens there.`
}
