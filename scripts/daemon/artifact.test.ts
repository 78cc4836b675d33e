import { expect, test } from 'vitest'
import { daemonArtifact, downloadBases } from './artifact.ts'

test('the region’s bucket first, then those of the oldest regions', () => {
  const bases = downloadBases({ AWS_REGION: 'eu-west-3', XRAY_DAEMON_BASE_URL: undefined })
  expect(bases[0]).toBe('https://s3.eu-west-3.amazonaws.com/aws-xray-assets.eu-west-3/xray-daemon')
  expect(bases.map((base) => new URL(base).host)).toEqual([
    's3.eu-west-3.amazonaws.com',
    's3.us-east-1.amazonaws.com',
    's3.us-east-2.amazonaws.com',
  ])
  expect(downloadBases({ AWS_REGION: 'us-east-2', XRAY_DAEMON_BASE_URL: undefined })).toHaveLength(2)
})

test('a mirror is the only source', () => {
  expect(downloadBases({ AWS_REGION: 'us-east-1', XRAY_DAEMON_BASE_URL: 'https://mirror' })).toEqual([
    'https://mirror',
  ])
})

test.each([
  ['linux', 'x64', 'aws-xray-daemon-linux-amd64-3.6.6.zip', 'xray'],
  ['linux', 'arm64', 'aws-xray-daemon-linux-arm64-3.6.6.zip', 'xray'],
  ['darwin', 'x64', 'aws-xray-daemon-macos-amd64-3.6.6.zip', 'xray_mac'],
  ['darwin', 'arm64', 'aws-xray-daemon-macos-arm64-3.6.6.zip', 'xray_mac'],
])('%s on %s: %s', (platform, arch, zip, entry) => {
  expect(daemonArtifact(platform, arch)).toEqual({ zip, entry })
})

test('other platforms are an error', () => {
  expect(() => daemonArtifact('win32', 'x64')).toThrow(/no X-Ray daemon for win32/)
})
