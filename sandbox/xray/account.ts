/** The account whose X-Ray the sandbox is: none that exists. */
export const ACCOUNT_ID = '000000000000'
