/** The user agent of the requests that `npm run verify` sends. A collector keeps their traces (collector/gateway.yaml). */
export const VERIFY_USER_AGENT = 'cruddur-verify'
