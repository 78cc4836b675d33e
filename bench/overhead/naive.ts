// The three quick starts, one after the other: `--import @opentelemetry/auto-instrumentations-node/register`,
// aws-xray-sdk in its automatic mode with its Express middleware, and Rollbar with its error handler.
import http from 'node:http'
import https from 'node:https'
import AWSXRay from 'aws-xray-sdk'
import Rollbar from 'rollbar'

AWSXRay.captureHTTPsGlobal(http)
AWSXRay.captureHTTPsGlobal(https)
const rollbar = new Rollbar({
  accessToken: 'bench',
  endpoint: `${process.env.BENCH_SINK}/api/1/item/`,
  captureUncaught: true,
  captureUnhandledRejections: true,
})
const { createApp, listen } = await import('./app.ts')

listen(
  createApp([AWSXRay.express.openSegment('bench')], [AWSXRay.express.closeSegment(), rollbar.errorHandler()]),
)
