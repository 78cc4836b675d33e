// The three quick starts together, in CommonJS, which they are written for:
// `node --require @opentelemetry/auto-instrumentations-node/register`, aws-xray-sdk in automatic mode with its Express
// middleware, and Rollbar with its error handler.
const AWSXRay = require('aws-xray-sdk')
const http = require('node:http')
const https = require('node:https')
const Rollbar = require('rollbar')

AWSXRay.captureHTTPsGlobal(http)
AWSXRay.captureHTTPsGlobal(https)
const rollbar = new Rollbar({
  accessToken: 'bench',
  endpoint: `${process.env.BENCH_SINK}/api/1/item/`,
  captureUncaught: true,
  captureUnhandledRejections: true,
})
// Patches the http module in place; app.ts imports the same module.
require('express')
const { createApp, listen } = require('./app.ts')

createApp(
  [AWSXRay.express.openSegment('bench')],
  [AWSXRay.express.closeSegment(), rollbar.errorHandler()],
).then(listen)
